import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { acknowledgePolicy, acknowledgeQueue } from './acknowledged';
import { DEFAULTS } from './defaults';
import type { Kept } from './handlers';
import { givenTo } from './placement';
import { grantList, grantPut, privateBucket } from './private-bucket';
import { demand, refuse } from './validation';

export interface RuleDoorOptions {
  /** Which events of the bus are taken. */
  readonly eventPattern: events.EventPattern;
  /** A bus of this region. @default - the account's default bus */
  readonly eventBus?: events.IEventBus;
}

/** What a door keeps that came without anybody waiting: in what is given, or in a bucket and a queue of its own. */
export interface KeptByDoor extends Kept {
  readonly failures?: s3.IBucket;
  readonly undelivered?: sqs.IQueue;
}

/**
 * Where calls end for which nobody waits, once Lambda has tried them three times: with the whole payload and why it failed. A bucket
 * takes them whatever their size; into a message of SQS a call near its limit does not fit with what failed around it.
 */
export function failuresOf(door: lambda.Function, { failures, ...kept }: KeptByDoor): s3.IBucket {
  refuse(door, givenTo(door, { failures }));
  const bucket = failures ?? privateBucket(door, 'Failures', kept);
  const grants = [grantPut(bucket, door, ASYNCHRONOUS), grantList(bucket, door)];
  // The most of each that Lambda takes.
  const config = new lambda.EventInvokeConfig(door, 'EventInvokeConfig', {
    function: door,
    onFailure: { bind: () => ({ destination: bucket.bucketArn }) },
    maxEventAge: Duration.hours(6),
    retryAttempts: 2,
  });
  for (const grant of grants) grant.applyBefore(config);
  acknowledgePolicy(door.role?.node.tryFindChild('DefaultPolicy'), grants);
  return bucket;
}

/** Folder of what Lambda puts: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const ASYNCHRONOUS = 'aws/lambda/async/';

/** Where EventBridge puts what it could not hand over. A queue of the door's own keeps them for 14 days, the longest of SQS. */
export function undeliveredOf(door: lambda.Function, { undelivered, removalPolicy }: KeptByDoor): sqs.IQueue {
  refuse(door, [
    ...givenTo(door, { undelivered }),
    {
      when: undelivered?.fifo === true,
      message: `undelivered: got FIFO queue ${undelivered?.node.path}, want a standard one, as EventBridge writes to no other; give another, or leave it out`,
    },
  ]);
  if (undelivered !== undefined) return undelivered;
  const queue = new sqs.Queue(door, 'Undelivered', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: removalPolicy ?? DEFAULTS.removalPolicy,
  });
  acknowledgeQueue(queue);
  return queue;
}

/** Lets a function that takes events take those of a bus, too. What cannot be handed to it waits in `undelivered`. */
export function ruleDoor(
  door: lambda.Function,
  id: string,
  options: RuleDoorOptions,
  undelivered: () => sqs.IQueue,
): events.Rule {
  const place = { node: { path: `${door.node.path}/${id}` } };
  demand(place, options, { eventPattern: 'which events of the bus are to be taken' });
  const { eventPattern, eventBus } = options;
  refuse(place, givenTo(door, { eventBus }));
  // The most of each that EventBridge takes.
  const target = new targets.LambdaFunction(door, {
    deadLetterQueue: undelivered(),
    maxEventAge: Duration.hours(24),
    retryAttempts: 185,
  });
  return new events.Rule(door, id, {
    description: `Events for ${door.node.path}`.slice(0, 512),
    eventPattern,
    eventBus,
    targets: [target],
  });
}
