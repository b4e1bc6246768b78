import { copied, judged, outcomeOf, type Mutant } from './mutation/mutant';
import { mutantsOf } from './mutation/mutants';
import { isWrong, lineOf, resultsOf } from './mutation/tally';
import { variants } from './mutation/variants';

const all = variants().map((variant) => [variant.name, variant] as const);

test.each(all)('%s: nothing is lost in it, as far as it says', (_name, { templates, nesting, known = [] }) => {
  const said = judged(copied(templates), nesting).map(({ code, status }) => `${code} ${status}`);
  expect(said).toEqual(known.map((code) => `${code} undecided`));
});

test.each(all)('%s: every change changes something', (_name, variant) => {
  const weakened = mutantsOf(variant).filter(({ kind }) => kind === 'weakened');
  const idle = weakened.filter(({ apply }) => {
    const templates = copied(variant.templates);
    apply(templates);
    return JSON.stringify(templates) === JSON.stringify(variant.templates);
  });
  expect(idle.map(({ at, change }) => `${at} → ${change}`)).toEqual([]);
});

describe('what the rules say of a mutant', () => {
  const mutant: Mutant = { kind: 'weakened', at: 'x', change: 'y', certain: true, apply: () => undefined };
  const [finding] = judged({ t: { Resources: { C: { Type: 'AWS::MSK::Cluster', Properties: {} } } } });
  if (!finding) throw new Error('got no finding of an empty cluster, want one');
  const [failed, open] = [
    { ...finding, status: 'fail' as const },
    { ...finding, status: 'undecided' as const },
  ];

  test.each([
    ['a danger the template spells out is missed by an undecided', { ...mutant, loses: 'all' }, [open], 'missed'],
    ['a danger the template spells out is caught by a failure', { ...mutant, loses: 'all' }, [failed], 'caught'],
    [
      'a danger a deploy decides about is caught by an undecided',
      { ...mutant, loses: 'all', certain: false },
      [open],
      'caught',
    ],
    ['a danger of which nothing is said is missed', { ...mutant, loses: 'all', certain: false }, [], 'missed'],
    ['a harmless change that is left alone is quiet', mutant, [], 'quiet'],
    ['a harmless change that is left open is a false alarm', mutant, [open], 'false alarm'],
  ])('%s', (_name, of, findings, outcome) => {
    expect(outcomeOf(of, findings)).toBe(outcome);
  });
});

/** `npm run mutate:rules` asks about all. */
test.each([
  ['imported cluster', 7],
  ['stacks apart', 23],
  ['sample', 151],
])(
  '%s: of every %i-th change, what is dangerous is caught and what is harmless is left alone',
  (name, every) => {
    const variant = all.flatMap(([own, each]) => (own === name ? [each] : []))[0];
    if (!variant) throw new Error(`got no variant ${name}, want one`);
    expect(resultsOf(variant, every).filter(isWrong).map(lineOf)).toEqual([]);
  },
  60_000,
);
