import { CONSUMER_VARIABLE } from '../../lambdas/runtime/contract';
import { patienceOf } from '../../faults/left';
import type { LocalFunction } from '../../local';

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
