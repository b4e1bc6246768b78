import { markdownOf, reportOf, rowsOf, type Contender } from '../../../faults/conformance';
import type { Tally } from '../../../faults/conformance/judge';

const clean: Tally = {
  ...{ acked: 100, missing: 0, misplaced: 0, rejectedButWritten: 0, rejected: 0, unknown: 0, duplicates: 0 },
  ...{ orderBreaks: 0, late: 0, longestWaitMs: 40, examples: [] },
};
const lossy: Tally = { ...clean, missing: 2, examples: ['a-0-1 was acknowledged and is not in the log'] };
const contenders: Contender[] = [
  { name: 'ours', role: 'trial', command: '', args: [] },
  { name: 'usual', role: 'control', command: '', args: [] },
];
const played = (ours: Tally, usual: Tally, usualLoses = true) => ({
  ...{ name: 'leaders-moved', describe: '', usualLoses, tallies: { ours, usual } },
});
const about = { wanted: 100, seed: 1, seconds: 60, dir: '/tmp/run', versions: { kafkajs: '2.2.4' } };

test('a client is admitted when it kept all and the control was caught', () => {
  expect(reportOf([played(clean, lossy)], contenders, about)).toMatchObject({ ok: true, acked: 100 });
});

test.each([
  ['it lost an event', [played(lossy, lossy)], about],
  ['too few events were acknowledged', [played(clean, lossy)], { ...about, wanted: 101 }],
  ['the control came through, so that the run proves nothing', [played(clean, clean)], about],
  ['a case could not be played', [played(clean, lossy), { ...played(clean, lossy), name: 'no-fault', tallies: {}, unplayed: 'no brokers' }], about], // prettier-ignore
])('a run is not good when %s', (_what, results, wanted) => {
  expect(reportOf(results, contenders, wanted).ok).toBe(false);
});

test('where no case was played in which the usual code loses, there is no control to catch', () => {
  expect(reportOf([played(clean, clean, false)], contenders, about).ok).toBe(true);
});

test('the table says the worst of each case and client', () => {
  const verdicts = (tally: Partial<Tally>) =>
    rowsOf(reportOf([played({ ...clean, ...tally }, clean)], contenders, about)).rows[0]?.at(-1);
  expect(verdicts({})).toBe('holds');
  expect(verdicts({ missing: 1, late: 1 })).toBe('LOST');
  expect(verdicts({ rejectedButWritten: 1 })).toBe('REJECTED, YET WRITTEN');
  expect(verdicts({ late: 3 })).toBe('3 LATE');
  expect(verdicts({ orderBreaks: 1 })).toBe('ORDER');
  expect(verdicts({ acked: 0 })).toBe('NOTHING ACKED');
});

test('the table for the documents names the versions and sums up', () => {
  const text = markdownOf(reportOf([played(clean, lossy)], contenders, about));
  expect(text).toContain('kafkajs 2.2.4; seed 1, 60 s.');
  expect(text).toContain('| leaders-moved | usual | 100 | 2 |');
  expect(text).toContain('`usual` is **refused**: 100 events acknowledged, 2 of them not in the log.');
});
