import { systemClock } from '../../../../lambdas/runtime/time/clock';

test('what is left for soon runs after all promises that are ready, so that what they bring can share a transaction', async () => {
  const order: string[] = [];
  const done = new Promise<void>((resolve) =>
    systemClock.soon(() => {
      order.push('soon');
      resolve();
    }),
  );
  void (async () => {
    for (const n of [1, 2, 3]) {
      await Promise.resolve();
      order.push(`promise ${n}`);
    }
  })();
  await done;
  expect(order).toEqual(['promise 1', 'promise 2', 'promise 3', 'soon']);
});
