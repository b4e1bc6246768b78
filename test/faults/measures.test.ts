import type { FaultWindow } from '../../faults/checker/verdict';
import type { FinalRead, SettledRecord } from '../../faults/final-read/final-read';
import type { Entry, Observation } from '../../faults/history';
import { measure } from '../../faults/measures';
import { cleanRun } from './clean-run';

const START = 1_700_000_000_000;
const at = (ms: number, observation: Observation): Entry => ({ ...observation, wall: START + ms, mono: ms * 1000 });
const process = 'caller-1';

/** One event per request: sent and acked at the given times, at the next offset of partition 0. */
function acked(...events: readonly (readonly [id: string, sent: number, answered: number])[]): Entry[] {
  return events.flatMap(([id, sent, answered], offset) => [
    at(sent, { process, op: 'publish', type: 'invoke', ids: [id], keys: ['k'] }),
    at(answered, { process, op: 'send', type: 'ok', outcome: 'acked', ids: [id], partitions: [0], offsets: [offset] }),
  ]);
}

function left(settled: readonly SettledRecord[], deadLetters: FinalRead['deadLetters'] = []): FinalRead {
  return {
    ...{
      topic: 'orders',
      group: 'g',
      partitions: [{ partition: 0, records: [], committed: null }],
      settled,
      ledgers: [],
      deadLetters,
    },
    ...{ effects: { timesApplied: {}, byKey: {} }, spilled: [], onFailure: [], counters: {} },
  };
}

const settledAt = (offset: number, ms: number, state: SettledRecord['state'] = 'done'): SettledRecord => ({
  ...{ partition: 0, offset, state, settledAt: START + ms },
});

const measured = (entries: readonly Entry[], read: FinalRead, faults: readonly FaultWindow[] = []) =>
  measure({ entries, torn: false }, read, faults);

test('every accepted, applied and parked event of a run is in one of its seconds', () => {
  const { entries, read } = cleanRun();
  const { perSecond } = measured(entries, read);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  expect({ accepted: sum(perSecond.accepted), applied: sum(perSecond.applied), parked: sum(perSecond.parked) }).toEqual(
    {
      ...{ accepted: 15, applied: 13, parked: 3 },
    },
  );
});

test('events count in the second in which they were accepted, applied or parked', () => {
  const entries = acked(['a', 0, 100], ['b', 900, 1_100], ['c', 2_000, 2_050]);
  const read = left([settledAt(0, 999), settledAt(1, 2_500), settledAt(2, 2_600, 'parked')]);
  expect(measured(entries, read).perSecond).toEqual({ accepted: [1, 1, 1], applied: [1, 0, 1], parked: [0, 0, 1] });
});

test('an event sent back and not settled again counts as neither applied nor parked', () => {
  const { perSecond, latency } = measured(acked(['a', 0, 100]), left([settledAt(0, 900, 'redriven')]));
  expect(perSecond).toEqual({ accepted: [1], applied: [0], parked: [0] });
  expect(latency.maxMs).toBeNull();
});

describe('latency', () => {
  test('runs from the answer that accepted the event to its effect', () => {
    const entries = acked(['a', 0, 100], ['b', 0, 200], ['c', 0, 300], ['d', 0, 400]);
    const read = left([settledAt(0, 50), settledAt(1, 210), settledAt(2, 400), settledAt(3, 1_400)]);
    const { buckets, ...quantiles } = measured(entries, read).latency;
    expect(quantiles).toEqual({ p50Ms: 10, p90Ms: 1_000, p99Ms: 1_000, maxMs: 1_000 });
    const filled = buckets.filter(({ count }) => count > 0);
    expect(filled).toEqual([
      { fromMs: 1, count: 1 },
      { fromMs: 10, count: 1 },
      { fromMs: 100, count: 1 },
      { fromMs: 1_000, count: 1 },
    ]);
    expect(buckets).toHaveLength(25);
  });

  test('is nothing, not less, where the effect came before the answer', () => {
    const { p50Ms, buckets } = measured(acked(['a', 0, 100]), left([settledAt(0, 50)])).latency;
    expect({ p50Ms, buckets }).toEqual({ p50Ms: 0, buckets: [{ fromMs: 1, count: 1 }] });
  });

  test('an event parked before it reached the topic has one too', () => {
    const entries = [
      at(0, { process, op: 'publish', type: 'invoke', ids: ['a'], keys: ['k'] }),
      at(100, { process, op: 'send', type: 'ok', outcome: 'spilled', ids: ['a'] }),
    ];
    const letter = {
      object: 'o',
      id: 'a',
      partition: -1,
      offset: -1,
      timestamp: START,
      reason: 'rejected-at-replay' as const,
    };
    const hashes = { keyHash: 'k', valueHash: 'v', headersHash: 'h', parkedAt: START + 700 };
    const { latency, perSecond } = measured(entries, left([], [{ ...letter, ...hashes }]));
    expect(latency.maxMs).toBe(600);
    expect(perSecond.parked).toEqual([1]);
  });

  test('of a run in which nothing was settled is not measured', () => {
    expect(measured(acked(['a', 0, 100]), left([])).latency).toMatchObject({ p50Ms: null, maxMs: null });
  });
});

