import { LosslessError } from '../contract/errors';
import type { Producer } from '../producer';
import { httpDoor, type DoorOptions } from './index';
import { isCanaryRequest, isDirectRequest, type CanaryRequest } from '../contract';
import { canaryDoor } from './canary';
import { directDoor } from './direct';
import { eventBridgeDoor } from './event-bridge';
import { sqsDoor } from './sqs';

type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

/**
 * Every door at once: a function that takes events over HTTP, from SQS queues, from EventBridge and by direct invocation, told apart by what it is invoked with.
 * Anything else is refused with an error, so that an invocation for which nobody waits ends where its failures are kept.
 *
 * @example
 * ```ts
 * import { everyDoor, producer } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = everyDoor(producer({ topic: 'orders' }));
 * ```
 */
export function everyDoor(producer: Pick<Producer, 'publishAll' | 'partitions'>, options: DoorOptions = {}): Handler {
  const canaries = canaryDoor(producer);
  const doors: readonly Door[] = [
    { isFor: isHttp, answer: httpDoor(producer, options) as Handler },
    { isFor: isSqs, answer: sqsDoor(producer, options) as Handler },
    { isFor: isEventBridge, answer: eventBridgeDoor(producer) as Handler },
    { isFor: isCanaryRequest, answer: (event, context) => canaries(event as CanaryRequest, context) },
    { isFor: isDirect, answer: directDoor(producer, options) },
  ];
  return async (event, context) => {
    const found = doors.find(({ isFor }) => isFor(Object(event) as Shape));
    if (found) return found.answer(event, context);
    throw new LosslessError(
      'INVALID_ARGUMENT',
      `invocation: got ${shapeOf(event)}, want an HTTP request (payload 2.0), messages of SQS, an event of EventBridge or CloudEvents in structured mode; send one of these`,
    );
  };
}

interface Door {
  readonly isFor: (event: Shape) => boolean;
  readonly answer: Handler;
}
type Shape = Readonly<Record<string, unknown>>;

const isHttp = ({ headers, requestContext }: Shape): boolean =>
  typeof headers === 'object' && typeof requestContext === 'object';

const isSqs = ({ Records }: Shape): boolean =>
  Array.isArray(Records) && Records.every((record) => (Object(record) as Shape).eventSource === 'aws:sqs');

const isEventBridge = (event: Shape): boolean =>
  'detail' in event &&
  ['id', 'account', 'region', 'source', 'detail-type'].every((name) => typeof event[name] === 'string');

/** CloudEvents may be wrong ones: each has its answer. */
const isDirect = (event: Shape): boolean =>
  isDirectRequest(event) || 'specversion' in event || (Array.isArray(event) && event.length > 0);

/** Names of its members, and nothing that stands in them. */
function shapeOf(event: unknown): string {
  if (typeof event !== 'object' || event === null) return event === null ? 'null' : typeof event;
  const names = Array.isArray(event) ? [`a list of ${event.length}`] : Object.keys(event).slice(0, 10);
  return names.length === 0 ? 'an object without members' : names.map((name) => name.slice(0, 40)).join(', ');
}
