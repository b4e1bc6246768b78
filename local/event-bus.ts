import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AwsApi } from './aws-endpoint';
import { matches } from './event-pattern';
import { requestText } from './request-text';
import { busName, DEFAULT_BUS, type BusRule } from './template/bus-rules';
import { ACCOUNT, REGION } from './template/identity';

export interface EventBusOptions {
  readonly buses: readonly string[];
  readonly rules: readonly BusRule[];
  /** Hands an event to Lambda's own queue of the function, which tries it, keeps it, or gives it up. */
  later(functionId: string, payload: string): void;
  now(): Date;
}

/** One of what PutEvents is given. */
interface PutEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  /** Seconds since 1970. */
  readonly Time?: number;
}
type Put = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

const MOST_ENTRIES = 10;
/** Of an event as it is handed on: what Lambda takes for an asynchronous invocation. */
const EVENT_LIMIT = 1024 * 1024;

/**
 * EventBridge as far as functions of the template are its targets: PutEvents, matched by the rules' patterns and handed over at once.
 * There is nothing between a bus and Lambda's queue here that could fail, so that a target's own retries and dead-letter queue have
 * nothing to do.
 */
export const eventBus = (options: EventBusOptions): AwsApi => ({
  answer: async (request, response) => {
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return false;
    const { Entries = [] } = JSON.parse(await requestText(request)) as { Entries?: readonly PutEntry[] };
    if (Entries.length < 1 || Entries.length > MOST_ENTRIES) {
      return reply(response, 400, { __type: 'ValidationException', message: `got ${Entries.length} entries, want 1 to ${MOST_ENTRIES}` }); // prettier-ignore
    }
    const puts = Entries.map((entry) => put(options, entry));
    return reply(response, 200, {
      FailedEntryCount: puts.filter((each) => 'ErrorCode' in each).length,
      Entries: puts,
    });
  },
});

function put(options: EventBusOptions, entry: PutEntry): Put {
  const bus = busName(entry.EventBusName ?? DEFAULT_BUS);
  const wrong = wrongIn(entry, bus, options.buses);
  if (wrong) return wrong;
  const event = eventOf(entry, options.now());
  const payload = JSON.stringify(event);
  if (Buffer.byteLength(payload) > EVENT_LIMIT) return refused('ValidationException', `got ${Buffer.byteLength(payload)} bytes, want ${EVENT_LIMIT} at most`); // prettier-ignore
  for (const rule of options.rules) {
    if (rule.bus !== bus || !matches(event, rule.pattern)) continue;
    for (const id of rule.functionIds) options.later(id, payload);
  }
  return { EventId: event.id };
}

function wrongIn({ Source, DetailType, Detail }: PutEntry, bus: string, buses: readonly string[]): Put | undefined {
  const missing = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value)?.[0];
  if (missing !== undefined) return refused('InvalidArgument', `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`); // prettier-ignore
  if (Source?.startsWith('aws.')) return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (!buses.includes(bus)) return refused('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
  return isObject(Detail ?? '') ? undefined : refused('MalformedDetail', 'Detail is malformed.');
}

const refused = (ErrorCode: string, ErrorMessage: string): Put => ({ ErrorCode, ErrorMessage });

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const eventOf = ({ Source, DetailType, Detail = '', Resources = [], Time }: PutEntry, now: Date) => ({
  ...{ version: '0', id: randomUUID(), 'detail-type': DetailType, source: Source, account: ACCOUNT },
  time: `${(Time === undefined ? now : new Date(Time * 1000)).toISOString().slice(0, 19)}Z`,
  ...{ region: REGION, resources: Resources, detail: JSON.parse(Detail) as unknown },
});

function reply(response: ServerResponse, status: number, body: object): true {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'content-length': bytes.length });
  response.end(bytes);
  return true;
}
