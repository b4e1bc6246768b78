import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { waitingMetric } from './event-metrics';
import { otherKinds } from './kinds';
import { givenTo } from './placement';
import { folderBelow, grantPut, onlyNewObjects, privateBucket } from './private-bucket';
import type { IKafkaTopic } from './interfaces';
import { refuse } from './validation';

export interface DeadLettersProps {
  /**
   * A bucket that exists: versioned, private, without a rule that expires objects, and for dead letters alone, since its
   * policy is to refuse every put that might overwrite one. @default - a new bucket
   */
  readonly bucket?: s3.IBucket;
  /** Encrypts the new bucket. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** Of the new bucket. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Where parked events lie, whole and of any size, until they are sent back: versioned, encrypted, private, for ever.
 *
 * @example
 * ```ts
 * import type { Stack } from 'aws-cdk-lib';
 * import { EventType } from 'aws-cdk-lib/aws-s3';
 * import { SnsDestination } from 'aws-cdk-lib/aws-s3-notifications';
 * import type { ITopic } from 'aws-cdk-lib/aws-sns';
 * import type { EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const pipeline: EventPipeline;
 * declare const somebody: ITopic;
 * // Whoever looks after the pipeline hears of each parked event.
 * pipeline.deadLetters.bucket.addEventNotification(EventType.OBJECT_CREATED, new SnsDestination(somebody));
 * ```
 */
export class DeadLetters extends Construct {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: DeadLettersProps = {}) {
    super(scope, id);
    refuse(this, otherKinds(props));
    refuse(this, givenTo(this, { encryptionKey: props.encryptionKey }));
    this.bucket = props.bucket ?? privateBucket(this, 'Bucket', props);
    onlyNewObjects(this, this.bucket);
  }

  /**
   * Grants `s3:PutObject` on the dead letters of one consumer group of a topic, and `kms:GenerateDataKey` on the bucket's
   * key. Nobody may delete one, nor write among another group's.
   *
   * @param group - without one: letters of events that never reached the topic
   */
  grantPark(grantee: iam.IGrantable, topic: IKafkaTopic, group?: string): iam.Grant {
    return grantPut(this.bucket, grantee, folderBelow([topic.cluster.clusterArn, group ?? '-', topic.topicName]));
  }

  /**
   * Dead letters of a topic that wait here, 10,000 at most, as each scheduled sweep of its spill store's replay finds them.
   * @default options - of five minutes the maximum
   */
  metricWaiting(topic: IKafkaTopic, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return waitingMetric(this, 'objectsWaiting', { bucket: this.bucket, topic }, options);
  }

  /** Seconds for which the oldest of these has waited; 0 where none does. @default options - of five minutes the maximum */
  metricOldestAge(topic: IKafkaTopic, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return waitingMetric(this, 'oldestObject', { bucket: this.bucket, topic }, options);
  }
}
