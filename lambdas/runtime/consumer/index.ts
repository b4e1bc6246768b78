import { setMaxListeners } from 'node:events';
import type { Context, MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import { systemClock, type Clock } from '../clock';
import type { ConsumerEnvironment } from '../contract';
import type { Decoder } from '../decode';
import { consumerEnvironments } from '../environment';
import { LosslessError } from '../errors';
import { deliveryOf } from '../idempotency/delivery';
import { dynamoDbTransactions } from '../idempotency/dynamodb';
import { park } from '../idempotency/park';
import type { Transactions } from '../idempotency/transactions';
import type { ObjectStore } from '../object-store';
import { s3ObjectStore } from '../s3-object-store';
import { commit } from './commit';
import { committer } from './committer';
import { limit } from './limit';
import { prepare, type Write } from './prepare';
import { recordBatch, type ConsumerRecord, type RecordBatch } from './records';
import { batchResponse, type KafkaBatchResponse } from './response';
import { settleInKeyOrder, type Steps } from './settle';

export interface ConsumerOptions<T> {
  /** For example `json(schema)`. What it cannot decode is parked. */
  readonly decode: Decoder<T>;
  /**
   * The DynamoDB writes that are the event's effect. They commit together with the event's record: exactly once per event
   * id. Pure: it may run again. When it throws, it is tried 5 times, then the event is parked.
   */
  readonly write: Write<T>;
  /**
   * Transactions under way at once, 1 to 100.
   * @default 4
   */
  readonly concurrency?: number;
  /** @default - the parts a Lambda function uses: its environment, DynamoDB, S3 and the system's clock */
  readonly deps?: Partial<ConsumerParts>;
}

/** What a consumer is made of, so that it can be run without Lambda. */
export interface ConsumerParts {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
}

export type { Write, WriteContext } from './prepare';

export type KafkaHandler = (
  event: MSKEvent | SelfManagedKafkaEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<KafkaBatchResponse>;

/** Calls of `decode` and `write` under way at once. */
const PREPARED_AT_ONCE = 100;

/**
 * A Lambda handler for a Kafka event source mapping that loses no record: each is applied or parked before its offset is
 * committed. Making one reads no environment and opens nothing.
 *
 * The handler rejects, so that the whole batch is delivered again, when it is not configured (NOT_CONFIGURED) or the event
 * is not one of Kafka (INVALID_RECORD_BATCH).
 */
export function consumer<T>(options: ConsumerOptions<T>): KafkaHandler {
  const { concurrency = 4 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100) {
    throw new RangeError(
      `consumer concurrency: got ${concurrency}, want a whole number from 1 to 100; leave it out for 4`,
    );
  }
  let parts: ConsumerParts | undefined;
  return async (event, context) => {
    const batch = recordBatch(event);
    if ([...batch.partitions.values()].every((records) => records.length === 0)) return { batchItemFailures: [] };
    parts ??= partsFor(options.deps);
    const environment = environmentOf(batch, parts.variables);
    const settled = await settle(batch, { ...options, concurrency }, { ...parts, environment }, context);
    return batchResponse(batch, settled);
  };
}

const partsFor = (given: Partial<ConsumerParts> = {}): ConsumerParts => ({
  variables: given.variables ?? process.env,
  transactions: given.transactions ?? dynamoDbTransactions(),
  objects: given.objects ?? s3ObjectStore(),
  clock: given.clock ?? systemClock,
});

type Effect<T> = Required<Pick<ConsumerOptions<T>, 'decode' | 'write' | 'concurrency'>>;
type Place = ConsumerParts & { readonly environment: ConsumerEnvironment };

async function settle<T>(
  batch: RecordBatch,
  options: Effect<T>,
  place: Place,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<ReadonlySet<ConsumerRecord>> {
  const { clock, environment } = place;
  const stop = new AbortController();
  // One for each pause that the answer must not wait for.
  setMaxListeners(0, stop.signal);
  const steps = stepsOf(options, place, stop.signal);
  const deliveries = [...batch.partitions.values()].flat().map((record) => deliveryOf(record, environment));
  const settled = new Set<ConsumerRecord>();
  const leftMs = context.getRemainingTimeInMillis() - environment.timeMarginMs;
  if (leftMs <= 0) return settled;
  try {
    // Whatever hangs, the answer leaves in time; what it left under way can only settle records that are delivered again.
    await Promise.race([settleInKeyOrder(deliveries, steps, settled), clock.sleep(leftMs, stop.signal)]);
  } finally {
    stop.abort();
  }
  return settled;
}

function stepsOf<T>({ decode, write, concurrency }: Effect<T>, place: Place, signal: AbortSignal): Steps {
  const { clock } = place;
  const preparing = limit(PREPARED_AT_ONCE);
  const parking = limit(concurrency);
  const notNow = { kind: 'trouble', reason: 'time margin reached' } as const;
  return {
    prepare: (delivery) => preparing(() => prepare(delivery, { decode, write }, { clock, signal })),
    commit: committer((group) => commit(group, { ...place, signal }), { concurrency, signal }),
    park: (delivery, cause) => parking(async () => (signal.aborted ? notNow : park(delivery, cause, place))),
    clock,
    signal,
  };
}

/** A function may consume several topics, and one topic of several clusters. */
function environmentOf(batch: RecordBatch, variables: ConsumerParts['variables']): ConsumerEnvironment {
  const found = consumerEnvironments(variables);
  const topics = new Set([...batch.partitions.values()].flat().map(({ topic }) => topic));
  const ofTopic = found.filter(({ topic }) => topics.has(topic));
  const matching = ofTopic.length > 1 ? ofTopic.filter(({ cluster }) => cluster === batch.eventSourceArn) : ofTopic;
  const [environment] = matching;
  if (environment && matching.length === 1 && topics.size === 1) return environment;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `records of topic ${[...topics].join(' and ')}: got ${matching.length} consumers for it in this function's environment, want exactly one; give this function to one EventConsumer for each topic`,
  );
}
