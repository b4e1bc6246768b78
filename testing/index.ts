export { lossFindings, type LossFinding } from './loss-findings';
export { maskAssets } from './mask-assets';
export { oneMore, type OneMoreOptions } from './one-more';
