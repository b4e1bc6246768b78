import { named, type Named } from './named';
import type { Resolver } from './resolver';

/** An `AWS::SQS::Queue`. */
export interface Queue extends Named {
  readonly arn: string;
  readonly isFifo: boolean;
  /** Milliseconds for which a message that was received is shown to nobody else. */
  readonly visibilityMs: number;
  /** As `CreateQueue` takes them. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Where SQS puts what was received so often and not deleted; undefined: it comes again until its retention ends. */
  readonly redrive: Redrive | undefined;
}

interface Redrive {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Properties that are attributes of the same name. What encrypts changes no message's way on one machine. */
const ATTRIBUTES = [
  'VisibilityTimeout',
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];
/** SQS's own, where the template says nothing. */
const VISIBILITY_S = 30;

/** @throws for a dead-letter queue that is not in the template: what goes there would be gone */
export function readQueues(resolver: Resolver): readonly Queue[] {
  const queues = named(resolver, 'AWS::SQS::Queue').map((queue): Queue => {
    const { value, number, boolean } = resolver.properties(queue.logicalId);
    const given = ATTRIBUTES.map((name) => [name, value(name)] as const).filter(([, set]) => set !== undefined);
    return {
      ...queue,
      arn: String(resolver.resolve({ 'Fn::GetAtt': [queue.logicalId, 'Arn'] }, queue.path)),
      isFifo: boolean('FifoQueue') ?? false,
      visibilityMs: (number('VisibilityTimeout') ?? VISIBILITY_S) * 1000,
      attributes: Object.fromEntries(given.map(([name, set]) => [name, String(set)])),
      redrive: value<Redrive>('RedrivePolicy'),
    };
  });
  for (const { path, redrive } of queues) if (redrive) queueAt(queues, redrive.deadLetterTargetArn, `${path} RedrivePolicy`); // prettier-ignore
  return queues;
}

/** The queue that a resource points at. */
export function queueAt(queues: readonly Queue[], arn: string, where: string): Queue {
  const found = queues.find((queue) => queue.arn === arn);
  if (found) return found;
  throw new Error(`${where}: got ${arn}, want a queue of the template; the local stack has no other`);
}
