import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { DeadLetters } from './dead-letters';
import type { EventIds } from './event-ids';
import type { IKafkaTopic } from './interfaces';
import type { UnpackOptions } from './sweeper';

export interface EventConsumerOptions {
  /** The function whose handler is made by `consumer({ … })`. Timeout from 30 seconds to 14 minutes. */
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
   */
  readonly consumerGroup?: string;
  /** Most records of one invocation, 1 to 10,000. More records share one transaction in larger batches. @default 500 */
  readonly batchSize?: number;
  /** How long to gather records, whole seconds up to 5 minutes. @default - Lambda's own, half a second */
  readonly maxBatchingWindow?: Duration;
  /** Pollers always there, 1 to 200; billed while they exist. @default 1 */
  readonly minimumPollers?: number;
  /** Pollers at most, 1 to 2,000; never more than partitions. Ten share one billed unit. @default 10 */
  readonly maximumPollers?: number;
  /** Time kept free at the end of an invocation to answer; failing records are tried again until then. It leaves at least 15 seconds of the timeout. @default Duration.seconds(10) */
  readonly timeMargin?: Duration;
  /**
   * An idempotency table that exists, of this consumer alone: string partition key `key`, expiry in `expiresAt`.
   * @default - a new table
   */
  readonly table?: dynamodb.ITable;
  /** A bucket that exists, of this consumer alone, for invocations the mapping gave up. @default - a new bucket */
  readonly onFailureBucket?: s3.IBucket;
  /** Encrypts the new table and bucket, and the logs of unpack. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** Of the function that parks what the mapping gave up. @default - those of UnpackOptions */
  readonly unpackOptions?: UnpackOptions;
  /**
   * Whether nobody may delete the new table before somebody has said so. A first deploy that fails after it is made stops at it.
   * @default - the pipeline's; true, but with RemovalPolicy.DESTROY
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
}
