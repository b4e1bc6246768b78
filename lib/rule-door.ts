import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { acknowledgeQueue } from './acknowledged';
import { DEFAULTS } from './defaults';
import type { Kept } from './handlers';
import { givenTo } from './placement';
import { demand, refuse } from './validation';

export interface RuleDoorOptions {
  /** Which events of the bus are taken. */
  readonly eventPattern: events.EventPattern;
  /** A bus of this region. @default - the account's default bus */
  readonly eventBus?: events.IEventBus;
}

/**
 * Where calls end for which nobody waits, once Lambda has tried them three times: with the whole payload and why it failed.
 * A queue of the door's own keeps them for 14 days, the longest of SQS.
 *
 * @param given a queue to use in its place
 */
export function failuresOf(
  door: lambda.Function,
  given: sqs.IQueue | undefined,
  { removalPolicy = DEFAULTS.removalPolicy }: Kept,
): sqs.IQueue {
  refuse(door, [
    ...givenTo(door, { failures: given }),
    {
      when: given?.fifo === true,
      message: `failures: got FIFO queue ${given?.node.path}, want a standard one, as neither Lambda nor EventBridge writes to it; give another, or leave it out`,
    },
  ]);
  const failures = given ?? newFailures(door, removalPolicy);
  // The most of each that Lambda takes.
  door.configureAsyncInvoke({
    onFailure: new SqsDestination(failures),
    maxEventAge: Duration.hours(6),
    retryAttempts: 2,
  });
  return failures;
}

function newFailures(door: lambda.Function, removalPolicy: RemovalPolicy): sqs.Queue {
  const failures = new sqs.Queue(door, 'Failures', {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy,
  });
  acknowledgeQueue(failures);
  return failures;
}

/** Lets a function that takes events take those of a bus, too. What cannot be handed to it waits in `failures`. */
export function ruleDoor(
  door: lambda.Function,
  id: string,
  options: RuleDoorOptions,
  failures: () => sqs.IQueue,
): events.Rule {
  const place = { node: { path: `${door.node.path}/${id}` } };
  demand(place, options, { eventPattern: 'which events of the bus are to be taken' });
  const { eventPattern, eventBus } = options;
  refuse(place, givenTo(door, { eventBus }));
  // The most of each that EventBridge takes.
  const target = new targets.LambdaFunction(door, {
    deadLetterQueue: failures(),
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
