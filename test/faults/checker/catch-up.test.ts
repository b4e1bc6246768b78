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
  expect(catchUp(behind(110 * S))).toEqual({
    ...{ backlog: 1_200, ahead: 1_200, rate: 120 },
    appended: { allowedMs: 160_000, takenMs: 0 },
    settled: { allowedMs: 160_000, takenMs: 10_000 },
  });
});

test('recorded: 1,200 events behind, settled within the time, holds; one millisecond later it does not', () => {
  const holds = catchUp(behind(100 * S + 160_025))!.settled;
  expect(holds.takenMs! <= holds.allowedMs).toBe(true);
  const late = catchUp(behind(100 * S + 160_026))!.settled;
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
  expect(catchUp(slow)).toMatchObject({
    ...{ backlog: 1_200, rate: 4 },
    settled: { allowedMs: 1_030_000, takenMs: 299_751 },
  });
});

test('what is settled while a fault is on says nothing of the machine', () => {
  const events = steady(0, 30, 500);
  const faults = [{ start: 0, end: 31 * S }];
  expect(catchUp({ faults, events, patienceMs: PATIENCE })).toMatchObject({ rate: 0, backlog: 0 });
});

test('only the last heal counts: a backlog of an earlier one was in the way of the next fault', () => {
  const given = behind(110 * S);
  const later = { ...given, faults: [...given.faults, { start: 200 * S, end: 210 * S }] };
  expect(catchUp(later)).toMatchObject({ backlog: 0, settled: { takenMs: 0, allowedMs: PATIENCE } });
});

test('without a fault there is nothing to catch up with, and what is never settled never catches up', () => {
  expect(catchUp({ faults: [], events: [], patienceMs: 1 })).toBeUndefined();
  expect(catchUp(behind(Infinity))).toMatchObject({ settled: { takenMs: null } });
});

/** After the fault of `behind`: one of its events was spilled, and 6,000 that came since lie before it in the log. */
const spilled = (appendedAt: number, settledAt: number): CatchUpInput => {
  const given = behind(110 * S);
  const since = Array.from({ length: 6_000 }, (_, n) => ({
    acceptedAt: 100 * S + 1 + n * 10,
    settledAt: 110 * S + n * 10,
  }));
  return { ...given, events: [...given.events, ...since, { acceptedAt: 90 * S, appendedAt, settledAt }] };
};

test('a spilled event that lies behind 6,000 newer ones may take the time of those', () => {
  // 7,201 events, three times, at 120.1 a second.
  const caught = catchUp(spilled(161 * S, 400 * S))!;
  expect(caught).toMatchObject({ backlog: 1_201, ahead: 7_201, settled: { allowedMs: 309_875, takenMs: 300_000 } });
});

test('a spilled event that is replayed late is late, however much lies before it by then', () => {
  const { appended } = catchUp(spilled(100 * S + 160_001, 400 * S))!;
  expect(appended).toEqual({ allowedMs: 160_000, takenMs: 160_001 });
});

test('what came behind the last of the backlog gives it no more time', () => {
  expect(catchUp(spilled(100 * S, 400 * S))).toMatchObject({ ahead: 1_201, settled: { allowedMs: 160_000 } });
});
