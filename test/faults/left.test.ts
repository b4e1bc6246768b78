import { CONSUMER_VARIABLE, INGEST_VARIABLE } from '../../lambdas/runtime/contract';
import { patienceOf } from '../../faults/left';
import type { LocalFunction, LocalStack } from '../../local';

const consumerOf = (timeoutMs: number) =>
  ({ timeoutMs, environment: { [`${CONSUMER_VARIABLE}_ORDERS`]: '{}' } }) as unknown as LocalFunction;

test('a record has two timeouts, a lease and a sweep to be settled, and each killer three deliveries and a timeout more', () => {
  const schedules = [
    { path: 'Replay', everyMs: 60_000 },
    { path: 'Unpack', everyMs: 60_000 },
  ];
  const chaos = { schedules, functions: [consumerOf(30_000), consumerOf(20_000)] };
  expect([0, 1, 2].map((killers) => patienceOf(chaos, killers))).toEqual([130_000, 205_000, 280_000]);
  expect([0, 1].map((killers) => patienceOf({ schedules, functions: [consumerOf(120_000)] }, killers))).toEqual([
    310_000, 475_000,
  ]);
});

test('where events come by a queue or a bus they may wait there first: for the visibility timeout, or the three tries of a call', () => {
  const schedules = [{ path: 'Replay', everyMs: 60_000 }];
  const functions = [consumerOf(30_000), { id: 'Door', timeoutMs: 28_000, environment: { [INGEST_VARIABLE]: '{}' } } as unknown as LocalFunction]; // prettier-ignore
  const queue = (readBy: string, visibilityMs: number) => ({ readBy, visibilityMs }) as LocalStack['queues'][number];
  // The queue that wakes replay is no door: nothing waits there.
  const queues = [queue('Door', 168_000), queue('Replay', 1_800_000)];
  expect(patienceOf({ schedules, functions, queues, busRules: [] }, 0)).toBe(168_000 + 130_000);
  expect(patienceOf({ schedules, functions, queues, busRules: [{ path: 'Shop' }] }, 0)).toBe(180_000 + 130_000);
});
