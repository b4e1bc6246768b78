import { afterInvocation, type Attempt, type OutcomePolicy } from '../../../../local/event-source-mapping/outcome';
import { DEFAULT_SWITCHES } from '../../../../local/event-source-mapping/switches';
import type { Outcome } from '../../../../local/function-host';
import { record } from '../../fixtures/records';
import { answer, crash, failed, failures, timeout } from '../world';

const policy = (changes: Partial<OutcomePolicy> = {}): OutcomePolicy => ({
  ...{ topic: 'orders', partialResponse: true, bisect: false, retryLimit: undefined, switches: DEFAULT_SWITCHES },
  ...changes,
});
const attempt: Attempt = {
  records: [record(0, 5), record(0, 6), record(0, 7), record(1, 5)],
  ...{ retries: 0, invocations: 0 },
};
const all = ['0@5', '0@6', '0@7', '1@5'];
const names = (records: readonly { partition: number; offset: number }[] = []) =>
  records.map(({ partition, offset }) => `${partition}@${offset}`);
const after = (outcome: Outcome, changes: Partial<OutcomePolicy> = {}) => {
  const { settled, again } = afterInvocation(attempt, outcome, policy(changes));
  return { settled: names(settled), again: names(again[0]?.records) };
};

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html', () => {
  test.each([
    ['null', null],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['a null list', { batchItemFailures: null }],
  ])('%s settles the whole batch', (_, payload) => {
    expect(after(answer(payload))).toEqual({ settled: all, again: [] });
  });

  test('an answer of no characters at all settles the whole batch', () => {
    expect(after({ kind: 'success', payload: '' })).toEqual({ settled: all, again: [] });
  });

  test('without ReportBatchItemFailures any answer settles the whole batch', () => {
    expect(after(failures([0, 6]), { partialResponse: false })).toEqual({ settled: all, again: [] });
  });

  test('a reported record comes again, with everything after it in its partition', () => {
    expect(after(failures([0, 6]))).toEqual({ settled: ['0@5', '1@5'], again: ['0@6', '0@7'] });
  });

  test('only what was reported comes again where the switch says so', () => {
    const switches = { ...DEFAULT_SWITCHES, redeliver: 'only-failed' } as const;
    expect(after(failures([0, 6], [1, 5]), { switches })).toEqual({ settled: ['0@5', '0@7'], again: ['0@6', '1@5'] });
  });

  test('a record reported twice comes again once', () => {
    const switches = { ...DEFAULT_SWITCHES, redeliver: 'only-failed' } as const;
    expect(after(failures([0, 6], [0, 6]), { switches }).again).toEqual(['0@6']);
  });

  const item = (itemIdentifier: unknown) => ({ batchItemFailures: [{ itemIdentifier }] });
  test.each<[string, unknown]>([
    ['an offset that was not in the event', item({ partition: 'orders-0', offset: 99 })],
    ['a partition that was not in the event', item({ partition: 'orders-9', offset: 5 })],
    ['a partition without its topic', item({ partition: '0', offset: 5 })],
    ['an offset that is a text', item({ partition: 'orders-0', offset: '6' })],
    ['an identifier that is a text', item('orders-0-6')],
    ['an empty identifier', item('')],
    ['an item without an identifier', { batchItemFailures: [null] }],
    [
      'an unknown identifier beside a known one',
      { batchItemFailures: [...item({ partition: 'orders-0', offset: 6 }).batchItemFailures, {}] },
    ],
    ['a list that is none', { batchItemFailures: 'orders-0' }],
    ['an answer that is a text', 'ok'],
  ])('%s makes the whole batch come again', (_, payload) => {
    expect(after(answer(payload))).toEqual({ settled: [], again: all });
  });

  test('an answer that is no JSON makes the whole batch come again', () => {
    expect(after({ kind: 'success', payload: '{"batchItem' })).toEqual({ settled: [], again: all });
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html', () => {
  test.each<Outcome>([failed, timeout, crash])('after $kind the whole batch comes again', (outcome) => {
    expect(after(outcome)).toEqual({ settled: [], again: all });
  });
});
