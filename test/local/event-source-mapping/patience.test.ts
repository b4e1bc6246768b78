import { Patience } from '../../../local/event-source-mapping/patience';

test('commits that fail for longer than patience lasts have their client replaced, once', () => {
  const patience = new Patience(20_000);
  expect([0, 5_000, 20_000].map((at) => patience.failed(at))).toEqual([false, false, false]);
  expect(patience.failed(20_001)).toBe(true);
  expect(patience.failed(20_002)).toBe(false);
});

test('a commit that succeeds in between begins the count anew', () => {
  const patience = new Patience(20_000);
  patience.failed(0);
  patience.succeeded();
  expect(patience.failed(30_000)).toBe(false);
});
