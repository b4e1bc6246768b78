export { maskAssets } from './mask-assets';
