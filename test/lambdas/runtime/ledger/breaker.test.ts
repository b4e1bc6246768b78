import {
  BUDGET,
  codeState,
  failuresOf,
  isOpen,
  NOTHING_RECENT,
  shown,
  spent,
  type CodeState,
  type Suspect,
} from '../../../../lambdas/runtime/ledger/breaker-budget';
import { keyBlamed, sourcesBlamed } from '../../../../lambdas/runtime/ledger/who-is-to-blame';

const suspect = (key: string, source: string): Suspect => ({ offset: 0, stage: 'handler', key, source });
const spentBy = (code: CodeState, suspects: readonly Suspect[]): CodeState => suspects.reduce(spent, code);
const times = (count: number, key: string, source: string) => Array.from({ length: count }, () => suspect(key, source));

/** This code has applied events before; then two good events and eighteen of a flood use up the budget. */
const used = spentBy({ ...codeState([], 'code'), appliedIn: 1 }, [
  ...times(2, 'good', 'shop'),
  ...times(18, 'rubbish', 'rogue'),
]);

describe('of a budget that eighteen events of a flood and two good ones have used up', () => {
  test.each([
    ['key', keyBlamed(used, NOTHING_RECENT, [])],
    [
      'source',
      sourcesBlamed(
        used,
        { keys: [], sources: ['shop'] },
        { others: [], failing: [], failed: [], succeededHere: false },
      ),
    ],
  ])('the %s that is to blame gets back its eighteen: of good events twenty are parked, not twenty-two', (_, code) => {
    expect([code.blamed.length, failuresOf(code), isOpen(code)]).toEqual([1, 2, false]);
    expect(isOpen(spentBy(code, times(17, 'another', 'shop')))).toBe(false);
    expect(isOpen(spentBy(code, times(18, 'another', 'shop')))).toBe(true);
  });

  test('a second flood is found beside the two, too', () => {
    const once = keyBlamed(used, NOTHING_RECENT, []);
    const twice = keyBlamed(spentBy(once, times(18, 'more rubbish', 'rogue')), NOTHING_RECENT, []);
    expect(twice.blamed).toEqual(['rubbish', 'more rubbish']);
    expect(failuresOf(twice)).toBe(2);
  });

  test('a flood alone gets back the whole', () => {
    const alone = spentBy({ ...codeState([], 'code'), appliedIn: 1 }, times(BUDGET, 'rubbish', 'rogue'));
    const code = keyBlamed(alone, NOTHING_RECENT, []);
    expect([failuresOf(code), code.run.keys]).toEqual([0, []]);
  });
});

test('a success clears a key of what it failed before: with eighteen old failures it is not blamed for twenty of others', () => {
  const eighteen = spentBy({ ...codeState([], 'code'), appliedIn: 1 }, times(18, 'old', 'shop'));
  const applied = shown(eighteen, { provenTo: 18, keys: [], sources: [], hasDecoded: false }, 2);
  const others = Array.from({ length: BUDGET }, (_, i) => suspect(`k${i}`, 'shop'));
  const code = keyBlamed(spentBy(applied, others), NOTHING_RECENT, []);
  expect([isOpen(code), code.blamed]).toEqual([true, []]);
});