test('lag is what is in the log beyond the commits, by the last sample of each tenth of a second', () => {
  const mapping = { process: 'mapping-1', group: 'g' } as const;
  const entries = [
    ...acked(['a', 0, 100], ['b', 110, 120]),
    at(130, { ...mapping, op: 'deliver', type: 'invoke', invocation: 'i', again: false, records: [{ partition: 0, offsets: [0, 1, 2] }] }), // prettier-ignore
    at(400, { ...mapping, op: 'commit', type: 'fail', offsets: [{ partition: 0, offset: 3 }] }),
    at(500, { ...mapping, op: 'commit', type: 'ok', offsets: [{ partition: 0, offset: 2 }] }),
    at(900, { ...mapping, op: 'commit', type: 'ok', offsets: [{ partition: 0, offset: 3 }] }),
  ];
  expect(measured(entries, left([])).lag).toEqual({ at: [0.1, 0.5, 0.9], value: [3, 1, 0] });
});

test('the partition with the fewest in-sync replicas is the one that counts', () => {
  const look = (ms: number, inSync: number[]) => at(ms, { process: 'watch', op: 'replicas', type: 'info', inSync });
  const entries = [look(0, [3, 3]), look(1_000, [3, 1]), look(2_000, []), look(3_000, [2, 2])];
  expect(measured(entries, left([])).inSyncReplicas).toEqual({ at: [0, 1, 3], value: [3, 1, 2] });
});

describe('faults', () => {
  const window = (name: string, start: number, end: number | null, recoveryMs: number | null): FaultWindow => ({
    ...{ name, start: START + start, end: end === null ? null : START + end, settled: 10, longestStallMs: start },
    recoveryMs,
  });

  test('windows of one kind are summed, the worst stall and recovery kept', () => {
    const faults = [window('latency', 1_000, 2_000, 300), window('s3-down', 3_000, 4_000, 5), window('latency', 5_000, 8_000, 100)]; // prettier-ignore
    const { kinds, windows } = measured(acked(['a', 0, 9_000]), left([]), faults);
    expect(kinds[0]).toEqual({
      ...{ name: 'latency', times: 2, seconds: 4, settled: 20, longestStallMs: 5_000 },
      ...{ recoveryMs: { p50: 100, max: 300 }, notRecovered: 0 },
    });
    expect(kinds.map(({ name }) => name)).toEqual(['latency', 's3-down']);
    expect(windows[2]).toEqual({ name: 'latency', from: 5, to: 8 });
  });

  test('a fault that was never healed lasts to the end, and has not recovered', () => {
    const { kinds, windows } = measured(acked(['a', 0, 9_000]), left([]), [window('latency', 1_000, null, null)]);
    expect(windows).toEqual([{ name: 'latency', from: 1, to: 9 }]);
    expect(kinds).toMatchObject([{ seconds: 8, recoveryMs: { p50: null, max: null }, notRecovered: 1 }]);
  });
});

test('an empty history is measured without an error', () => {
  expect(measured([], left([]))).toMatchObject({ seconds: 0, lag: { at: [] }, kinds: [] });
});
