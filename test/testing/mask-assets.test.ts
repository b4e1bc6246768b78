import { maskAssets } from 'cdk-lossless-kafka/testing';

const HASH = '81a1b0f05c37078debfdf444a869c8959c3db77894474be1169b065d821dff69';

test('an asset hash in a snapshot is masked, whatever surrounds it', () => {
  expect(maskAssets.test(`${HASH}.zip`)).toBe(true);
  expect(maskAssets.serialize(`${HASH}.zip`)).toBe('"<asset>.zip"');
});

test.each(['orders', HASH.slice(1), `${HASH}0`, 42, null])('what is no asset hash stays as it is: %p', (value) => {
  expect(maskAssets.test(value)).toBe(false);
});
