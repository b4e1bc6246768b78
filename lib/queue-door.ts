import { Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { UNSAID_VISIBILITY_SECONDS, VISIBILITY_PER_TIMEOUT } from '../rules';
import { timeoutOf } from './handler-rules';
import { givenTo } from './placement';
import type { Rule } from './refusal';
import { demand, isBlank, known, knownSeconds, outside, refuse } from './validation';

export interface QueueDoorOptions {
  /**
   * Its messages become events. It needs a dead-letter queue, and a visibility timeout of six times the function's timeout or
   * more: 168 seconds.
   */
  readonly queue: sqs.IQueue;
  /** Type of the events whose message is no CloudEvent. @default - the type sqs.message */
  readonly eventType?: string;
  /** Most messages of one invocation: 1 to 10,000, of a FIFO queue 10. @default - 10 */
  readonly batchSize?: number;
  /** How long messages are gathered for a batch, up to 5 minutes. A FIFO queue knows none. @default - not at all; one second where `batchSize` is above 10 */
  readonly maxBatchingWindow?: Duration;
  /**
   * Most invocations at once for this queue, 2 to 1,000. Where more were begun than the function may run, throttled ones would
   * count as deliveries, and good messages end in the dead-letter queue.
   * @default - 100, or as many as `maxConcurrency` of the door reserves
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly maxConcurrency?: number;
  /**
   * The word that a queue which this app does not make has a dead-letter queue, and a visibility timeout of six times the
   * function's or more: where it says so, or who has looked.
   * @default - only queues of this app are taken, whose settings are seen
   */
  readonly acceptUnseenQueue?: string;
  /** Dead-letter queue of a queue that this app does not make, so that `PipelineMonitoring` looks at it. @default - that of `queue`, where the app says one */
  readonly deadLetterQueue?: sqs.IQueue;
}

/** Messages of one invocation, where nothing is said. */
const BATCH = 10;
/** A few hundred new connections to each broker, which come within some twenty seconds. */
const CONCURRENCY = 100;
/** Deliveries before a message is given up: throttling and outages of seconds must not take a good one along. AWS recommends it. */
const LEAST_RECEIVES = 5;

/** Lets a function that takes events take those of a queue, too. Only messages that it names as failed stay there. */
export function queueDoor(door: lambda.Function, id: string, options: QueueDoorOptions): lambda.EventSourceMapping {
  const place = { node: { path: `${door.node.path}/${id}` } };
  demand(place, options, { queue: 'the queue whose messages are to become events' });
  const { queue, batchSize = BATCH, maxBatchingWindow } = options;
  const { reservedConcurrentExecutions: reserved } = door.node.defaultChild as lambda.CfnFunction;
  const maxConcurrency = options.maxConcurrency ?? Math.min(CONCURRENCY, reserved ?? CONCURRENCY);
  refuse(place, [
    ...settingRules(queue, timeoutOf(door), options.acceptUnseenQueue),
    ...mappingRules({ ...options, batchSize }, queue.fifo),
    {
      when: options.deadLetterQueue !== undefined && deadLettersOf(queue) !== undefined,
      message: `deadLetterQueue: got it for queue ${queue.node.path}, whose own is seen; leave it out`,
    },
    ...concurrencyRules(maxConcurrency, reserved),
    ...givenTo(door, { queue, deadLetterQueue: options.deadLetterQueue }),
  ]);
  queue.grantConsumeMessages(door);
  return new lambda.EventSourceMapping(door, id, {
    target: door,
    eventSourceArn: queue.queueArn,
    reportBatchItemFailures: true,
    batchSize,
    maxBatchingWindow: maxBatchingWindow ?? (batchSize > BATCH ? Duration.seconds(1) : undefined),
    maxConcurrency,
  });
}

/** Where what a queue gives up lies, as far as the app says. */
export const deadLettersOf = (queue: sqs.IQueue): sqs.IQueue | undefined =>
  queue instanceof sqs.Queue ? queue.deadLetterQueue?.queue : undefined;

function settingRules(queue: sqs.IQueue, timeout: Duration, word: string | undefined): Rule[] {
  const { path } = queue.node;
  const settings = queue.node.defaultChild;
  const least = VISIBILITY_PER_TIMEOUT * knownSeconds(timeout);
  if (!(settings instanceof sqs.CfnQueue)) {
    return [
      {
        when: word === undefined || isBlank(word),
        message: `queue ${path}: got one that this app does not make, want to know that it has a dead-letter queue and a visibility timeout of ${least} s or more; give a queue of this app, or say in acceptUnseenQueue who has looked`,
      },
    ];
  }
  const { visibilityTimeout = UNSAID_VISIBILITY_SECONDS } = settings;
  const redrive = Stack.of(queue).resolve(settings.redrivePolicy) as { maxReceiveCount?: unknown } | undefined;
  // NaN, which compares false with everything, where it is known only at deploy.
  const receives = Number(redrive?.maxReceiveCount);
  return [
    {
      when: word !== undefined,
      message: `acceptUnseenQueue: got it for queue ${path}, whose settings are seen; leave it out`,
    },
    {
      when: known(visibilityTimeout) < least,
      message: `queue ${path}: got a visibility timeout of ${visibilityTimeout} s, want ${least} s or more, ${VISIBILITY_PER_TIMEOUT} times the function's timeout, as a message that is shown again while it is worked on counts as delivered once more; set visibilityTimeout: Duration.seconds(${least})`,
    },
    {
      when: redrive === undefined,
      message: `queue ${path}: got no dead-letter queue, want one, as a message that is no event would come back until the queue's retention ends, and be gone; set deadLetterQueue: { queue, maxReceiveCount: ${LEAST_RECEIVES} }`,
    },
    {
      when: receives < LEAST_RECEIVES,
      message: `queue ${path}: got maxReceiveCount ${receives}, want ${LEAST_RECEIVES} or more, as good messages would be given up with an outage of minutes; raise it`,
    },
  ];
}

const mappingRules = (
  { eventType, batchSize, maxBatchingWindow }: QueueDoorOptions & { batchSize: number },
  isFifo: boolean,
): Rule[] => {
  const most = isFifo ? BATCH : 10_000;
  const window = maxBatchingWindow && knownSeconds(maxBatchingWindow);
  return [
    {
      when: eventType !== undefined && isBlank(eventType),
      message: `eventType: got nothing, want the type of events whose message is no CloudEvent; give it, or leave it out`,
    },
    {
      when: outside(batchSize, 1, most),
      message: `batchSize: got ${batchSize}, want a whole number from 1 to ${most}; change it, or leave it out`,
    },
    {
      when: window !== undefined && (window > 300 || (isFifo && window > 0)),
      message: `maxBatchingWindow: got ${window} s, want ${isFifo ? 'none, as a FIFO queue knows none' : '300 s at most'}; lower it, or leave it out`,
    },
    {
      when: batchSize > BATCH && window !== undefined && window < 1,
      message: `maxBatchingWindow: got ${window} s for batches of ${batchSize}, want 1 s or more, as Lambda asks for it above ${BATCH}; raise it, or leave it out`,
    },
  ];
};

const concurrencyRules = (maxConcurrency: number, reserved: number | undefined): Rule[] => [
  {
    when: outside(maxConcurrency, 2, 1_000),
    message: `maxConcurrency: got ${maxConcurrency}, want a whole number from 2 to 1000, as Lambda takes it; change it, or reserve 2 or more for the door`,
  },
  {
    when: reserved !== undefined && known(maxConcurrency) > known(reserved),
    message: `maxConcurrency: got ${maxConcurrency} for a door that reserves ${reserved}, want no more than that, as throttled messages count as delivered; lower it, or leave it out`,
  },
];
