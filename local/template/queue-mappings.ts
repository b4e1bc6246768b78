import { targetFunction, type FunctionSpec } from './functions';
import { named } from './named';
import type { Properties } from './properties';
import { queueAt, type Queue } from './queues';
import type { Resolver } from './resolver';

/** An `AWS::Lambda::EventSourceMapping` from SQS, with Lambda's defaults filled in. */
export interface QueueMappingSettings {
  readonly logicalId: string;
  readonly path: string;
  readonly functionId: string;
  readonly queue: Queue;
  /** Messages in one invocation. */
  readonly batchSize: number;
  /** Milliseconds for which messages are gathered. */
  readonly windowMs: number;
  readonly partialResponse: boolean;
  /** Invocations at once. */
  readonly concurrency: number;
}

/** Lambda begins with five and goes up with the queue; the local one does not. */
const FIRST_POLLERS = 5;
const BATCH = 10;

/** True for a mapping that reads from SQS, where the others read from Kafka. */
export const readsQueue = (properties: Properties): boolean =>
  /^arn:[^:]+:sqs:/.test(properties.string('EventSourceArn') ?? '');

export function readQueueMappings(
  resolver: Resolver,
  functions: readonly FunctionSpec[],
  queues: readonly Queue[],
): readonly QueueMappingSettings[] {
  return named(resolver, 'AWS::Lambda::EventSourceMapping')
    .map(({ logicalId }) => ({ logicalId, properties: resolver.properties(logicalId) }))
    .filter(({ properties }) => readsQueue(properties))
    .map(({ logicalId, properties }) => {
      const { path } = properties;
      const queue = queueAt(queues, properties.requiredString('EventSourceArn'), `${path} EventSourceArn`);
      const fn = targetFunction(functions, properties.requiredString('FunctionName'), path);
      refuse(properties, queue, fn.timeoutMs);
      return {
        ...{ logicalId, path, queue, functionId: fn.logicalId },
        batchSize: properties.number('BatchSize') ?? BATCH,
        windowMs: (properties.number('MaximumBatchingWindowInSeconds') ?? 0) * 1000,
        partialResponse: (properties.value<string[]>('FunctionResponseTypes') ?? []).includes('ReportBatchItemFailures'), // prettier-ignore
        concurrency: Math.min(FIRST_POLLERS, mostAtOnce(properties) ?? FIRST_POLLERS),
      };
    });
}

const mostAtOnce = (properties: Properties): number | undefined =>
  properties.value<{ MaximumConcurrency?: number }>('ScalingConfig')?.MaximumConcurrency;

const NOT_RUN = ['FilterCriteria', 'ProvisionedPollerConfig'];

/** Throws for what Lambda refuses when the mapping is created, and for what the local one does not run. */
function refuse(properties: Properties, queue: Queue, timeoutMs: number): void {
  const size = properties.number('BatchSize') ?? BATCH;
  const window = properties.number('MaximumBatchingWindowInSeconds') ?? 0;
  const most = queue.isFifo ? BATCH : 10_000;
  const atOnce = mostAtOnce(properties);
  const notRun = NOT_RUN.find((name) => properties.value(name) !== undefined);
  const rules = [
    {
      when: size < 1 || size > most,
      message: `BatchSize: got ${size}, want 1 to ${most}; Lambda refuses anything else`,
    },
    {
      when: window < 0 || window > 300 || (queue.isFifo && window > 0),
      message: `MaximumBatchingWindowInSeconds: got ${window}, want ${queue.isFifo ? 'none for a FIFO queue' : '0 to 300'}; Lambda refuses anything else`,
    },
    {
      when: size > BATCH && window < 1,
      message: `MaximumBatchingWindowInSeconds: got ${window} with a batch of ${size}, want 1 or more above ${BATCH}; Lambda refuses anything else`,
    },
    {
      when: atOnce !== undefined && (atOnce < 2 || atOnce > 1_000),
      message: `ScalingConfig: got ${atOnce} at once, want 2 to 1000; Lambda refuses anything else`,
    },
    {
      when: queue.visibilityMs < timeoutMs,
      message: `EventSourceArn: got a queue with a visibility timeout of ${queue.visibilityMs / 1000} s, want the function's ${timeoutMs / 1000} s or more; Lambda refuses less`,
    },
    {
      when: notRun !== undefined,
      message: `${notRun}: got a value, want none; the local mapping of a queue does not run it`,
    },
    {
      when: properties.boolean('Enabled') === false,
      message: `Enabled: got false, want true; a disabled mapping delivers nothing`,
    },
  ];
  const broken = rules.find(({ when }) => when);
  if (broken) throw new Error(`${properties.path} ${broken.message}`);
}
