import type { Context } from 'aws-lambda';
import { isDirectRequest, type DirectAnswer } from '../contract';
import { InvalidEventError } from '../event/new-event';
import { jsonOf } from '../event/json/data';
import { powertoolsLog } from '../watching/log';
import type { Producer } from '../producer';
import { hiddenReasons, told } from './answer';
import { sourceBeneath } from './caller';
import { eventsOf, type ParsedEvent } from './cloudevents-http';
import type { DoorOptions } from './index';
import { OneContent } from './one-content';
import { published, requireTaken } from './publishing';

type DirectHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<DirectAnswer>;

/** The source of whoever may invoke the function, of whom Lambda says nothing; what they say themselves stands beneath it. */
const INVOKER = 'lambda-invoke';

/**
 * The door for direct invocation: takes one CloudEvent in structured mode, or a list of them, and answers with one result for each.
 * Whether the caller waits, Lambda does not say. So the invocation fails unless every event is accepted, or dealt with as
 * `onRejected` says: sent with `InvocationType: Event` it is tried twice more, and then the on-failure destination has it. Only
 * `ingestClient`, which waits and says so, hears each outcome by itself.
 *
 * @example
 * ```ts
 * import { directDoor, producer } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = directDoor(producer({ topic: 'orders' }));
 * ```
 */
export function directDoor(producer: Pick<Producer, 'publishAll'>, { log }: DoorOptions = {}): DirectHandler {
  const oneContent = new OneContent();
  return async (event, context) => {
    const waits = isDirectRequest(event);
    const parsed = waits ? inText(Buffer.from(event.publish.events, 'utf8')) : [event].flat().map(eventIn);
    const held = oneContent.hold(parsed.map(bound));
    const outcomes = await published(producer, held.events, context.getRemainingTimeInMillis());
    held.ended(outcomes);
    if (!waits) requireTaken(outcomes, `${outcomes.length} events of an invocation`);
    for (const hidden of hiddenReasons(outcomes)) (log ??= powertoolsLog()).warn('events not taken', { ...hidden });
    return { results: outcomes.map((outcome) => told(outcome) as DirectAnswer['results'][number]) };
  };
}

/** @throws MalformedRequestError for what is no list of at most a thousand */
const inText = (body: Buffer): ParsedEvent[] =>
  eventsOf({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body }).events;

/** Lambda hands it over parsed: what JavaScript has changed of it is refused. */
function eventIn(given: unknown): ParsedEvent {
  const json = jsonOf(given);
  if ('text' in json) return inText(Buffer.from(`[${json.text}]`, 'utf8'))[0] as ParsedEvent;
  return new InvalidEventError(`event${json.path}: got a value that JSON does not keep (${json.what}), want one that it keeps; ${json.fix}`); // prettier-ignore
}

const bound = (event: ParsedEvent): ParsedEvent =>
  event instanceof InvalidEventError ? event : { ...event, source: sourceBeneath(INVOKER, event.source) };
