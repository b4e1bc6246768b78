import type { Verdict } from '../../../faults/checker/verdict';
import { code } from '../../../faults/report/html';
import { count, duration } from '../../../faults/report/numbers';
import { reportPage } from '../../../faults/report/page';
import { headline } from '../../../faults/report/summary';
import { brokenRun, exampleRun } from './example-run';

const verdictOf = (change: Partial<Omit<Verdict, 'totals'>>, totals: Partial<Verdict['totals']> = {}): Verdict => {
  const { verdict } = exampleRun();
  return { ...verdict, ...change, totals: { ...verdict.totals, ...totals } };
};

/** The text of the page without its markup, code and data. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|script)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the headline', () => {
  test('a run that kept every promise says so', () => {
    expect(headline(verdictOf({}))).toEqual({ mood: 'kept', title: 'nothing lost, nothing applied twice' });
  });

  test('lost and doubled events are counted', () => {
    const { mood, title } = headline(verdictOf({ ok: false }, { lost: 1, appliedTwice: 1_200 }));
    expect(mood).toBe('broken');
    expect(title).toBe('1 event lost, 1\u202f200 events applied twice');
  });

  test('any other broken promise is named', () => {
    const checks = [{ check: 'P4', title: 'order of effects', ok: false, count: 1, examples: [] }] as const;
    expect(headline(verdictOf({ ok: false, checks })).title).toBe('promise broken: P4 order of effects');
  });

  test('a run in which nothing was accepted is not called a success', () => {
    expect(headline(verdictOf({}, { accepted: 0 }))).toEqual({
      mood: 'empty',
      title: 'nothing shown: no event was accepted',
    });
  });
});

describe('the page', () => {
  test('names every check, every fault, the seed, the versions and the command', () => {
    const { verdict, measures, command } = exampleRun();
    const text = textOf(reportPage({ verdict, measures, command }));
    const wanted = [
      ...verdict.checks.flatMap(({ check, title }) => [check, title]),
      ...measures.kinds.map(({ name }) => name),
      ...['4711', 'Apache Kafka', '4.1.1', command],
    ];
    expect(wanted.filter((each) => !text.includes(each))).toEqual([]);
  });

  test('shows the examples of a broken check', () => {
    const text = textOf(reportPage(brokenRun()));
    expect(text).toContain('order-0012871 was acked at orders-3 offset 4188');
    expect(text).toContain('14 of 17 checks held; broken: K1, P1, P4');
  });

  test('says which states were reached, which a fault should have led to, and which nobody asked for', () => {
    const { verdict, measures, command } = exampleRun();
    const reach = [
      { name: 'spilled', title: 'events spilled', times: 78, verdict: 'reached', by: ['kafka-away'] },
      { name: 'breakerOpened', title: 'breaker opened', times: 0, verdict: 'missed', by: ['bad-deploy'] },
      { name: 'givenUp', title: 'given up', times: 0, verdict: 'not asked', by: [] },
    ] as const;
    const text = textOf(reportPage({ verdict: { ...verdict, reach }, measures, command }));
    expect(text).toContain('events spilled by kafka-away 78 reached');
    expect(text).toContain('breaker opened by bad-deploy 0 not reached');
    expect(text).toContain('given up 0 not asked');
  });

  test('says when a fault never recovered, took no hold or was not as told', () => {
    const { verdict, measures, command } = exampleRun();
    const [kind] = measures.kinds;
    if (!kind) throw new Error('the example has no fault');
    const kinds = [{ ...kind, notRecovered: 2 }];
    const failures = ['broker 2 did not start', 'broker 2 did not start'];
    const tallies = [{ name: kind.name, title: 'Leader killed', times: 3, seconds: 1, hits: 0, failures }];
    const text = textOf(reportPage({ verdict, measures: { ...measures, kinds }, tallies, command }));
    expect(text).toContain('2 times never');
    expect(text).toContain('not as told, 2 times: broker 2 did not start 3 0 ');
  });

  test('a run without faults and without a watch on the replicas has neither table nor chart of them', () => {
    const { verdict, measures, command } = exampleRun();
    const none = { at: [], value: [] };
    const page = reportPage({
      verdict,
      measures: { ...measures, inSyncReplicas: none, windows: [], kinds: [] },
      command,
    });
    expect(page).not.toContain('data-chart="inSync"');
    expect(page).not.toContain('<h2>Faults</h2>');
    expect(textOf(page)).toContain('No fault was injected.');
  });

  test('says when the history was cut', () => {
    const { verdict, ...rest } = exampleRun();
    const torn = { ...verdict, history: { entries: 9, torn: true } };
    expect(reportPage({ ...rest, verdict: torn })).toContain('the run was killed');
    expect(reportPage({ ...rest, verdict })).not.toContain('the run was killed');
  });

  test.each([
    ['ten minutes', 600],
    ['ten hours', 36_000],
  ])('of %s is smaller than a megabyte', (_, seconds) => {
    expect(Buffer.byteLength(reportPage(exampleRun(seconds)))).toBeLessThan(1_000_000);
  });
});

test('code that would end its own element is refused', () => {
  expect(() => code('const a = "</script>";')).toThrow('want none');
});

describe('numbers that read the same in English and German', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1\u202f000'],
    [1_234_567, '1\u202f234\u202f567'],
  ])('%i', (value, text) => expect(count(value)).toBe(text));

  test.each([
    [9_999, '9\u202f999\u202fms'],
    [9_999.6, '10\u202fs'],
    [119_499, '119\u202fs'],
    [119_500, '2\u202fmin 0\u202fs'],
    [3_725_000, '62\u202fmin 5\u202fs'],
  ])('%i ms', (value, text) => expect(duration(value)).toBe(text));
});
