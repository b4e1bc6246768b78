import { emptyRead, type FinalRead } from '../../../faults/final-read/final-read';
import type { Entry } from '../../../faults/history';
import { bounded, standing } from '../../../simulation/judge/standing';

const SECOND = 1_000;
const note = (wall: number): Entry => ({ process: 'p', op: 'note', type: 'info', text: '', wall, mono: 0 });
const fault = (start: number, end: number): Entry[] => [
  { process: 'f', op: 'fault', type: 'invoke', name: 'x', wall: start, mono: 0 },
  { process: 'f', op: 'fault', type: 'ok', name: 'x', wall: end, mono: 0 },
];
const deliveries = (count: number): Entry[] =>
  Array.from({ length: count }, () => ({ process: 'p', op: 'deliver', type: 'invoke', group: 'g', invocation: 'i', again: true, records: [], wall: SECOND, mono: 0 })); // prettier-ignore

/** Records of partition 0: appended and settled at these seconds. */
const read = (...records: readonly (readonly [number, number])[]): FinalRead => ({
  ...emptyRead({
    topic: 't',
    group: 'g',
    partitions: [
      {
        partition: 0,
        committed: records.length,
        records: records.map(([appended], offset) => ({ offset, timestamp: appended * SECOND, id: `e${offset}`, key: null, keyHash: '', valueHash: '', headersHash: '', redriven: false })), // prettier-ignore
      },
    ],
  }),
  settled: records.map(([, settled], offset) => ({ state: 'done', partition: 0, offset, settledAt: settled * SECOND })),
  patienceMs: 60 * SECOND,
});

test('a partition that settles nothing for longer than the patience, with no fault on, stands', () => {
  const history = [note(0), note(1_000 * SECOND)];
  expect(standing(history, read([1, 2], [10, 71])).examples).toEqual([
    'g: partition 0 stood for 61000 ms before 1 was settled, want 60000 ms at most',
  ]);
  expect(standing(history, read([1, 2], [10, 70])).ok).toBe(true);
});

test('one that settles others meanwhile does not stand, nor one in which nothing waits', () => {
  const history = [note(0), note(1_000 * SECOND)];
  expect(standing(history, read([1, 50], [2, 100], [3, 150])).ok).toBe(true);
  expect(standing(history, read([1, 2], [500, 501])).ok).toBe(true);
});

test('while a fault is on it may stand, and after its heal for the patience', () => {
  const history = [note(0), ...fault(10 * SECOND, 300 * SECOND), note(1_000 * SECOND)];
  expect(standing(history, read([9, 360])).ok).toBe(true);
  expect(standing(history, read([9, 361])).ok).toBe(false);
});

test('five deliveries a record are the most where nothing is wrong', () => {
  const history = (count: number) => [note(0), ...deliveries(count), note(60 * SECOND)];
  // The patience at the beginning is as after a heal.
  const atRest = { ...read([1, 2], [2, 3]), patienceMs: 0 };
  expect(bounded(history(10), atRest).ok).toBe(true);
  expect(bounded(history(11), atRest).ok).toBe(false);
});

test('a second in which something is wrong allows two a partition more', () => {
  const history = (count: number) => [note(0), ...fault(0, 10 * SECOND), ...deliveries(count), note(60 * SECOND)];
  const some = { ...read([1, 2]), patienceMs: 0 };
  expect(bounded(history(25), some).ok).toBe(true);
  expect(bounded(history(26), some).ok).toBe(false);
});
