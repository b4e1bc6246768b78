import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ACCEPT_ENCODING, type MalformedRequestError } from './http-request';
import { isAboutRecord } from '../kafka/error-codes';
import type { Outcome } from '../producer';

/** How one event ended, as its caller is told. Nothing in it names an account, an ARN or a bucket. */
interface Told {
  readonly id: string;
  readonly outcome: Outcome['kind'];
  readonly status: EventStatus;
  readonly code?: string;
  readonly reason?: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
}

/**
 * The answer for events that ended so: 202 where all are accepted, one problem where all ended with the same other status,
 * 207 for several. Each event has its own outcome and status in `results`, in the order of the request.
 *
 * @param requestId - by which the access log knows the request
 */
export function answerOf(outcomes: readonly Outcome[], requestId?: string): APIGatewayProxyStructuredResultV2 {
  const results = outcomes.map(told);
  const statuses = new Set(results.map(({ status }) => status));
  const [only = ACCEPTED] = statuses;
  if (statuses.size > 1) return answer(207, { results });
  if (only === ACCEPTED) return answer(only, { results });
  const { type, title } = OF_EVENTS[only];
  const detail =
    results.length === 1 ? results[0]?.reason : `this holds for each of the ${results.length} events; results say why`;
  const headers = only === 503 ? { 'retry-after': String(retryAfter(outcomes)) } : {};
  return problem(only, { type, title, detail, requestId, results }, headers);
}

/** The answer to a request that holds no events. */
export function malformed({ status, message }: MalformedRequestError, requestId?: string) {
  const headers = status === 415 ? { 'accept-encoding': ACCEPT_ENCODING } : {};
  return problem(status, { ...OF_REQUESTS[status], detail: message, requestId }, headers);
}

/** The answer to a caller whom nobody names. */
export const unnamed = (requestId?: string) => problem(403, { ...OF_REQUESTS[403], detail: UNNAMED, requestId });

/** The answer to a request by another method than POST, which a function URL lets through. */
export const otherMethod = (method: string, requestId?: string) =>
  problem(405, { ...OF_REQUESTS[405], detail: `method: got ${method}, want POST; send events so`, requestId }, { allow: 'POST' }); // prettier-ignore

const UNNAMED =
  'caller: got nobody whom the authorizer names, want an IAM principal, a signed-in user, a token with a subject or what the authorizer was told to name; sign in, or ask whoever runs this door';

const ACCEPTED = 202;
/** How one event ended: accepted; too large; against a rule; or to be sent again under the same id. */
type EventStatus = typeof ACCEPTED | 413 | 422 | 503;

/** A kind of problem. The title is the same whenever it occurs (RFC 9457). */
const kind = (name: string, title: string) => ({ type: `urn:cdk-lossless-kafka:${name}`, title });
const OF_REQUESTS = {
  400: kind('malformed-request', 'The request holds no events'),
  403: kind('unnamed-caller', 'Nobody says who the caller is'),
  405: kind('other-method', 'The door takes POST alone'),
  413: kind('request-too-large', 'The request is larger than the door takes'),
  415: kind('unsupported-format', 'The request is in a format that the door does not read'),
};
const OF_EVENTS = {
  413: kind('event-too-large', 'The topic takes no event as large as this'),
  422: kind('event-refused', 'The event breaks a rule and will never be taken'),
  503: kind('not-taken', 'Not known to be taken: send the same events again under the same ids'),
};

/**
 * Not known to be taken is one status, 503, whether it was surely not taken or nobody can tell: the caller does the same, and
 * cannot tell them apart where API Gateway answers 503 for the function. Decision 0055.
 */
function status(outcome: Outcome): EventStatus {
  switch (outcome.kind) {
    case 'acked':
    case 'spilled':
    case 'sent':
    case 'parked':
    case 'forwarded':
      return ACCEPTED;
    case 'rejected':
    case 'dropped':
      if (outcome.code === INVALID) return 422;
      if (!isAboutRecord(outcome.code)) return 503;
      return TOO_LARGE.has(outcome.code) ? 413 : 422;
    case 'unknown':
      return 503;
  }
}

/** Says what the caller can act on. Reasons in the words of Kafka or AWS are for the log: they name what is behind the door. */
export function told(outcome: Outcome): Told {
  const common = { id: outcome.id, outcome: outcome.kind, status: status(outcome) };
  switch (outcome.kind) {
    case 'acked':
    case 'sent': {
      const { topic, partition, offset } = outcome;
      return { ...common, topic, partition, offset };
    }
    case 'spilled':
      return common;
    case 'parked':
    case 'forwarded':
    case 'dropped':
      return { ...common, code: outcome.code };
    case 'rejected':
      return { ...common, code: outcome.code, reason: inWords(outcome.code, outcome.reason) };
    case 'unknown':
      return { ...common, reason: 'it may have been taken, or not: send it again under the same id' };
  }
}

/** Why events were refused, where their caller is told less than that: each reason once, with how many it has refused. */
export function hiddenReasons(outcomes: readonly Outcome[]): HiddenReason[] {
  const reasons = new Map<string, HiddenReason>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'rejected' || outcome.code === INVALID) continue;
    const { code, reason } = outcome;
    const name = JSON.stringify([code, reason]);
    reasons.set(name, { code, reason, events: (reasons.get(name)?.events ?? 0) + 1 });
  }
  return [...reasons.values()];
}

interface HiddenReason {
  readonly code: string;
  readonly reason: string;
  readonly events: number;
}

const INVALID = 'INVALID_EVENT';
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

function inWords(code: string, reason: string): string {
  if (code === INVALID) return reason;
  if (isAboutRecord(code)) return 'the topic does not take such an event: change it, mostly by making it smaller';
  if (PASSING.has(code)) return 'not taken now: send it again later';
  return 'not taken before whoever runs this door has mended it: send it again later';
}

/** Reasons that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'BUFFER_EXHAUSTED']);

/** Seconds: a failover is over by then, or a person has to mend something first. The longest wait that an event asks for. */
function retryAfter(outcomes: readonly Outcome[]): number {
  const isMending = outcomes.some((outcome) => 'code' in outcome && !PASSING.has(outcome.code));
  return isMending ? 60 : 5;
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly results?: readonly Told[];
}

/** RFC 9457. Problems of events have `results`, those of a request have none. */
const problem = (status: number, { requestId, detail, results, ...of }: Problem, headers = {}) => {
  const instance = requestId && `#${encodeURIComponent(requestId)}`;
  return answer(status, { ...of, status, detail, instance, results }, { 'content-type': 'application/problem+json', ...headers }); // prettier-ignore
};

const answer = (statusCode: number, body: object, headers = {}): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
