import fc from 'fast-check';
import type { Outcome } from '../../../local/function-host';
import {
  afterInvocation,
  backoffMs,
  splitByAge,
  type Attempt,
  type OutcomePolicy,
} from '../../../local/event-source-mapping/outcome';
import { DEFAULT_SWITCHES } from '../../../local/event-source-mapping/switches';
import { record } from '../fixtures/records';

const policy = (changes: Partial<OutcomePolicy> = {}): OutcomePolicy => ({
  ...{ topic: 'orders', partialResponse: true, bisect: false, retryLimit: undefined, switches: DEFAULT_SWITCHES },
  ...changes,
});
const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
  records: [record(0, 5), record(0, 6), record(0, 7), record(1, 5)],
  ...{ retries: 0, invocations: 0 },
  ...changes,
});
const answer = (payload: unknown): Outcome => ({ kind: 'success', payload: JSON.stringify(payload) ?? 'null' });
const failures = (...items: [string, number][]) =>
  answer({ batchItemFailures: items.map(([partition, offset]) => ({ itemIdentifier: { partition, offset } })) });
const failed: Outcome = { kind: 'error', errorType: 'Error', errorMessage: 'no' };
const names = (records: readonly { partition: number; offset: number }[]) =>
  records.map(({ partition, offset }) => `${partition}@${offset}`);
const all = ['0@5', '0@6', '0@7', '1@5'];

test.each([
  ['null', null],
  ['an empty object', {}],
  ['an empty list', { batchItemFailures: [] }],
  ['a null list', { batchItemFailures: null }],
])('%s settles the whole batch', (_, payload) =>
  expect(names(afterInvocation(attempt(), answer(payload), policy()).settled)).toEqual(all),
);

test('without partial responses any answer settles the whole batch', () => {
  const next = afterInvocation(attempt(), failures(['orders-0', 6]), policy({ partialResponse: false }));
  expect(names(next.settled)).toEqual(all);
});

test('a reported record comes again with everything after it in its partition', () => {
  const next = afterInvocation(attempt(), failures(['orders-0', 6]), policy());
  expect(names(next.settled)).toEqual(['0@5', '1@5']);
  expect(next.again.map(({ records, retries }) => [names(records), retries])).toEqual([[['0@6', '0@7'], 1]]);
});

test('only what was reported comes again where the switch says so', () => {
  const switches = { ...DEFAULT_SWITCHES, redeliver: 'only-failed' } as const;
  const next = afterInvocation(attempt(), failures(['orders-0', 6], ['orders-1', 5]), policy({ switches }));
  expect(names(next.settled)).toEqual(['0@5', '0@7']);
  expect(names(next.again[0]?.records ?? [])).toEqual(['0@6', '1@5']);
});

test.each<[string, unknown]>([
  [
    'an offset that was not in the event',
    { batchItemFailures: [{ itemIdentifier: { partition: 'orders-0', offset: 99 } }] },
  ],
  [
    'a partition that was not in the event',
    { batchItemFailures: [{ itemIdentifier: { partition: 'orders-9', offset: 5 } }] },
  ],
  ['an offset that is a text', { batchItemFailures: [{ itemIdentifier: { partition: 'orders-0', offset: '6' } }] }],
  ['an identifier that is a text', { batchItemFailures: [{ itemIdentifier: 'orders-0-6' }] }],
  ['an item without an identifier', { batchItemFailures: [null] }],
  ['a list that is none', { batchItemFailures: 'orders-0' }],
  ['an answer that is a text', 'ok'],
])('%s makes the whole batch come again', (_, payload) => {
  const next = afterInvocation(attempt(), answer(payload), policy());
  expect([names(next.settled), names(next.again[0]?.records ?? [])]).toEqual([[], all]);
});

test.each<Outcome>([failed, { kind: 'timeout', detail: '' }, { kind: 'crash', detail: '' }])(
  '$kind settles nothing',
  (outcome) => {
    const next = afterInvocation(attempt(), outcome, policy());
    expect([next.settled, names(next.again[0]?.records ?? [])]).toEqual([[], all]);
  },
);

