import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { VISIBILITY_PER_TIMEOUT } from '../rules';
import { acknowledgeNotifier, acknowledgeQueue } from './acknowledged';
import { timeoutOf } from './handler-rules';
import { logsOfProvider } from './log-group';

/** Kafka that has just refused an event takes it no sooner. */
const DELAY = Duration.seconds(15);
/** What is spilled meanwhile is woken for once. */
const WINDOW = Duration.seconds(5);
/** The most that Lambda takes; 6 MB are full with some thousands of notifications. */
const BATCH = 10_000;
/** The least that Lambda takes: one sweeps, and one finds its lease and leaves. */
const CONCURRENCY = 2;
/** The CDK's own name of the function by which it sets what the buckets of a stack notify of. */
const NOTIFIER = 'BucketNotificationsHandler050a0587b7544547bf325f094a3db834';
/** Below the visibility timeout, so that a message is handed over once, whatever became of it. */
const RETENTION = Duration.minutes(10);

/**
 * Wakes a replay function soon after an event is spilled. Nothing depends on it, as a schedule wakes the function too: a
 * notification that is late, lost or given up costs nothing but the time until then. So its queue needs no dead-letter queue.
 *
 * @param folder of spilled events; those of leases, which lie in the bucket as well, would wake it again and again
 */
export function notifyReplay(
  replay: lambda.Function,
  bucket: s3.IBucket,
  folder: string,
  kept: { readonly encryptionKey?: kms.IKey; readonly removalPolicy?: RemovalPolicy },
): void {
  const queue = new sqs.Queue(replay, 'Notifications', {
    // Names of objects, and nothing of their events.
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    deliveryDelay: DELAY,
    retentionPeriod: RETENTION,
    visibilityTimeout: Duration.seconds(VISIBILITY_PER_TIMEOUT * timeoutOf(replay).toSeconds()),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  queue.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // The account too: a bucket's ARN holds none, and its name is free for anybody once it is deleted.
      conditions: {
        ArnEquals: { 'aws:SourceArn': bucket.bucketArn },
        StringEquals: { 'aws:SourceAccount': Stack.of(queue).account },
      },
    }),
  );
  queue.grantConsumeMessages(replay);
  new lambda.EventSourceMapping(replay, 'Wake', {
    target: replay,
    eventSourceArn: queue.queueArn,
    batchSize: BATCH,
    maxBatchingWindow: WINDOW,
    maxConcurrency: CONCURRENCY,
  });
  // S3 tries whether it may send before it takes the notification.
  const dependencies = [queue.node.findChild('Policy')];
  const destination = { arn: queue.queueArn, type: s3.BucketNotificationDestinationType.QUEUE, dependencies };
  bucket.addEventNotification(s3.EventType.OBJECT_CREATED, { bind: () => destination }, { prefix: folder });
  acknowledgeQueue(queue);
  acknowledgeNotifier(Stack.of(bucket).node.findChild(NOTIFIER));
  logsOfProvider(bucket, NOTIFIER, kept);
}
