import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { callerOf, sourceBeneath, type CallerContext } from './caller';
import { eventsOf, MalformedRequestError, type ParsedEvent } from './cloudevents-http';
import { InvalidEventError, type NewEvent } from './event';
import { isAboutRecord } from './kafka/error-codes';
import type { Outcome, Producer } from './producer';

const MAX_EVENTS = 1_000;

type HttpHandler = (
  event: Pick<APIGatewayProxyEventV2, 'headers' | 'body' | 'isBase64Encoded'> & {
    readonly requestContext?: CallerContext;
  },
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The HTTP door (API Gateway HTTP API, payload 2.0): publishes the events of a request and answers with one result per
 * event, in the same order. The status tells all of them: 200 acked, 202 some spilled, 400 invalid, 413 too large,
 * 503 not taken (send again later), 504 unknown (send again under the same ids), 207 a batch with several of these.
 *
 * An event's `source` is bound to the authenticated caller: the caller's own, and beneath it what the event says. Headers
 * of this library (`lossless-`) are not taken from outside.
 */
export function httpDoor(producer: Pick<Producer, 'publishAll'>): HttpHandler {
  return async (event, context) => {
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    let parsed: ParsedEvent[];
    try {
      parsed = eventsOf({ headers: lowerCased(event.headers), body }).events;
    } catch (error) {
      if (error instanceof MalformedRequestError) return answer(400, { message: error.message });
      throw error;
    }
    if (parsed.length > MAX_EVENTS) {
      const message = `batch: got ${parsed.length} events, want at most ${MAX_EVENTS}; send several requests`;
      return answer(413, { message });
    }
    const bound = boundTo(callerOf(event.requestContext), parsed);
    const outcomes = await publish(producer, bound, context.getRemainingTimeInMillis());
    return answer(statusOf(outcomes), {
      results: outcomes.map(({ kind: outcome, ...rest }) => ({ outcome, ...rest })),
    });
  };
}

const boundTo = (caller: string | undefined, parsed: readonly ParsedEvent[]): ParsedEvent[] =>
  parsed.map((event) =>
    event instanceof InvalidEventError ? event : { ...event, source: sourceBeneath(caller, event.source) },
  );

async function publish(
  producer: Pick<Producer, 'publishAll'>,
  parsed: readonly ParsedEvent[],
  remainingMs: number,
): Promise<Outcome[]> {
  const valid = parsed.filter((event): event is NewEvent => !(event instanceof InvalidEventError));
  const outcomes = (await producer.publishAll(valid, { remainingMs })).values();
  return parsed.map((event): Outcome => {
    if (event instanceof InvalidEventError) {
      return { id: '', source: '', kind: 'rejected', code: event.code, reason: event.message };
    }
    const { value } = outcomes.next();
    if (value === undefined) throw new Error('an event was published and has no outcome');
    return value;
  });
}

/** One status for all; events spilled and acked are all accepted. */
function statusOf(outcomes: readonly Outcome[]): number {
  const statuses = new Set(outcomes.map(status));
  const [only] = statuses;
  if (statuses.size === 1 && only !== undefined) return only;
  return [...statuses].every((code) => code === 200 || code === 202) ? 202 : 207;
}

function status(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'acked':
      return 200;
    case 'spilled':
      return 202;
    case 'sent':
    case 'stored':
    case 'forwarded':
      return 202;
    case 'rejected':
    case 'dropped':
      if (outcome.code === 'INVALID_EVENT') return 400;
      return isAboutRecord(outcome.code) ? 413 : 503;
    case 'unknown':
      return 504;
  }
}

const lowerCased = (headers: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const answer = (statusCode: number, body: object): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
