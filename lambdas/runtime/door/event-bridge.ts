import type { Context, EventBridgeEvent } from 'aws-lambda';
import { InvalidEventError, type NewEvent } from '../event/new-event';
import { jsonOf } from '../event/json/data';
import type { Producer } from '../producer';
import { sourceBeneath } from './caller';
import type { ParsedEvent } from './cloudevents-http';
import { OneContent } from './one-content';
import { published, requireTaken } from './publishing';
import { readText } from './structured-text';

type EventBridgeHandler = (
  event: EventBridgeEvent<string, unknown>,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<void>;

/**
 * The EventBridge door: publishes the event that a rule hands over. Nobody waits for the answer, so that the invocation fails unless
 * the event is accepted, or dealt with as `onRejected` says: Lambda tries twice more, under the same id, and then the function's
 * on-failure destination has it.
 *
 * A detail that is a CloudEvent in structured mode is that event; without an id it has EventBridge's. Any other detail is the data
 * of an event with EventBridge's id and time, its detail-type as `type`. `source` is
 * `events.amazonaws.com/<account>/<region>`, which nobody chooses who puts events, and beneath it what the event says.
 *
 * @example
 * ```ts
 * import { eventBridgeDoor, producer } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = eventBridgeDoor(producer({ topic: 'orders' }));
 * ```
 */
export function eventBridgeDoor(producer: Pick<Producer, 'publishAll'>): EventBridgeHandler {
  const oneContent = new OneContent();
  return async (event, context) => {
    const held = oneContent.hold([eventIn(event)]);
    const outcomes = await published(producer, held.events, context.getRemainingTimeInMillis());
    held.ended(outcomes);
    requireTaken(outcomes, `EventBridge event ${event.id}`);
  };
}

function eventIn(given: EventBridgeEvent<string, unknown>): ParsedEvent {
  const { id, account, region, time, source, detail } = given;
  const json = jsonOf(detail);
  if (!('text' in json)) {
    return new InvalidEventError(`event detail${json.path}: got a value that JSON does not keep (${json.what}), want one that it keeps; ${json.fix}`); // prettier-ignore
  }
  const data = Buffer.from(json.text, 'utf8');
  const read = readText(data, id);
  const plain: NewEvent = { id, type: given['detail-type'], source, data, contentType: 'application/json' };
  const event = read.kind === 'event' ? read.event : plain;
  if (event instanceof InvalidEventError) return event;
  return {
    ...event,
    source: sourceBeneath(`events.amazonaws.com/${account}/${region}`, event.source),
    time: event.time ?? time,
    ...resources(given),
  };
}

/** What the event is about, which CloudEvents has no list for. */
const resources = ({ resources: named = [] }: EventBridgeEvent<string, unknown>): Pick<NewEvent, 'headers'> =>
  named.length > 0 ? { headers: { 'eventbridge-resources': JSON.stringify(named) } } : {};
