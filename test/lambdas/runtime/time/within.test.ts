import { within } from '../../../../lambdas/runtime/time/within';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

const never = new Promise<never>(() => undefined);
const tookMs = async (clock: VirtualClock, work: Promise<unknown>) => {
  const start = clock.now();
  await clock.run(work);
  return clock.now() - start;
};

/** Milliseconds until no timer is left: the clock jumps from one to the next. */
const timersLeftMs = async (clock: VirtualClock) => {
  const start = clock.now();
  await expect(clock.run(never)).rejects.toThrow('waits for no timer');
  return clock.now() - start;
};

test('what a promise ends in is told, and no timer is left behind', async () => {
  const clock = new VirtualClock();
  const error = new Error('no');
  expect(await within(Promise.resolve(7), 1_000, { clock })).toEqual({ kind: 'value', value: 7 });
  expect(await within(Promise.reject(error), 1_000, { clock })).toEqual({ kind: 'error', error });
  expect(await timersLeftMs(clock)).toBe(0);
});

test('a promise that does not end is given its time and no more', async () => {
  const clock = new VirtualClock();
  const waiting = within(never, 1_000, { clock });
  expect(await tookMs(clock, waiting)).toBe(1_000);
  expect(await waiting).toEqual({ kind: 'timeout' });
});

test('an abort ends the wait, also one that came before it', async () => {
  const clock = new VirtualClock();
  const giveUp = new AbortController();
  const waiting = within(never, 1_000, { clock, signal: giveUp.signal });
  giveUp.abort();
  expect(await waiting).toEqual({ kind: 'aborted' });
  expect(await within(Promise.resolve(7), 1_000, { clock, signal: giveUp.signal })).toEqual({ kind: 'aborted' });
  expect(await timersLeftMs(clock)).toBe(0);
});

test('one signal serves many waits and keeps none of them', async () => {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const added = jest.spyOn(signal, 'addEventListener');
  const removed = jest.spyOn(signal, 'removeEventListener');
  for (let nth = 0; nth < 3; nth += 1) await within(Promise.resolve(), 1_000, { clock, signal });
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener));
});
