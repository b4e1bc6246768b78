import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { callerOf, sourceBeneath, type CallerContext } from './caller';
import { eventsOf, type ParsedEvent } from './cloudevents-http';
import type { IngestEnvironment } from '../contract';
import { answerOf, hiddenReasons, malformed, otherMethod, unnamed } from './answer';
import { ingestEnvironment } from '../contract/environment';
import { InvalidEventError } from '../event/new-event';
import { MalformedRequestError } from './http-request';
import { powertoolsLog, type Log } from '../watching/log';
import { OneContent } from './one-content';
import { published } from './publishing';
import type { Producer } from '../producer';

export interface DoorOptions {
  /** Who may post. @default - the variable `LOSSLESS_INGEST` that `IngestFunction` gives the function */
  readonly environment?: IngestEnvironment;
  /** @default - Powertools */
  readonly log?: Log;
}

type HttpHandler = (
  event: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'> & {
    readonly requestContext?: CallerContext & {
      readonly requestId?: string;
      readonly http?: { readonly method?: string };
    };
  },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The HTTP door (API Gateway HTTP API, or a function URL; payload 2.0): publishes the events of a request and answers with one result per
 * event, in the same order, each with its status: 202 accepted, 413 too large, 422 against a rule, 503 with `Retry-After` not
 * known to be taken (send again under the same id). The request has the status of its events, or 207 where they have several.
 * A request that holds no events is answered 400, 405, 413 or 415, and one whose caller nobody has named 403. An answer with one of the
 * statuses from 400 on is a problem (RFC 9457); those of events have `results`.
 *
 * An event's `source` is bound to the authenticated caller: the caller's own, and beneath it what the event says. Headers
 * of this library (`lossless-`) are not taken from outside. Answers name neither accounts nor what lies behind the door.
 *
 * @example
 * ```ts
 * import { httpDoor, producer } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = httpDoor(producer({ topic: 'orders' }));
 * ```
 */
export function httpDoor(producer: Pick<Producer, 'publishAll'>, options: DoorOptions = {}): HttpHandler {
  let environment = options.environment;
  let log = options.log;
  const oneContent = new OneContent();
  return async (event, context) => {
    environment ??= ingestEnvironment(process.env);
    const { requestContext: { requestId, http: { method = 'POST' } = {} } = {} } = event;
    if (method !== 'POST') return otherMethod(method, requestId);
    const caller = callerOf(event.requestContext, environment.callerKey);
    if (caller === undefined && environment.unnamedCallers === undefined) return unnamed(requestId);
    let parsed: ParsedEvent[];
    try {
      parsed = eventsOf(requestOf(event)).events;
    } catch (error) {
      if (error instanceof MalformedRequestError) return malformed(error, requestId);
      throw error;
    }
    const held = oneContent.hold(boundTo(caller, parsed));
    const outcomes = await published(producer, held.events, context.getRemainingTimeInMillis());
    held.ended(outcomes);
    for (const hidden of hiddenReasons(outcomes)) (log ??= powertoolsLog()).warn('events not taken', { ...hidden });
    return answerOf(outcomes, requestId);
  };
}

const requestOf = ({ headers, body, isBase64Encoded }: Parameters<HttpHandler>[0]) => ({
  headers: lowerCased(headers),
  body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
});

const boundTo = (caller: string | undefined, parsed: readonly ParsedEvent[]): ParsedEvent[] =>
  parsed.map((event) =>
    event instanceof InvalidEventError ? event : { ...event, source: sourceBeneath(caller, event.source) },
  );

const lowerCased = (headers: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
