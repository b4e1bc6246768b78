import type { Fate } from '../../../faults/conformance/adapter';
import { holds, judge, type Evidence } from '../../../faults/conformance/judge';
import type { Sending } from '../../../faults/conformance/sending';

const record = (offset: number, id: string) => ({
  ...{ offset, id, timestamp: 0, key: null, keyHash: '', valueHash: '', headersHash: '', redriven: false },
});
/** A log of one partition, ids in offset order. */
const logOf = (partition: number, ...ids: string[]) => [
  { partition, records: ids.map((id, offset) => record(offset, id)) },
];
const acked = (offset: number): Fate => ({ kind: 'acked', partition: 0, offset });
const send = (first: number, fates: Sending['fates'], waitedMs = 10): Sending => ({
  ...{ caller: 'c', first, waitedMs, fates },
  count: Array.isArray(fates) ? fates.length : 1,
});
const judged = (sendings: Sending[], logs: Evidence['logs']) => judge({ sendings, logs, limitMs: 1_000 });

/** Three sends of five events in all, each where it was acknowledged. */
const CLEAN = [send(0, [acked(0), acked(1)]), send(2, [acked(2)]), send(3, [acked(3), acked(4)])];
const CLEAN_LOG = logOf(0, 'c-0', 'c-1', 'c-2', 'c-3', 'c-4');

test('a client whose every acknowledged event is where it said, in order and in time, holds', () => {
  const tally = judged(CLEAN, [CLEAN_LOG]);
  expect(tally).toEqual({
    ...{ acked: 5, missing: 0, misplaced: 0, rejectedButWritten: 0, rejected: 0, unknown: 0, duplicates: 0 },
    ...{ orderBreaks: 0, late: 0, longestWaitMs: 10, examples: [] },
  });
  expect(holds(tally)).toBe(true);
});

test.each<[string, Sending[], Evidence['logs'], Partial<ReturnType<typeof judge>>]>([
  ['an acknowledged event is not in the log', CLEAN, [logOf(0, 'c-0', 'c-1', 'c-2', 'c-3')], { missing: 1 }],
  ['another event lies where one was acknowledged', CLEAN, [logOf(0, 'c-0', 'c-1', 'x', 'c-2', 'c-3', 'c-4')], { misplaced: 3 }], // prettier-ignore
  ['a rejected event is in the log', [...CLEAN, send(5, [{ kind: 'rejected', code: 'NO' }])], [logOf(0, 'c-0', 'c-1', 'c-2', 'c-3', 'c-4', 'c-5')], { rejectedButWritten: 1 }], // prettier-ignore
  ['a promise settles after its deadline', [...CLEAN, send(5, [{ kind: 'unknown', reason: '' }], 1_001)], [CLEAN_LOG], { late: 1, longestWaitMs: 1_001 }], // prettier-ignore
  ['a promise never settles', [...CLEAN, send(5, 'never settled', 900)], [CLEAN_LOG], { late: 1, unknown: 1 }],
  ['an event lies before one sent earlier', [send(0, [{ kind: 'acked' }]), send(1, [{ kind: 'acked' }])], [logOf(0, 'c-1', 'c-0')], { orderBreaks: 1 }], // prettier-ignore
  ['nothing was acknowledged at all', [send(0, { threw: 'no' })], [logOf(0)], { acked: 0, unknown: 1 }],
])('a client is refused when %s', (_what, sendings, logs, found) => {
  const tally = judged(sendings, logs);
  expect(tally).toMatchObject(found);
  expect(holds(tally)).toBe(false);
});

test('what is unknown may be in the log or not, and be there twice', () => {
  const sendings = [...CLEAN, send(5, [{ kind: 'unknown', reason: '' }]), send(6, { threw: 'closed' })];
  const tally = judged(sendings, [logOf(0, 'c-0', 'c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-5')]);
  expect(tally).toMatchObject({ unknown: 2, duplicates: 1 });
  expect(holds(tally)).toBe(true);
});

test('of an event that is in the log twice, the first copy counts for order', () => {
  const sendings = [send(0, [acked(0)]), send(1, [acked(1)])];
  expect(judged(sendings, [logOf(0, 'c-0', 'c-1', 'c-0')])).toMatchObject({ orderBreaks: 0, duplicates: 1 });
});

test('events of different callers or partitions have no order among each other', () => {
  const other = { ...send(0, [{ kind: 'acked' }]), caller: 'd' };
  const sendings = [send(0, [{ kind: 'acked' }]), send(1, [{ kind: 'acked' }]), other];
  expect(judged(sendings, [[...logOf(0, 'c-1', 'd-0'), ...logOf(1, 'c-0')]])).toMatchObject({ orderBreaks: 0 });
});

test('an event acknowledged before its topic was deleted is looked for in what was read then', () => {
  const again = send(1, [acked(0)]);
  const tally = judged([send(0, [acked(0)]), again], [logOf(0, 'c-0'), logOf(0, 'c-1')]);
  expect(tally).toMatchObject({ acked: 2, missing: 0, misplaced: 0 });
});