test('a failed batch is split in two halves that keep their order, and the split uses up no retry', () => {
  const next = afterInvocation(attempt(), failed, policy({ bisect: true, retryLimit: 0 }));
  expect(next.again.map(({ records, retries }) => [names(records), retries])).toEqual([
    [['0@5', '0@6'], 0],
    [['0@7', '1@5'], 0],
  ]);
});

test('where the switch says so a split uses up a retry', () => {
  const switches = { ...DEFAULT_SWITCHES, bisectCountsAsRetry: true };
  const bisecting = policy({ bisect: true, retryLimit: 1, switches });
  expect(afterInvocation(attempt(), failed, bisecting).again.map(({ retries }) => retries)).toEqual([1, 1]);
  expect(names(afterInvocation(attempt({ retries: 1 }), failed, bisecting).exhausted)).toEqual(all);
});

test('records are given up after the retry limit, the first try not counted', () => {
  const limited = policy({ retryLimit: 2 });
  expect(afterInvocation(attempt({ retries: 1 }), failed, limited).exhausted).toEqual([]);
  expect(names(afterInvocation(attempt({ retries: 2 }), failed, limited).exhausted)).toEqual(all);
  const partly = afterInvocation(attempt({ retries: 2 }), failures(['orders-0', 7]), limited);
  expect([names(partly.settled), names(partly.exhausted)]).toEqual([['0@5', '0@6', '1@5'], ['0@7']]);
});

test('a throttle uses up a retry only where the switch says so', () => {
  const limited = policy({ retryLimit: 0 });
  expect(afterInvocation(attempt(), { kind: 'throttle' }, limited).again).toEqual([attempt()]);
  const switches = { ...DEFAULT_SWITCHES, throttleCountsAsRetry: true };
  expect(names(afterInvocation(attempt(), { kind: 'throttle' }, { ...limited, switches }).exhausted)).toEqual(all);
});

test('every record of an attempt is settled, delivered again or given up: never two of these, never none', () => {
  const offset = fc.integer({ min: 0, max: 8 });
  const outcome = fc.oneof(
    fc.constantFrom<Outcome>(
      failed,
      { kind: 'timeout', detail: '' },
      { kind: 'crash', detail: '' },
      { kind: 'throttle' },
    ),
    fc.array(fc.tuple(fc.constantFrom('orders-0', 'orders-1', 'orders-2'), offset)).map((items) => failures(...items)),
    fc.json().map((payload): Outcome => ({ kind: 'success', payload })),
  );
  const records = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2 }), offset), {
    minLength: 1,
    selector: (pair) => pair.join(),
  });
  const switches = fc.record({
    redeliver: fc.constantFrom('only-failed' as const, 'from-lowest-failed' as const),
    ...{ bisectCountsAsRetry: fc.boolean(), throttleCountsAsRetry: fc.boolean(), newerBeforeRedelivery: fc.boolean() },
  });
  const policies = fc.record({
    ...{ topic: fc.constant('orders'), partialResponse: fc.boolean(), bisect: fc.boolean(), switches },
    retryLimit: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(records, outcome, policies, fc.integer({ min: 0, max: 2 }), (pairs, result, rules, retries) => {
      const sent = pairs.sort(([a, b], [c, d]) => a - c || b - d).map(([partition, at]) => record(partition, at));
      const next = afterInvocation({ records: sent, retries, invocations: retries }, result, rules);
      const fates = [...next.settled, ...next.again.flatMap((each) => each.records), ...next.exhausted];
      expect(names(fates).sort()).toEqual(names(sent).sort());
    }),
  );
});

test('records older than the limit are told from the young', () => {
  const records = [record(0, 1, { timestamp: 100 }), record(0, 2, { timestamp: 101 })];
  expect(splitByAge(records, 1_000, 1_101)).toEqual({ young: [records[1]], tooOld: [records[0]] });
  expect(splitByAge(records, undefined, 9_999).tooOld).toEqual([]);
});

test('the backoff doubles from 100 ms to 5 s', () => {
  expect([1, 2, 3, 7, 100].map(backoffMs)).toEqual([100, 200, 400, 5_000, 5_000]);
});
