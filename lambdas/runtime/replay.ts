import type { Context } from 'aws-lambda';
import { systemClock, type Clock } from './clock';
import {
  CE_ID,
  CE_SOURCE,
  spillFolder,
  type DeadLetter,
  type ProducerEnvironment,
  type ReplayEnvironment,
  type SpilledEvent,
  type SpillObject,
} from './contract';
import { messageOf, putAside } from './dead-letters';
import { producerEnvironment, replayEnvironments, type Variables } from './environment';
import { headerText, traceOf } from './event';
import { isAboutRecord } from './kafka/error-codes';
import { kafkajsPort } from './kafka/kafkajs';
import type { KafkaPort } from './kafka/port';
import { powertoolsLog, withFields, type Log } from './log';
import { noMeter } from './metrics';
import type { ObjectStore } from './object-store';
import type { Fate, Settled } from './producer/outcome';
import { Pipe } from './producer/pipe';
import { startUpCheck } from './producer/start-up-check';
import { s3ObjectStore } from './s3-object-store';
import { parseSpillObject } from './spill';
import { timeLeft } from './time-left';
import { traceIdOf } from './trace-context';

/** Objects read ahead and published together, in the order of their names: oldest first. */
const OBJECTS_AT_ONCE = 16;
/** Milliseconds below which a group is not begun: given up halfway, its events would only be written twice. */
const LEAST_MS = 1_000;

/** What one sweep did. `left`: objects that stay for the next sweep. */
export interface ReplayCounts {
  replayed: number;
  aside: number;
  left: number;
}

export interface ReplayDeps {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly port: (environment: ProducerEnvironment) => KafkaPort;
  readonly log: Log;
  readonly variables: Variables;
}

