import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { DeadLetters } from './dead-letters';
import type { EventIds } from './event-ids';
import type { IKafkaTopic } from './interfaces';
import type { ISpillStore } from './producer';
import type { UnpackOptions } from './sweeper';

export interface EventConsumerOptions {
  /**
   * The function whose handler is made by `consumer({ … })`. Timeout from 30 seconds to 14 minutes. Less `timeMargin`, and times the
   * 10,000 retries of the mapping, it has to outlast the topic's `retention`: then no outage that is shorter sends good records to the
   * on-failure bucket. An event that fails by itself waits for none of that: it is parked after the `attempts` of the handler.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html
   */
  readonly handler: lambda.Function;
  /** An alias or version of the handler to invoke in its place. @default - the handler itself */
  readonly invoke?: lambda.IFunction;
  /**
   * How the events of the topic are told apart, where it holds records that are no CloudEvents.
   * @default - by the handler's `eventId`, else each such record is an event of its own; with a warning where no producer of
   * this app publishes to an existing topic
   */
  readonly eventIds?: EventIds;
  /**
   * Kafka consumer group: whoever goes by it goes on where its mapping stopped. 1 to 200 letters, digits and `-/:_+=.@`, and of
   * this consumer alone. Another group starts at the oldest record, and knows nothing of what was applied for this one.
   * @default - derived from topic and construct path, so that moving or renaming the construct starts over
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html
   */
  readonly consumerGroup?: string;
  /**
   * Most records of one invocation, 1 to 10,000. More records share one transaction in larger batches; what a batch takes, with the
   * handler's `concurrency` events at once, has to fit into the handler's timeout less `timeMargin`, or its end is delivered again.
   * @default 500
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
   */
  readonly batchSize?: number;
  /**
   * How long to gather records, whole seconds up to 5 minutes. So much later an event is applied when few come; `batchSize`
   * records, or 6 MB, end the wait.
   * @default - Lambda's own, half a second
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
   */
  readonly maxBatchingWindow?: Duration;
  /**
   * Pollers always there, 1 to 200; billed while they exist.
   * @default 1
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
   */
  readonly minimumPollers?: number;
  /**
   * Pollers at most, 1 to 2,000; never more than partitions. Ten share one billed unit. Each invokes the function several times at
   * once, so that more pollers take more of the account's concurrency, or of what is reserved for the handler: beyond it they wait.
   * @default 10
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
   */
  readonly maximumPollers?: number;
  /**
   * Time kept free at the end of an invocation to answer; failing records are tried again until then. It leaves at least 15 seconds
   * of the handler's timeout: a claim that a killed invocation has left is waited for, 10 seconds, and then there is time to call.
   * @default Duration.seconds(10)
   */
  readonly timeMargin?: Duration;
  /**
   * An idempotency table that exists, of this consumer alone: string partition key `key`, expiry in `expiresAt`.
   * @default - a new table
   */
  readonly table?: dynamodb.ITable;
  /**
   * A bucket that exists, of this consumer alone, for invocations the mapping gave up.
   * @default - a new bucket
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
   */
  readonly onFailureBucket?: s3.IBucket;
  /** Encrypts the new table and bucket, and the logs of unpack. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** Of the function that parks what the mapping gave up. @default - those of UnpackOptions */
  readonly unpackOptions?: UnpackOptions;
  /**
   * Whether nobody may delete the new table before somebody has said so. A first deploy that fails after it is made stops at it.
   * @default - the pipeline's; true, but with RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection
   */
  readonly deletionProtection?: boolean;
  /** Of the new table, bucket and key. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

export interface EventConsumerProps extends EventConsumerOptions {
  /** Whose events are applied. */
  readonly topic: IKafkaTopic;
  /** Takes the records that cannot be applied. */
  readonly deadLetters: DeadLetters;
  /**
   * The spill store of the topic, whose replay function sends parked events back when it is told to: it may write so in the
   * consumer's table then. @default - nobody can send them back, but for those of a pipeline's own consumers
   */
  readonly spill?: ISpillStore;
}
