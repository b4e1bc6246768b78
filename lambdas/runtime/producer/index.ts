import { systemClock, type Clock } from '../clock';
import type { ProducerEnvironment } from '../contract';
import { producerEnvironment, type Variables } from '../environment';
import { encodeEvent, type NewEvent } from '../event';
import { kafkajsPort } from '../kafka/kafkajs';
import type { KafkaPort } from '../kafka/port';
import type { ObjectStore } from '../object-store';
import { s3ObjectStore } from '../s3-object-store';
import { spill } from '../spill';
import { inWords } from '../within';
import type { Entry, Submission } from './entry';
import type { Fate, Outcome } from './outcome';
import { Pipe } from './pipe';

export type { Fate, Outcome } from './outcome';

export interface ProducerOptions {
  /** @default - the only topic that this function's environment names a producer for */
  readonly topic?: string;
  /** `source` of events published without one. @default - the source in the function's environment */
  readonly source?: string;
  /** @default - the variable `LOSSLESS_PRODUCER_<id>` that `EventProducer` gives the function */
  readonly environment?: ProducerEnvironment;
  /** The outside world, for tests and simulations. @default - system clock, kafkajs, S3, standard error */
  readonly deps?: Partial<ProducerDeps>;
}

export interface ProducerDeps {
  readonly clock: Clock;
  readonly port: KafkaPort;
  readonly store: ObjectStore;
  /** Takes one line for the person who runs the function. */
  readonly warn: (line: string) => void;
  readonly variables: Variables;
}

export interface PublishOptions {
  /**
   * Milliseconds until the function's timeout, from `context.getRemainingTimeInMillis()`. The time to spill is kept free.
   * @default - no other limit than the `deadlineMs` of the environment
   */
  readonly remainingMs?: number;
}

export interface Producer {
  /**
   * Publishes one event and tells how it ended; await it before the handler returns, a frozen function sends nothing.
   * @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS when environment, rights or topic are wrong: nothing was sent
   */
  publish(event: NewEvent, options?: PublishOptions): Promise<Outcome>;
  /** Publishes events, those of one key in their order. One outcome per event, in the same order. @throws as `publish` */
  publishAll(events: readonly NewEvent[], options?: PublishOptions): Promise<Outcome[]>;
  /** Closes the connections. Only tools and tests need it: a function keeps its producer. */
  close(): Promise<void>;
}

/**
 * A producer that loses no event: each is acknowledged by all in-sync replicas, spilled to S3, refused with a reason, or
 * reported as unknown. Make it outside the handler; it reads no environment and opens nothing before the first publish.
 */
export function producer(options: ProducerOptions = {}): Producer {
  let opened: Opened | undefined;
  const publishAll = async (events: readonly NewEvent[], { remainingMs }: PublishOptions = {}): Promise<Outcome[]> => {
    opened ??= open(options);
    return opened.publish(events, remainingMs);
  };
  return {
    publishAll,
    publish: async (event, publishOptions) => {
      const [outcome] = await publishAll([event], publishOptions);
      return outcome as Outcome;
    },
    close: async () => opened?.close(),
  };
}

interface Opened {
  publish(events: readonly NewEvent[], remainingMs?: number): Promise<Outcome[]>;
  close(): Promise<void>;
}

function open({ topic, source, environment: given, deps = {} }: ProducerOptions): Opened {
  const variables = deps.variables ?? process.env;
  const clock = deps.clock ?? systemClock;
  const warn = deps.warn ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const environment = given ?? producerEnvironment(variables, topic);
  const port = deps.port ?? kafkajsPort({ environment, clock, warn, region: variables.AWS_REGION });
  const store = deps.store ?? s3ObjectStore();
  const atDeadline = (entries: readonly Entry[]) => spillOf(entries, { environment, store, clock, warn });
  const pipe = new Pipe({ topic: environment.topic, port, clock, atDeadline });
  const defaults = { source: source ?? environment.source, now: () => new Date(clock.now()) };

  return {
    publish: async (events, remainingMs) => {
      const { deadlineMs, spillTimeMs } = environment;
      const limitMs = Math.min(deadlineMs, (remainingMs ?? Number.POSITIVE_INFINITY) - spillTimeMs);
      const deadlineAt = clock.now() + Math.max(0, limitMs);
      const refused = new Map<number, Fate>();
      function* submissions(): Iterable<Submission> {
        for (const [index, event] of events.entries()) {
          const encoded = encode(event, defaults, deadlineAt);
          if ('kind' in encoded) refused.set(index, encoded);
          else yield encoded;
        }
      }
      const settled = (await pipe.submit(submissions())).values();
      return events.map((event, index) => {
        const fate = refused.get(index) ?? settled.next().value;
        if (fate === undefined) throw new Error('an event was submitted and has no outcome');
        if (fate.kind === 'failed') throw fate.error;
        return { ...identity(event, defaults.source), ...fate };
      });
    },
    close: () => port.close(),
  };
}

function encode(event: NewEvent, defaults: { source: string; now: () => Date }, deadlineAt: number): Submission | Fate {
  try {
    return { message: encodeEvent(event, defaults), partition: null, deadlineAt };
  } catch (error) {
    return { kind: 'rejected', code: 'INVALID_EVENT', reason: inWords(error) };
  }
}

function identity(event: Partial<NewEvent> | null | undefined, source: string): { id: string; source: string } {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { id: text(event?.id), source: text(event?.source ?? source) };
}

async function spillOf(
  entries: readonly Entry[],
  {
    environment,
    store,
    clock,
    warn,
  }: Pick<ProducerDeps, 'store' | 'clock' | 'warn'> & { environment: ProducerEnvironment },
): Promise<void> {
  const { spill: bucket, cluster, topic, spillTimeMs: timeMs } = environment;
  const result = await spill(entries, { store, bucket, cluster, topic, clock, timeMs });
  const what = `${entries.length} events of topic ${topic} not taken by Kafka in time (${entries[0]?.reason})`;
  switch (result.kind) {
    case 'spilled':
      warn(`${what}: spilled to s3://${bucket}/${result.object}`);
      return entries.forEach((entry) => entry.settle({ kind: 'spilled', object: result.object }));
    case 'refused':
    case 'unknown':
      warn(`${what}, nor by the spill store (${result.message})`);
      return entries.forEach((entry) =>
        entry.settleUntaken(`${entry.reason}; ${result.message}`, result.kind === 'unknown'),
      );
  }
}