/** Handler of the replay function: sweeps every spill store in its environment. */
export function replay(
  deps: Partial<ReplayDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<ReplayCounts[]> {
  let sweeps: Sweep[] | undefined;
  return async (_event, context) => {
    sweeps ??= open(deps);
    const counts: ReplayCounts[] = [];
    const left = timeLeft(context, deps.clock ?? systemClock);
    for (const sweep of sweeps) counts.push(await sweep.run(left));
    return counts;
  };
}

function open(given: Partial<ReplayDeps>): Sweep[] {
  const variables = given.variables ?? process.env;
  const clock = given.clock ?? systemClock;
  const log = given.log ?? powertoolsLog(variables);
  const deps: ReplayDeps = {
    variables,
    clock,
    log,
    store: given.store ?? s3ObjectStore(),
    port:
      given.port ??
      ((environment) => {
        const { denied: warn } = startUpCheck(withFields(log, { topic: environment.topic }), noMeter);
        return kafkajsPort({ environment, clock, warn, region: variables.AWS_REGION });
      }),
  };
  return replayEnvironments(variables).map(
    (environment) => new Sweep(environment, producerEnvironment(variables, environment.topic), deps),
  );
}

interface Loaded {
  readonly name: string;
  readonly spilled: SpillObject;
}

/** Publishes spilled events under their own ids and deletes an object once the fate of every event in it is certain. */
class Sweep {
  private readonly pipe: Pipe;
  private readonly log: Log;

  constructor(
    private readonly environment: ReplayEnvironment,
    private readonly producer: ProducerEnvironment,
    private readonly deps: ReplayDeps,
  ) {
    this.log = withFields(deps.log, { topic: environment.topic });
    this.pipe = new Pipe({
      topic: environment.topic,
      // Deleting a spilled event takes the word of all in-sync replicas, whatever the producer took.
      port: deps.port({ ...producer, acks: 'all' }),
      clock: deps.clock,
      // They lie in the spill store already, and stay there.
      atDeadline: (entries, release) => {
        for (const entry of entries) {
          entry.settleUntaken(entry.reason);
          release(entry);
        }
      },
    });
  }

  async run(remainingMs: () => number): Promise<ReplayCounts> {
    const { cluster, topic, spill } = this.environment;
    const counts: ReplayCounts = { replayed: 0, aside: 0, left: 0 };
    const marginMs = this.producer.spillTimeMs;
    for await (const names of inGroups(this.deps.store.list(spill, spillFolder(cluster, topic)), OBJECTS_AT_ONCE)) {
      const leftMs = remainingMs() - marginMs;
      if (leftMs < LEAST_MS) break;
      const before = { ...counts };
      await this.group(names, Math.min(leftMs, this.producer.deadlineMs), counts);
      // Kafka took nothing: it will hardly take the next group, and each would wait for its deadline.
      if (counts.left > before.left && counts.replayed === before.replayed) break;
    }
    return counts;
  }

  private async group(names: readonly string[], limitMs: number, counts: ReplayCounts): Promise<void> {
    const found = await Promise.all(names.map((name) => this.load(name, counts)));
    const objects = found.filter((object) => object !== undefined);
    const deadlineAt = this.deps.clock.monotonic() + limitMs;
    const events = objects.flatMap(({ spilled }) => spilled.events);
    const settled = await this.pipe.submit(
      events.map((event) => ({ message: messageOf(event), partition: event.partition })),
      { deadlineAt, answerBy: deadlineAt },
    );
    const fates = settled.map(fateOf);
    await Promise.all(
      objects.map((object) => this.conclude(object, fates.splice(0, object.spilled.events.length), counts)),
    );
  }

  /** Undefined when there is nothing to publish: another worker was faster, or what lies there is no spilled events. */
  private async load(name: string, counts: ReplayCounts): Promise<Loaded | undefined> {
    const { store } = this.deps;
    const text = await store.get(this.environment.spill, name);
    if (text === undefined) return undefined;
    const parsed = parseSpillObject(text);
    switch (parsed.kind) {
      case 'spilled':
        return { name, spilled: parsed.spilled };
      case 'newer':
        this.log.warn('spill object of a newer version left for a newer replay function', { object: name });
        counts.left += 1;
        return undefined;
      case 'undecodable': {
        const raw = { partition: null, key: null, value: Buffer.from(text).toString('base64'), headers: [] };
        await this.putAside(raw, { reason: 'undecodable', detail: parsed.detail, timestamp: timeIn(name), id: name });
        await store.delete(this.environment.spill, name);
        counts.aside += 1;
        return undefined;
      }
    }
  }

  /** Published twice is harmless, deleted too early is not: the object goes when each of its events is acked or aside. */
  private async conclude({ name, spilled }: Loaded, fates: readonly Fate[], counts: ReplayCounts): Promise<void> {
    const untaken: string[] = [];
    for (const [index, event] of spilled.events.entries()) {
      const fate = fates[index];
      if (fate?.kind === 'acked') {
        counts.replayed += 1;
      } else if (fate?.kind === 'rejected' && isAboutRecord(fate.code)) {
        const detail = `${fate.code}: ${fate.reason}`;
        await this.putAside(event, { reason: 'rejected-at-replay', detail, timestamp: Date.parse(spilled.spilledAt) });
        counts.aside += 1;
      } else {
        untaken.push(fate !== undefined && 'reason' in fate ? fate.reason : 'no outcome');
      }
    }
    const [first] = untaken;
    if (first === undefined) return this.deps.store.delete(this.environment.spill, name);
    counts.left += 1;
    const counted = { events: fates.length, untaken: untaken.length };
    this.log.warn('spilled events left for the next sweep', { object: name, ...counted, reason: first });
  }

  private async putAside(
    event: SpilledEvent,
    cause: Pick<DeadLetter, 'reason' | 'detail' | 'timestamp'> & { id?: string },
  ): Promise<void> {
    const { cluster, topic, deadLetters } = this.environment;
    const { headers } = messageOf(event);
    const letter: DeadLetter = {
      version: 1,
      ...{ cluster, group: '-', topic, partition: -1, offset: -1, effect: 'none' },
      ...{ key: event.key, value: event.value, headers: event.headers },
      source: headerText(headers, CE_SOURCE) ?? '',
      id: headerText(headers, CE_ID) ?? '',
      ...cause,
      parkedAt: new Date(this.deps.clock.now()).toISOString(),
    };
    const object = await putAside(this.deps.store, deadLetters, letter);
    const { source, id, reason, detail } = letter;
    const traceId = traceIdOf(traceOf(headers));
    this.log.error('spilled event parked', { eventId: id, eventSource: source, traceId, reason, detail, object });
  }
}

/** @throws the error of a `failed` one: topic or rights are wrong, and nothing of the group was sent */
function fateOf(settled: Settled): Fate {
  if (settled.kind === 'failed') throw settled.error;
  return settled;
}

/** The time in a spill object's name, so that moving it aside twice leaves one object. */
const timeIn = (name: string): number => Number(/(\d{15})-[^/]*$/.exec(name)?.[1] ?? 0);

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  const group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length === size) yield group.splice(0);
  }
  if (group.length > 0) yield group;
}
