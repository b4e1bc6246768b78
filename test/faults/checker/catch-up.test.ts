import { catchUp, type CatchUpInput } from '../../../faults/checker/catch-up';

const S = 1_000;
const PATIENCE = 130 * S;

/** Events settled evenly at a rate, each a moment after it was accepted. */
const steady = (fromS: number, toS: number, perSecond: number): CatchUpInput['events'] =>
  Array.from({ length: (toS - fromS) * perSecond }, (_, n) => {
    const settledAt = fromS * S + (n * S) / perSecond;
    return { acceptedAt: settledAt - 100, settledAt };
  });

/** A minute at 40 a second, then a fault of 40 s in which 1,200 events are accepted and none is settled. */
const behind = (lastAtMs: number): CatchUpInput => ({
  faults: [{ start: 60 * S, end: 100 * S }],
  patienceMs: PATIENCE,
  events: [
    ...steady(0, 60, 40),
    ...Array.from({ length: 1_200 }, (_, n) => ({
      acceptedAt: 60 * S + n * 30,
      settledAt: n === 1_199 ? lastAtMs : 100 * S + 1 + n,
    })),
  ],
});

test('the pipeline may take its patience and three times the backlog at the rate it was measured to do', () => {
  // What it did at once after the heal (1,200 in 10 s) is the best rate of this run.
  expect(catchUp(behind(110 * S))).toEqual({ backlog: 1_200, rate: 120, allowedMs: 160_000, takenMs: 10_000 });
});

test('recorded: 1,200 events behind, settled within the time, holds; one millisecond later it does not', () => {
  const holds = catchUp(behind(100 * S + 160_025))!;
  expect(holds.takenMs! <= holds.allowedMs).toBe(true);
  const late = catchUp(behind(100 * S + 160_026))!;
  expect(late.takenMs! <= late.allowedMs).toBe(false);
});

test('a slower machine is given more time for the same backlog', () => {
  const slow: CatchUpInput = {
    ...behind(0),
    events: [
      ...steady(0, 60, 4),
      ...Array.from({ length: 1_200 }, (_, n) => ({ acceptedAt: 60 * S, settledAt: 100 * S + 1 + n * 250 })),
    ],
  };
  expect(catchUp(slow)).toEqual({ backlog: 1_200, rate: 4, allowedMs: 1_030_000, takenMs: 299_751 });
});

test('what is settled while a fault is on says nothing of the machine', () => {
  const events = steady(0, 30, 500);
  const faults = [{ start: 0, end: 31 * S }];
  expect(catchUp({ faults, events, patienceMs: PATIENCE })).toMatchObject({ rate: 0, backlog: 0 });
});

test('only the last heal counts: a backlog of an earlier one was in the way of the next fault', () => {
  const given = behind(110 * S);
  const later = { ...given, faults: [...given.faults, { start: 200 * S, end: 210 * S }] };
  expect(catchUp(later)).toMatchObject({ backlog: 0, takenMs: 0, allowedMs: PATIENCE });
});

test('without a fault there is nothing to catch up with, and what is never settled never catches up', () => {
  expect(catchUp({ faults: [], events: [], patienceMs: 1 })).toBeUndefined();
  expect(catchUp(behind(Infinity))).toMatchObject({ takenMs: null });
});
