import { check, type CheckId } from '../../../faults/checker';
import { cleanRun, type Planned, type Run } from '../clean-run';

const ORDINARY: Planned = { id: 'a1', key: 'a', answers: ['acked'], end: 'applied' };
/** Of callers that put one event into a queue and another one at a door. */
function queued(end: 'applied' | 'nothing'): Run {
  // Who has spilled it, or nobody: then it never comes to the topic.
  const answers = [end === 'applied' ? 'spilled' : 'unknown'] as const;
  const run = cleanRun({ events: [ORDINARY, { id: 'q1', key: 'c', answers, end }], fault: false });
  run.entries = run.entries.map((entry) =>
    entry.op === 'send' && entry.ids.includes('q1')
      ? { ...entry, op: 'send', type: 'ok', outcome: 'queued', ids: ['q1'] }
      : entry,
  );
  return run;
}
const judged = ({ entries, read }: Run) => check({ entries, torn: false }, read);
const broken = (run: Run): CheckId[] => judged(run).checks.filter(({ ok }) => !ok).map(({ check }) => check); // prettier-ignore

test('an event that a queue has taken is accepted, and has its end as any other', () => {
  const run = queued('applied');
  expect(broken(run)).toEqual([]);
  expect(judged(run).totals).toMatchObject({ accepted: 2, acked: 1, queued: 1, spilled: 0, lost: 0 });
});

test('one that a queue has taken and that is nowhere is lost', () => {
  const run = queued('nothing');
  expect(broken(run)).toEqual(expect.arrayContaining(['P1', 'P7']));
  expect(judged(run).totals).toMatchObject({ accepted: 2, lost: 1 });
  expect(JSON.stringify(judged(run).checks)).toContain('q1 was taken by a queue, and is neither kept there nor in the log nor parked'); // prettier-ignore
});

test('one that waits in a dead-letter queue, or where the failures of a door are kept, is not', () => {
  const run = queued('nothing');
  run.read.keptAtDoors = ['q1'];
  expect(broken(run)).toEqual([]);
  expect(judged(run).totals).toMatchObject({ accepted: 2, lost: 0 });
});

test('a queue hands over at least once: two records of an event need no other cause', () => {
  const twice = (run: Run): Run => {
    const partition = run.read.partitions.find(({ records }) => records.some(({ id }) => id === 'q1'))!;
    const record = partition.records.find(({ id }) => id === 'q1')!;
    partition.records.push({ ...record, offset: partition.records.at(-1)!.offset + 1 });
    return run;
  };
  expect(broken(twice(queued('applied')))).not.toContain('K4');
  expect(broken(twice(cleanRun({ events: [{ ...ORDINARY, id: 'q1', key: 'c' }], fault: false })))).toContain('K4');
});
