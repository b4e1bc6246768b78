import type { Context, MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import { systemClock, type Clock } from '../time/clock';
import type { ConsumerEnvironment } from '../contract';
import { isCanary } from '../event/canary';
import { CONSUMER_DEFAULTS } from '../contract/consumer-defaults';
import type { Decoder } from '../event/decode';
import { consumerEnvironments } from '../contract/environment';
import { clipped } from '../watching/clipped';
import { LosslessError } from '../contract/errors';
import type { EventId } from '../event/event';
import { dynamoDbTransactions } from '../stores/dynamodb';
import type { Transactions } from '../stores/tables';
import { powertoolsLog, withFields, type Log } from '../watching/log';
import { emfMeter, type Meter } from '../watching/metrics';
import type { ObjectStore } from '../stores/object-store';
import { s3ObjectStore } from '../stores/s3-object-store';
import { timeLeft } from '../time/time-left';
import type { UnknownErrors } from './blame';
import type { Call, Write } from './effects';
import { besideCanaries } from './canaries';
import { codeOf } from './code';
import { settleBatch, type SettledRecords } from './invocation';
import { partitionsRefused } from './lines';
import { isFrom, recordBatch, type ConsumerRecord, type RecordBatch } from '../event/records';
import { batchResponse, type KafkaBatchResponse } from './response';
import type { UserCode } from './steps';

/** A consumer has exactly one effect: a `write` or a `call`. */
export type ConsumerOptions<T> = EffectOptions<T> & {
  /** For example `json(schema)`. What it cannot decode is parked. */
  readonly decode: Decoder<T>;
  /**
   * How the id of a record is told that is no CloudEvent: the header that holds it, for example `{ header: 'id' }` of
   * Debezium's outbox, or a function of the record that answers a text. Its source is its topic. A record of which no id can be
   * told (no such header, an empty text, an error) is parked as `undecodable`. Say the same to the construct (`eventIds`).
   * @default - as the construct says; else a record without an id is its own event, known by its coordinates
   */
  readonly eventId?: EventId<ConsumerRecord>;
  /**
   * Transactions, or calls, under way at once, 1 to 100.
   * @default 4
   */
  readonly concurrency?: number;
  /**
   * Attempts on one event, over all its deliveries, before it is parked, 1 to 100. An error that says nothing against the
   * event (throttling, timeout, 5xx, refused access, a thrown `Retry`) is none; a thrown `Park` parks at once.
   * @default 5
   */
  readonly attempts?: number;
  /**
   * What an error counts as of which it is not known what it means (docs/consumer.md has the table of what is): `attempt`, one
   * on its event; `wait`, none: it is tried for as long as that takes, and stands in the way of its key's later events.
   * @default 'attempt': a fault of the handler's code must not hold events back for ever
   */
  readonly unknownErrors?: UnknownErrors;
  /** @default - the parts a Lambda function uses: its environment, DynamoDB, S3, CloudWatch and the system's clock */
  readonly deps?: Partial<ConsumerDeps>;
};

export type EffectOptions<T> =
  | {
      /**
       * The DynamoDB writes that are the event's effect. They commit together with the event's record: exactly once per
       * event id. Pure: it may run again.
       */
      readonly write: Write<T>;
      readonly call?: never;
    }
  | {
      /**
       * The event's effect on another system. It happens at least once: a crash between the call and its record repeats
       * it, so hand the event's id on as the other system's idempotency key.
       */
      readonly call: Call<T>;
      readonly write?: never;
    };

/** What a consumer is made of, so that it can be run without Lambda. */
export interface ConsumerDeps {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  /**
   * Names the handler's code: of what another has failed at or applied, it knows nothing.
   * @default - a hash over the handler's file and the function's environment, in a Lambda function; else none
   */
  readonly code?: string;
}

export type { UnknownErrors } from './blame';
export type { Call, CallContext, Write, WriteContext } from './effects';

export type KafkaHandler = (
  event: MSKEvent | SelfManagedKafkaEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<KafkaBatchResponse>;

/**
 * A Lambda handler for a Kafka event source mapping that loses no record: each is applied or parked before its offset is
 * committed. Making one reads no environment and opens nothing.
 *
 * The handler rejects, so that the whole batch is delivered again, when it is not configured (NOT_CONFIGURED) or the event
 * is not one of Kafka (INVALID_RECORD_BATCH). A record that cannot be read is parked; a partition of which an entry cannot be
 * told apart is reported as it is.
 *
 * @example
 * ```ts
 * import { consumer, json, put } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = consumer({
 *   decode: json(),
 *   write: (order, { event }) => [
 *     put({ TableName: process.env.ORDERS!, Item: { id: event.id, order } }),
 *   ],
 * });
 * ```
 */
export function consumer<T>(options: ConsumerOptions<T>): KafkaHandler {
  const user = besideCanaries(userCode(options));
  let parts: Omit<ConsumerDeps, 'meter'> | undefined;
  const meters = new Map<string, Meter>();
  return async (event, context) => {
    const batch = recordBatch(event);
    parts ??= partsFor(options.deps);
    partitionsRefused(withFields(parts.log, {}), batch.refused);
    const records = [...batch.partitions.values()].flat();
    if (records.length === 0) return reportable(batch, batchResponse(batch, new Map()));
    const environment = environmentOf(batch, parts.variables);
    requireTold(environment, user);
    const meter = options.deps?.meter ?? meters.get(environment.group) ?? emfMeter(environment);
    meters.set(environment.group, meter);
    const canaries = new Set(records.filter(isCanary));
    const refused = [...batch.refused.values()].flatMap(({ offsets }) => offsets);
    meter.received(records.length - canaries.size + refused.length);
    const settled = await settleBatch(
      batch,
      user,
      { ...parts, log: withFields(parts.log, { group: environment.group }), meter, environment },
      timeLeft(context, parts.clock, environment.timeoutMs)(),
    );
    const response = batchResponse(batch, settled);
    meter.duplicate(duplicates(settled, canaries));
    meter.retried(response.batchItemFailures.length - reported(canaries, response));
    meter.flush();
    return reportable(batch, response);
  };
}

/** The whole batch fails where a partition cannot be reported: an answer would commit it. What is settled stays so. */
function reportable(batch: RecordBatch, response: KafkaBatchResponse): KafkaBatchResponse {
  const silent = [...batch.refused.values()].find(({ offsets }) => offsets.length === 0);
  if (silent) throw silent.error;
  return response;
}

function userCode<T>(options: ConsumerOptions<T>): UserCode<T> {
  const { decode, write, call, eventId } = options;
  const {
    concurrency = CONSUMER_DEFAULTS.concurrency,
    attempts = CONSUMER_DEFAULTS.attempts,
    unknownErrors = CONSUMER_DEFAULTS.unknownErrors,
  } = options;
  requireEventId(eventId);
  for (const [name, got] of Object.entries({ concurrency, attempts })) {
    if (Number.isInteger(got) && got >= 1 && got <= 100) continue;
    throw new RangeError(
      `consumer ${name}: got ${got}, want a whole number from 1 to 100; leave it out for ${CONSUMER_DEFAULTS[name as 'attempts']}`,
    );
  }
  if (unknownErrors !== 'attempt' && unknownErrors !== 'wait') {
    throw new TypeError(
      `consumer unknownErrors: got ${JSON.stringify(unknownErrors)}, want 'attempt' or 'wait'; leave it out for '${CONSUMER_DEFAULTS.unknownErrors}'`,
    );
  }
  if ((write === undefined) === (call === undefined)) {
    throw new TypeError(
      `consumer: got ${write ? 'both write and call' : 'neither write nor call'}, want exactly one; its effect is either DynamoDB writes or a call to another system`,
    );
  }
  const effect = write ? ({ kind: 'write', write } as const) : ({ kind: 'call', call } as const);
  return { decode, effect, eventId, concurrency, attempts, unknownErrors };
}

function requireEventId(eventId: unknown): void {
  if (eventId === undefined || typeof eventId === 'function') return;
  const { header } = Object(eventId) as { header?: unknown };
  if (typeof header === 'string' && header !== '') return;
  throw new TypeError(
    `consumer eventId: got ${typeof eventId}${header === undefined ? '' : ' with an unfit header'}, want { header: 'name' } or a function of the record; correct it`,
  );
}

/** Without the handler's ids, a record that was written twice would be applied twice, and nobody would see it. */
function requireTold({ eventIds, topic }: ConsumerEnvironment, { eventId }: Pick<UserCode<unknown>, 'eventId'>): void {
  if (eventIds?.kind !== 'handler' || eventId !== undefined) return;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `consumer of topic ${topic}: got no eventId, want the one that its construct says the handler has (EventIds.fromHandler()); give consumer({ eventId }), or say it otherwise in the construct`,
  );
}

type Records = ReadonlySet<ConsumerRecord>;

const duplicates = (settled: SettledRecords, canaries: Records): number =>
  [...settled].filter(([record, as]) => as === 'duplicate' && !canaries.has(record)).length;

const placeOf = (partition: string, offset: number): string => `${partition}@${offset}`;

/** How many of the records are to be delivered again. */
function reported(records: Records, { batchItemFailures }: KafkaBatchResponse): number {
  if (records.size === 0) return 0;
  const places = new Set([...records].map(({ topic, partition, offset }) => placeOf(`${topic}-${partition}`, offset)));
  return batchItemFailures.filter(({ itemIdentifier: at }) => places.has(placeOf(at.partition, at.offset))).length;
}

const partsFor = (given: Partial<ConsumerDeps> = {}): Omit<ConsumerDeps, 'meter'> => ({
  variables: given.variables ?? process.env,
  code: given.code ?? codeOf(given.variables ?? process.env),
  transactions: given.transactions ?? dynamoDbTransactions(),
  objects: given.objects ?? s3ObjectStore(),
  clock: given.clock ?? systemClock,
  log: given.log ?? powertoolsLog(given.variables),
});

/** A function may consume several topics, and one topic of several clusters. */
function environmentOf(batch: RecordBatch, variables: ConsumerDeps['variables']): ConsumerEnvironment {
  const found = consumerEnvironments(variables);
  const topics = new Set([...batch.partitions.values()].flat().map(({ topic }) => topic));
  const matching = found.filter(({ topic, cluster }) => topics.has(topic) && isFrom(batch, cluster));
  const [environment] = matching;
  if (environment && matching.length === 1 && topics.size === 1) return environment;
  const where = `${clipped([...topics].join(' and '), 300)} of ${clipped(batch.eventSourceArn ?? 'a self-managed cluster', 300)}`;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `records of topic ${where}: got ${matching.length} consumers for it in this function's environment, want exactly one; give this function to one EventConsumer for each topic`,
  );
}
