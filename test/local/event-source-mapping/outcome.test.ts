import fc from 'fast-check';
import { afterInvocation, backoffMs, splitByAge } from '../../../local/event-source-mapping/outcome';
import { DEFAULT_SWITCHES, type Backoff } from '../../../local/event-source-mapping/switches';
import type { Outcome } from '../../../local/function-host';
import { record } from '../fixtures/records';
import { anySwitches } from './any-switches';
import { crash, failed, failures, throttled, timeout } from './world';

const names = (records: readonly { partition: number; offset: number }[]) =>
  records.map(({ partition, offset }) => `${partition}@${offset}`);

test('every record of an attempt is settled, delivered again or given up: never two of these, never none', () => {
  const partition = fc.integer({ min: 0, max: 2 });
  const offset = fc.integer({ min: 0, max: 8 });
  const outcome = fc.oneof(
    fc.constantFrom<Outcome>(failed, timeout, crash, throttled),
    fc.array(fc.tuple(partition, offset)).map((items) => failures(...items)),
    fc.json().map((payload): Outcome => ({ kind: 'success', payload })),
  );
  const records = fc.uniqueArray(fc.tuple(partition, offset), { minLength: 1, selector: (pair) => pair.join() });
  const policies = fc.record({
    ...{ topic: fc.constant('orders'), partialResponse: fc.boolean(), bisect: fc.boolean(), switches: anySwitches },
    retryLimit: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(records, outcome, policies, fc.integer({ min: 0, max: 2 }), (pairs, result, rules, retries) => {
      const sent = pairs.sort(([a, b], [c, d]) => a - c || b - d).map(([of, at]) => record(of, at));
      const next = afterInvocation({ records: sent, retries, invocations: retries }, result, rules);
      const fates = [...next.settled, ...next.again.flatMap((each) => each.records), ...next.exhausted];
      return names(fates).sort().join() === names(sent).sort().join(); // many thousand times: `expect` takes longer than all else
    }),
    { numRuns: 10_000 },
  );
});

test('records older than the limit are told from the young', () => {
  const records = [record(0, 1, { timestamp: 100 }), record(0, 2, { timestamp: 101 })];
  expect(splitByAge(records, 1_000, 1_101)).toEqual({ young: [records[1]], tooOld: [records[0]] });
  expect(splitByAge(records, undefined, 9_999).tooOld).toEqual([]);
});

test('the backoff doubles from 100 ms to 5 s unless the switch says otherwise', () => {
  const pauses = (backoff: Backoff) => [1, 2, 3, 7, 100].map((invocations) => backoffMs(backoff, invocations));
  expect(pauses(DEFAULT_SWITCHES.retryBackoff)).toEqual([100, 200, 400, 5_000, 5_000]);
  expect(pauses({ firstMs: 700, factor: 1, maxMs: 700 })).toEqual([700, 700, 700, 700, 700]);
});
