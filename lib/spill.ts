import { Names, Stack, type Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LEASES, REPLAY_VARIABLE, type ReplayEnvironment } from '../lambdas/runtime/contract';
import { acknowledgeFunction } from './acknowledged';
import type { DeadLetters } from './dead-letters';
import { DEFAULTS } from './defaults';
import { waitingMetric } from './event-metrics';
import { givenTo } from './placement';
import { folderBelow, grantPut, grantSweep, onlyNewObjects, privateBucket } from './private-bucket';
import { EventProducer, type ISpillStore } from './producer';
import type { IKafkaTopic } from './interfaces';
import { grantSendBack, sentBack } from './redrive';
import { notifyReplay } from './spill-notification';
import { sweeper, type SweeperOptions } from './sweeper';
import { demand, refuse } from './validation';

export interface SpillStoreProps {
  /** Spilled events are sent here once its brokers take them again. */
  readonly topic: IKafkaTopic;
  /** Takes what the brokers will never take. */
  readonly deadLetters: DeadLetters;
  /**
   * A bucket that exists: versioned, private, without a rule that expires objects, and for spilled events alone, since its
   * policy is to refuse every put that might overwrite one. @default - a new bucket
   */
  readonly bucket?: s3.IBucket;
  /** Encrypts the new bucket, and the logs of replay. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /**
   * Keeps one of the account's concurrent executions for the replay function, which then always has one. It takes a quota
   * above 100: that many have to stay unreserved.
   * @default false: the replay function takes what is free
   */
  readonly reserveConcurrency?: boolean;
  /** Of the function that replays. @default - those of SweeperOptions */
  readonly replayOptions?: SweeperOptions;
  /**
   * Whether an event that is spilled wakes the function that replays, some 20 seconds later and whatever the period of its sweeps: by a notification
   * of the bucket, through a queue. Set it to false to notify others of the bucket's new objects, as S3 takes one notification of each.
   * @default - true; false for a bucket that is given, of which whoever made it decides what it notifies of
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
   */
  readonly wakeOnSpill?: boolean;
  /** Of the new bucket and key, and of the logs of replay. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Where producers put events that Kafka did not take by their deadline, and the function that replays them, under the
 * same event ids, sweep by sweep until all are acknowledged.
 *
 * @example
 * ```ts
 * import { Duration, type Stack } from 'aws-cdk-lib';
 * import { DeadLetters, SpillStore, type IKafkaTopic } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const topic: IKafkaTopic;
 * const deadLetters = new DeadLetters(stack, 'DeadLetters');
 * new SpillStore(stack, 'Spill', { topic, deadLetters, replayOptions: { period: Duration.minutes(5) } });
 * ```
 */
export class SpillStore extends Construct implements ISpillStore {
  /** Whose spilled events are replayed. */
  readonly topic: IKafkaTopic;
  readonly bucket: s3.IBucket;
  /** Takes what the brokers will never take. */
  readonly deadLetters: DeadLetters;
  readonly replay: lambda.Function;
  /** @internal From one sweep of `replay` to the next. */
  readonly _period: Duration;

  constructor(scope: Construct, id: string, props: SpillStoreProps) {
    super(scope, id);
    demand(this, props, {
      topic: 'the KafkaTopic whose events are spilled',
      deadLetters: 'the DeadLetters for what Kafka will never take',
    });
    refuse(this, [...spillRules(props), ...givenTo(this, { encryptionKey: props.encryptionKey })]);
    const { topic, deadLetters, wakeOnSpill = props.bucket === undefined } = props;
    [this.topic, this.deadLetters] = [topic, deadLetters];
    this._period = props.replayOptions?.period ?? DEFAULTS.period;
    this.bucket = props.bucket ?? privateBucket(this, 'Bucket', props);
    onlyNewObjects(this, this.bucket);
    const { removalPolicy, encryptionKey = this.bucket.encryptionKey } = props;
    const options = { ...props.replayOptions, encryptionKey, removalPolicy };
    this.replay = sweeper(this, 'replay', options, {
      vpc: topic.cluster.vpc,
      vpcSubnets: topic.cluster.vpcSubnets,
      // Left out, a lease alone sees to it that one is at work: an account that is new has none to reserve.
      reservedConcurrentExecutions: props.reserveConcurrency === true ? 1 : undefined,
    });
    grantSweep(this.bucket, this.replay);
    grantPut(this.bucket, this.replay, LEASES);
    const parking = { topic, deadLetters, replay: this.replay };
    grantSendBack(parking, this.replay);
    sentBack(this, { ...parking, spillBucket: this.bucket });
    new EventProducer(this, 'Producer', { handler: this.replay, topic, spill: this, deadLetters });
    const environment: ReplayEnvironment = {
      cluster: topic.cluster.clusterArn,
      topic: topic.topicName,
      spill: this.bucket.bucketName,
      deadLetters: deadLetters.bucket.bucketName,
    };
    this.replay.addEnvironment(
      REPLAY_VARIABLE + Names.nodeUniqueId(this.node),
      Stack.of(this).toJsonString(environment),
    );
    if (wakeOnSpill) notifyReplay(this.replay, this.bucket, this.folder(), options);
    acknowledgeFunction(this.replay);
  }

  /**
   * Grants `s3:PutObject` on spilled events of the topic, and `kms:GenerateDataKey` on the bucket's key. Nobody may write among
   * another topic's, as the replay function publishes them, nor where its leases lie, by which it is kept from its work.
   */
  grantSpill(grantee: iam.IGrantable): iam.Grant {
    return grantPut(this.bucket, grantee, this.folder());
  }

  /**
   * Objects of spilled events that wait here, 10,000 at most, as each scheduled sweep finds them. One holds the events of a flush.
   * @default options - of five minutes the maximum
   */
  metricWaiting(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return waitingMetric(this, 'objectsWaiting', this, options);
  }

  /** Seconds for which the oldest of these has waited; 0 where none does. @default options - of five minutes the maximum */
  metricOldestAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return waitingMetric(this, 'oldestObject', this, options);
  }

  /** Of the topic's spilled events. */
  private folder(): string {
    return folderBelow([this.topic.cluster.clusterArn, this.topic.topicName]);
  }
}

const spillRules = ({ bucket, wakeOnSpill }: SpillStoreProps) => [
  {
    when: bucket !== undefined && wakeOnSpill === true,
    message: `wakeOnSpill: got true together with a bucket, want it of a new one alone, as S3 takes one notification of each object and a bucket that is there may have it; leave it out, and the schedule wakes replay`,
  },
];
