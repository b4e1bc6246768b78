import { check } from '../../../faults/checker';
import { measure } from '../../../faults/measures';
import { cleanRun, type Run } from '../clean-run';

/** Parked events that a person ended: each by a correction, or for good. */

const judged = ({ entries, read }: Run) => check({ entries, torn: false }, read);
const broken = (run: Run) => judged(run).checks.filter(({ ok }) => !ok);
const AS = 'parked.amended-1';

/** The run in which the event `parked` was ended by a person, and its letter is gone. */
function ended(how: 'amended' | 'discarded'): Run {
  const run = cleanRun();
  const [record] = run.read.settled.filter(({ id, reason }) => id === 'parked' && reason !== 'id-conflict');
  if (record === undefined) throw new Error('got no record of the parked event, want one');
  Object.assign(record, { state: how, settledAt: record.settledAt + 60_000 });
  if (how === 'amended') record.amendedAs = AS;
  else delete record.id;
  run.read.deadLetters = run.read.deadLetters.filter(({ id }) => id !== 'parked');
  return run;
}

/** The corrected event is applied so often. */
function applied(run: Run, id: string, times = 1): Run {
  run.read.effects.timesApplied[id] = times;
  return run;
}

test('an event that was discarded is ended, counted and named', () => {
  const { ok, totals, checks } = judged(ended('discarded'));
  expect([ok, totals.discarded, totals.amended, totals.parked, totals.lost]).toEqual([true, 1, 0, 2, 0]);
  expect(checks.find((each) => each.check === 'P1')?.note).toBe('discarded: parked');
});

test('an event that was amended ends as the one in its place does, which nobody sent', () => {
  const { ok, totals, checks } = judged(applied(ended('amended'), AS));
  expect([ok, totals.amended, totals.discarded, totals.lost]).toEqual([true, 1, 0, 0]);
  expect(checks.find((each) => each.check === 'P1')?.note).toBe(`amended: parked as ${AS}`);
});

test('a correction that never came is an event lost', () => {
  const found = broken(ended('amended'));
  expect(found.map((each) => each.check)).toEqual(['P1', 'P5']);
  expect(found[0]?.examples[0]).toContain(`parked was accepted and is neither applied nor parked; it was amended as ${AS}; it is not in the log`); // prettier-ignore
  expect(found[1]?.examples).toEqual([`parked was amended as ${AS}, which has neither taken effect nor been parked`]);
});

test('a correction that is applied twice is seen', () => {
  const found = broken(applied(ended('amended'), AS, 2));
  expect(found.map((each) => each.check)).toContain('P2');
});

test.each(['amended', 'discarded'] as const)('an event that was %s and is applied itself is seen', (how) => {
  const run = applied(ended(how), 'parked');
  const found = broken(how === 'amended' ? applied(run, AS) : run).find((each) => each.check === 'P1');
  expect(found?.examples.join()).toMatch(/^parked was (amended as .*|discarded) and is applied/);
});

test('what another consumer has amended is delivered to all, and sent by nobody', () => {
  const run = applied(cleanRun(), AS);
  expect(broken(run).map((each) => each.check)).toEqual(['K3']);
  const other = { ...ended('amended').read, group: 'another' };
  run.read.others = [applied({ entries: [], read: other }, AS).read];
  expect(broken(run).flatMap((each) => (each.check === 'K3' ? each.examples : []))).toEqual([]);
});

test('neither an amended nor a discarded event shows as applied in the chart', () => {
  for (const how of ['amended', 'discarded'] as const) {
    const { entries, read } = ended(how);
    const { perSecond } = measure({ entries, torn: false }, read, []);
    const before = cleanRun();
    const sum = (counts: readonly number[]) => counts.reduce((all, each) => all + each, 0);
    const was = measure({ entries: before.entries, torn: false }, before.read, []).perSecond;
    expect(sum(perSecond.applied)).toBe(sum(was.applied));
    expect(sum(perSecond.parked)).toBe(sum(was.parked) - 1);
  }
});
