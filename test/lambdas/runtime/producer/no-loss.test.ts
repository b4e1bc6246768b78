import fc from 'fast-check';
import type { OnRejected, SpillObject, StoredHeader } from '../../../../lambdas/runtime/contract';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { errorCodeRow, errorCodeRows } from '../../../../lambdas/runtime/kafka/error-codes';
import { RetryStrategy } from '../../../../lambdas/runtime/contract';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import { idOf, type Act, type Step } from '../simulation/scripted-port';
import type { PutAct } from '../simulation/scripted-store';

/** The scripted failures make errors by the ten thousand, and nobody reads where. */
Error.stackTraceLimit = 0;

/** Any code of Kafka or of a later one, as the table reads it; a doubt may have been written or not. */
const answered = fc
  .tuple(fc.constantFrom(...errorCodeRows().map(({ code }) => code), 999), fc.boolean())
  .map(([code, written]): Act => {
    const { fate } = errorCodeRow(code);
    switch (fate.kind) {
      case 'retriable':
        return { does: 'not-now' };
      case 'rejected':
        return { does: 'refuse', about: fate.about };
      case 'unknown':
        return { does: 'lose-answer', written };
    }
  });

const act = fc.oneof(
  fc.constantFrom<Act>(
    { does: 'ack' },
    { does: 'lose-answer', written: true },
    { does: 'silent', written: true },
    { does: 'silent', written: false },
    { does: 'silent', written: 'late' },
    { does: 'not-now' },
    { does: 'refuse', about: 'record' },
    { does: 'refuse', about: 'setup' },
  ),
  answered,
);
const step = fc
  .tuple(act, fc.constantFrom(0, 1, 50, 3_000, 9_999))
  .map(([does, afterMs]): Step => ({ ...does, afterMs }));

const call = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 40, 6_000),
  keys: fc.array(fc.constantFrom('k', 'l', 'm', undefined), { minLength: 1, maxLength: 4 }),
  remainingMs: fc.constantFrom(undefined, undefined, 60_000, 9_000, 5_000),
});

const world = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  puts: fc.array(fc.constantFrom<PutAct>('ok', 'refused', 'failed', 'lost', 'silent'), { maxLength: 6 }),
  invokes: fc.array(fc.constantFrom('taken', 'refused', 'lost', 'silent'), { maxLength: 3 }),
  reads: fc.constantFrom(0, 0, 1, 6),
  busy: fc.array(fc.constantFrom(0, 0, 5, 200), { maxLength: 6 }),
  calls: fc.array(call, { minLength: 1, maxLength: 3 }),
  random: fc.constantFrom(0, 0.5, 0.99),
  retry: fc.constantFrom(
    RetryStrategy.untilDeadline(),
    RetryStrategy.untilDeadline(),
    RetryStrategy.atMost(2),
    RetryStrategy.none(),
  ),
  onRejected: fc.constantFrom<OnRejected>(
    { kind: 'fail' },
    { kind: 'log' },
    { kind: 'park' },
    { kind: 'forward', functionName: 'f' },
    { kind: 'drop', reason: 'clicks' },
  ),
  onFull: fc.constantFrom('wait' as const, 'reject' as const),
  bufferBytes: fc.constantFrom(undefined, 1_000),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
type Stored = { key: string | null; value: string | null; headers: readonly StoredHeader[] };
const storedId = (stored: Stored) => idOf(messageOf(stored));

