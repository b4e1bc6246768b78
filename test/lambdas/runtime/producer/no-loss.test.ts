import fc from 'fast-check';
import type { SpillObject } from '../../../../lambdas/runtime/contract';
import { messageOf } from '../../../../lambdas/runtime/dead-letters';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import { idOf, type Step } from '../simulation/scripted-port';
import type { PutAct } from '../simulation/scripted-store';

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom<Step>(
      { does: 'ack' },
      { does: 'lose-answer', written: true },
      { does: 'lose-answer', written: false },
      { does: 'silent', written: true },
      { does: 'silent', written: false },
      { does: 'silent', written: 'late' },
      { does: 'not-now' },
      { does: 'refuse', about: 'record' },
      { does: 'refuse', about: 'setup' },
    ),
    fc.constantFrom(0, 1, 50, 3_000, 9_999),
  )
  .map(([act, afterMs]) => ({ ...act, afterMs }));

const call = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 40, 6_000),
  keys: fc.array(fc.constantFrom('k', 'l', 'm', undefined), { minLength: 1, maxLength: 8 }),
  remainingMs: fc.constantFrom(undefined, undefined, 60_000, 9_000, 5_000),
});

const world = fc.record({
  steps: fc.array(step, { maxLength: 25 }),
  puts: fc.array(fc.constantFrom<PutAct>('ok', 'refused', 'failed', 'lost', 'silent'), { maxLength: 6 }),
  reads: fc.nat({ max: 6 }),
  calls: fc.array(call, { minLength: 1, maxLength: 6 }),
  random: fc.constantFrom(0, 0.5, 0.99),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Runs one world to its end, late writes included. */
async function run({ steps, puts, reads, calls, random }: World) {
  const [kafka, s3] = [[...steps], [...puts]];
  let failing = reads;
  const simulated = scriptedProducer({
    random: () => random,
    kafka: () => kafka.shift(),
    puts: () => s3.shift() ?? 'ok',
    topic: () => {
      if (failing-- > 0) throw new Error('no broker');
      return { partitions: 3 };
    },
  });
  const { clock, producer } = simulated;
  const publishes = calls.map(async ({ afterMs, keys, remainingMs }, nth) => {
    await clock.sleep(afterMs);
    const start = clock.now();
    const events = keys.map((key, index) => event(`${nth}-${index}`, { key }));
    const outcomes = await producer.publishAll(events, { remainingMs });
    return { keys, outcomes, tookMs: clock.now() - start };
  });
  const ended = await clock.run(Promise.all(publishes));
  await clock.run(clock.sleep(60_000));
  return { ...simulated, ended };
}

const firstAppearances = (ids: readonly string[]) => [...new Set(ids)];
const acked = (outcomes: readonly Outcome[]) => outcomes.filter(({ kind }) => kind === 'acked');

test('whatever Kafka and S3 answer, and when: no event is lost, misreported or out of order, and every promise settles', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { port, store, ended } = await run(given);
      const log = port.ids();
      const spilled = store.bodies<SpillObject>('spill').flatMap(({ events }) => events.map((e) => idOf(messageOf(e))));
      for (const { keys, outcomes, tookMs } of ended) {
        expect(outcomes).toHaveLength(keys.length);
        expect(tookMs).toBeLessThanOrEqual(producerEnvironment.deadlineMs + producerEnvironment.spillTimeMs);
        for (const outcome of outcomes) {
          switch (outcome.kind) {
            case 'acked':
              expect(port.at(outcome.partition, outcome.offset)).toBe(outcome.id);
              break;
            case 'spilled':
              expect(spilled).toContain(outcome.id);
              break;
            case 'rejected':
              expect([log.includes(outcome.id), spilled.includes(outcome.id)]).toEqual([false, false]);
              break;
            case 'unknown':
              break;
          }
        }
        for (const key of ['k', 'l', 'm']) {
          const ids = acked(outcomes.filter((_, index) => keys[index] === key)).map(({ id }) => id);
          expect(firstAppearances(log).filter((id) => ids.includes(id))).toEqual(ids);
        }
      }
    }),
    { numRuns: 120 },
  );
}, 60_000);
