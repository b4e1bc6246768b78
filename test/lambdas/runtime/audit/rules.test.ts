import { accepted, judge, type Judged, type Remembered, type Seen } from '../../../../lambdas/runtime/audit/rules';
import type { Stretch } from '../../../../lambdas/runtime/ledger/stretch';
import { offsetsIn } from '../../../../lambdas/runtime/audit/stretches';

const NOW = 1_767_225_600_000;

interface Given extends Partial<Omit<Seen, 'ledger'>> {
  readonly counted?: readonly Stretch[];
  /** Records in the counts. @default - as many as the stretches hold */
  readonly records?: number;
  readonly open?: Seen['ledger']['open'];
}

const seen = ({ counted = [], records = offsetsIn(counted), open = [], ...rest }: Given): Seen => ({
  ...{ start: 0, end: 100, givenUp: false, ...rest },
  ledger: { counted, counts: { applied: records, duplicate: 0, parked: 0 }, open },
});

/** One audit after the other, over what each of them reads. */
function audits(...looks: readonly Given[]): Judged[] {
  let before: Remembered | undefined = { from: 0, uncounted: 0, suspects: [] };
  return looks.map((look) => {
    const judged = judge(seen(look), before, NOW);
    before = judged.remembered;
    return judged;
  });
}

const unaccounted = (...looks: readonly Given[]) => audits(...looks).map((judged) => judged.unaccounted);

test('what waits in the topic, or was settled before it is committed, is accounted for', () => {
  const look = { committed: 40, counted: [[0, 59]] as const };
  expect(unaccounted(look, look)).toEqual([[], []]);
  expect(audits(look)[0]).toMatchObject({ waiting: 40, oldest: 60 });
});

test('a record that is committed past and not settled is unaccounted from the second audit on', () => {
  const look = { committed: 60, counted: [[0, 30], [32, 59]] as const }; // prettier-ignore
  expect(unaccounted(look, look, look)).toEqual([[], [[31, 31]], [[31, 31]]]);
});

test('a record that is settled before the second audit is none', () => {
  const late = { committed: 60, counted: [[0, 30], [32, 59]] as const }; // prettier-ignore
  expect(unaccounted(late, { committed: 60, counted: [[0, 59]] }, late)).toEqual([[], [], []]);
});

test('a ledger that is gone leaves all unaccounted that is committed past, whatever is counted after', () => {
  expect(unaccounted({ committed: 60 }, { committed: 70, counted: [[60, 69]] })).toEqual([[], [[0, 59]]]);
});

test('records that the retention took before they were settled are unaccounted, before and after the group goes on behind them', () => {
  const before = { committed: 10, start: 50, counted: [[0, 9]] as const };
  const after = { committed: 60, start: 50, counted: [[0, 9], [50, 59]] as const }; // prettier-ignore
  expect(unaccounted(before, before, after)).toEqual([[], [[10, 49]], [[10, 49]]]);
});

test('what an invocation has under way is not gone, until its function must be over', () => {
  const marker = { id: 'a', from: 10, to: 49, until: NOW - 299_999 };
  const look = { committed: 10, start: 50, counted: [[0, 9]] as const, open: [marker] };
  expect(unaccounted(look, look)).toEqual([[], []]);
  const over = { ...look, open: [{ ...marker, until: NOW - 300_000 }] };
  expect(unaccounted(over, over)).toEqual([[], [[10, 49]]]);
});

test('what the mapping gave up waits in its bucket, and is unaccounted once that is empty', () => {
  const look = { committed: 60, counted: [[0, 30], [32, 59]] as const }; // prettier-ignore
  const waits = { ...look, givenUp: true };
  expect(unaccounted(waits, waits, look, look)).toEqual([[], [], [], [[31, 31]]]);
});

test('a record that the ledger passes over inside a batch is unaccounted at once', () => {
  const [judged] = audits({ committed: 60, counted: [[0, 59]], records: 59 });
  expect(judged).toMatchObject({ unaccounted: [], uncounted: 1 });
});

test('a committed offset of a topic that was made again says nothing', () => {
  const look = { committed: 500, end: 20, counted: [[0, 9]] as const };
  expect(unaccounted(look, look)).toEqual([[], []]);
});

test('a committed offset that goes back, or is gone, raises nothing', () => {
  const counted = [[0, 59]] as const;
  expect(unaccounted({ committed: 60, counted }, { committed: 20, counted }, { counted })).toEqual([[], [], []]);
});

describe('a partition that is seen for the first time is audited', () => {
  const first = (given: Given) => judge(seen(given), undefined, NOW).remembered.from;

  test('from what its ledger counts', () => expect(first({ committed: 60, start: 3, counted: [[5, 59]] })).toBe(5));
  test('from the committed offset, where the group is older than its ledger', () =>
    expect(first({ committed: 60, counted: [[60, 64]] })).toBe(60));
  test('from where mappings begin, where nothing is committed', () => expect(first({ start: 7 })).toBe(7));
  test('from the lower of them, where the first batch is still under way', () =>
    expect(first({ committed: 10, counted: [[20, 29]] })).toBe(10));
});

test('offsets of a ledger that were not counted before it was audited are no news', () => {
  const look = seen({ committed: 60, counted: [[0, 59]], records: 50 });
  const first = judge(look, undefined, NOW);
  expect([first.uncounted, judge(look, first.remembered, NOW).uncounted]).toEqual([0, 0]);
});

test('what is accepted is unaccounted no longer, and the next loss is', () => {
  const look = { committed: 60, counted: [[0, 30], [32, 59]] as const, records: 58 }; // prettier-ignore
  const before = accepted(audits(look, look)[1]!);
  const known = judge(seen(look), before, NOW);
  expect(known).toMatchObject({ unaccounted: [], uncounted: 0 });
  const worse = { committed: 90, counted: [[0, 30], [32, 59], [70, 89]] as const, records: 78 }; // prettier-ignore
  const next = judge(seen(worse), known.remembered, NOW);
  expect(judge(seen(worse), next.remembered, NOW).unaccounted).toEqual([[60, 69]]);
});
