import fc from 'fast-check';
import { isStruck, marked, signOf } from '../../../../lambdas/runtime/ledger/strikes';
import { EMPTY, ended, isRedelivery, type LedgerState, type SettledAs } from '../../../../lambdas/runtime/ledger/state';

const NOW = 1_767_225_600_000;
const next = { id: 'next', nowMs: NOW };
const end = (state: LedgerState, from: number, to: number, as: SettledAs = 'applied', settledTo = to): LedgerState =>
  ended(state, {
    id: 'x',
    batch: [from, to],
    prefix: Array.from({ length: settledTo - from + 1 }, (_, i) => ({ offset: from + i, as })),
    unsettledFrom: settledTo < to ? settledTo + 1 : undefined,
    nowMs: NOW,
  });
const killedAt = (at: number | undefined, n: number, until = NOW - 1) =>
  Array.from({ length: n }, (_, i) => ({
    id: `m${String(at)}${i}`,
    from: 0,
    to: 9,
    until,
    leftMs: 0,
    ...(at !== undefined && { at }),
  }));

test('every offset is counted once, however often and in whatever pieces it is delivered', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: fc.nat(40), length: fc.integer({ min: 1, max: 12 }), settled: fc.nat(12) }), {
        maxLength: 30,
      }),
      (deliveries) => {
        const seen = new Set<number>();
        let state = EMPTY;
        for (const { from, length, settled } of deliveries) {
          const settledTo = from + Math.min(settled, length) - 1;
          for (let offset = from; offset <= settledTo; offset++) seen.add(offset);
          state = end(state, from, from + length - 1, 'applied', settledTo);
        }
        expect(state.counts).toEqual({ applied: seen.size, duplicate: 0, parked: 0 });
        for (const [from, to] of state.counted) {
          for (let offset = from; offset <= to; offset++) expect(seen).toContain(offset);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a later batch that is settled first leaves room for the earlier one', () => {
  const late = end(end(EMPTY, 10, 19), 0, 9, 'parked');
  expect(late.counts).toEqual({ applied: 10, duplicate: 0, parked: 10 });
  expect(late.counted).toEqual([[0, 19]]);
});

test('a log full of gaps takes no more than fifty stretches', () => {
  let state = EMPTY;
  for (let i = 0; i < 200; i++) state = end(state, i * 10, i * 10 + 3);
  expect(state.counted).toHaveLength(50);
  expect(state.counts.applied).toBe(800);
});

test.each([
  [2, false],
  [3, true],
])('%i killed deliveries of a batch: one record at a time is %s', (kills, struck) => {
  const state = { ...EMPTY, open: killedAt(undefined, kills) };
  expect(isStruck(state, [5, 30], next)).toBe(struck);
  expect(isStruck(state, [10, 30], next)).toBe(false);
});

test('a delivery is no reason to be careful with what it delivers itself; nor is one of yesterday', () => {
  const open = killedAt(undefined, 3);
  expect(isStruck({ open }, [0, 9], { id: open[0]!.id, nowMs: NOW })).toBe(false);
  expect(isStruck({ open: killedAt(undefined, 3, NOW - 25 * 3_600_000) }, [0, 9], next)).toBe(false);
});

test.each([
  [2, 'go on'],
  [3, 'killer'],
])('%i kills at one record: %s', (kills, sign) => {
  const state = { ...EMPTY, open: killedAt(4, kills) };
  expect(signOf(state, { id: 'next', at: 4 }, NOW)).toBe(sign);
  expect(signOf(state, { id: 'next', at: 5 }, NOW)).toBe('go on');
});

test('however often a function is killed, its ledger stays small', () => {
  let state: LedgerState = { ...EMPTY, open: killedAt(undefined, 8) };
  for (let record = 0; record < 100; record++) {
    for (let kill = 0; kill < 10; kill++) {
      state = marked(
        state,
        { id: `k${record}-${kill}`, from: 0, to: 99, until: NOW - 1, leftMs: 0, at: record },
        (offset) => offset < record,
        NOW,
      );
    }
    expect(signOf(state, { id: 'next', at: record }, NOW)).toBe('killer');
  }
  expect(state.open).toHaveLength(6);
});

test('what is settled takes its markers away, and those of other records stay', () => {
  const state = { ...EMPTY, open: [...killedAt(2, 3), ...killedAt(7, 1), ...killedAt(undefined, 3)] };
  const half = end(state, 0, 4);
  expect(half.open.map(({ at }) => at)).toEqual([7, undefined, undefined, undefined]);
  expect(end(half, 5, 9).open).toEqual([]);
});

test('a kill of yesterday, whose records may be gone from the log, does not stay in the ledger for ever', () => {
  const state = { ...EMPTY, open: killedAt(undefined, 3, NOW - 25 * 3_600_000) };
  expect(end(state, 100, 109).open).toEqual([]);
});

test('a redelivery is known by what was counted, reported or begun before', () => {
  expect(isRedelivery(EMPTY, 'me', [0, 9])).toBe(false);
  expect(isRedelivery(end(EMPTY, 0, 4), 'me', [4, 9])).toBe(true);
  expect(isRedelivery(end(EMPTY, 0, 9, 'applied', 4), 'me', [6, 6])).toBe(true);
  expect(isRedelivery({ ...EMPTY, open: killedAt(undefined, 1) }, 'me', [9, 9])).toBe(true);
  expect(isRedelivery({ ...EMPTY, open: killedAt(undefined, 1) }, 'mundefined0', [9, 9])).toBe(false);
});
