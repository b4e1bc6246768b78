/** SHA-256 in hex, as CDK names assets. */
const ASSET = /\b[0-9a-f]{64}\b/g;

/**
 * A jest snapshot serializer that masks the hashes of assets, so that a snapshot of a template changes when the
 * infrastructure changes and not with every line of a handler: `expect.addSnapshotSerializer(maskAssets)`.
 */
export const maskAssets = {
  test: (value: unknown): boolean => typeof value === 'string' && value.search(ASSET) >= 0,
  serialize: (value: unknown): string => JSON.stringify(String(value).replace(ASSET, '<asset>')),
};
