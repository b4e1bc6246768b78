export { lossFindings, type LossFinding } from './loss-findings';
export { maskAssets } from './mask-assets';