/** Runs one world to its end, late writes included. */
async function run({ steps, puts, reads, calls, random, invokes, busy, ...settings }: World) {
  const [kafka, s3, lambda, busyFor] = [[...steps], [...puts], [...invokes], [...busy]];
  const invoked: string[] = [];
  let failing = reads;
  const simulated = scriptedProducer({
    ...settings,
    random: () => random,
    kafka: () => kafka.shift(),
    puts: () => s3.shift() ?? 'ok',
    busyMs: () => busyFor.shift() ?? 0,
    topic: () => {
      if (failing-- > 0) throw new Error('no broker');
      return { partitions: 3 };
    },
    functions: {
      invokeAsync: async (_name, payload) => {
        const next = lambda.shift() ?? 'taken';
        if (next === 'refused') throw new LosslessError('FUNCTION_REFUSED', 'no');
        if (next !== 'silent') invoked.push(storedId(JSON.parse(payload) as Stored));
        if (next === 'lost') throw new LosslessError('FUNCTION_UNAVAILABLE', 'no answer');
        if (next === 'silent') await new Promise(() => undefined);
      },
    },
  });
  const { clock, producer, store } = simulated;
  const publishes = calls.map(async ({ afterMs, keys, remainingMs }, nth) => {
    await clock.sleep(afterMs);
    const start = clock.now();
    const events = keys.map((key, index) => event(`${nth}-${index}`, { key }));
    const outcomes = await producer.publishAll(events, { remainingMs });
    return { keys, outcomes, tookMs: clock.now() - start };
  });
  const ended = await clock.run(Promise.all(publishes));
  await clock.run(clock.sleep(60_000));
  return {
    ...{ ended, invoked, port: simulated.port, counts: producer.counts },
    log: simulated.port.ids(),
    spilled: store.bodies<SpillObject>('spill').flatMap(({ events }) => events.map(storedId)),
    stored: store.bodies<Stored>('dead-letters').map(storedId),
  };
}
type Ran = Awaited<ReturnType<typeof run>>;

/** What is said of an event against where it is. Returns what is wrong, to stay quick over many worlds. */
function lie(outcome: Outcome, { port, log, spilled, stored, invoked }: Ran): string | undefined {
  const { id, kind } = outcome;
  const anywhere = [log, spilled, stored, invoked].some((ids) => ids.includes(id));
  switch (kind) {
    case 'acked':
      return port.at(outcome.partition, outcome.offset) === id ? undefined : `${id} acked, and not there`;
    case 'spilled':
      return spilled.includes(id) ? undefined : `${id} spilled, and not in the spill store`;
    case 'parked':
      return stored.includes(id) && !log.includes(id)
        ? undefined
        : `${id} stored, and not among the dead letters alone`;
    case 'forwarded':
      return invoked.includes(id) && !log.includes(id)
        ? undefined
        : `${id} forwarded, and its function was not invoked`;
    case 'rejected':
    case 'dropped':
      return anywhere ? `${id} ${kind}, and somebody has it` : undefined;
    case 'sent':
      return `${id} sent, with acks=all`;
    case 'unknown':
      return undefined;
  }
}

const firstAppearances = (ids: readonly string[]) => [...new Set(ids)];
const LONGEST_MS = producerEnvironment.deadlineMs + producerEnvironment.spillTimeMs;

function wrongs(ran: Ran): string[] {
  const outcomes = ran.ended.flatMap((one) => one.outcomes);
  const found = outcomes.map((outcome) => lie(outcome, ran)).filter((wrong) => wrong !== undefined);
  for (const { keys, outcomes: own, tookMs } of ran.ended) {
    if (own.length !== keys.length) found.push(`${own.length} outcomes for ${keys.length} events`);
    if (tookMs > LONGEST_MS) found.push(`settled after ${tookMs} ms`);
    for (const key of ['k', 'l', 'm']) {
      const ids = own.filter(({ kind }, index) => keys[index] === key && kind === 'acked').map(({ id }) => id);
      const seen = firstAppearances(ran.log).filter((id) => ids.includes(id));
      if (seen.join() !== ids.join()) found.push(`key ${key}: got ${seen.join()}, want ${ids.join()}`);
    }
  }
  for (const [kind, count] of Object.entries(ran.counts)) {
    if (kind === 'logged') continue;
    const heard = outcomes.filter((outcome) => outcome.kind === kind).length;
    if (heard !== count) found.push(`${count} counted as ${kind}, ${heard} heard`);
  }
  return found;
}

test('whatever Kafka, S3 and Lambda answer, and when, and whatever is chosen: no event is lost, misreported or out of order, and every promise settles', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const found = wrongs(await run(given));
      if (found.length > 0) throw new Error(found.join('; '));
    }),
    { numRuns: 10_000 },
  );
}, 900_000);
