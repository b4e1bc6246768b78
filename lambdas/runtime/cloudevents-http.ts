import { InvalidEventError, type NewEvent } from './event';
import { isTraceAttribute, traceContextOf } from './trace-context';

/** What of an HTTP request makes events. Header names in lower case. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** The events in a request, each by itself either an event to publish or why it is none. */
export type ParsedEvent = NewEvent | InvalidEventError;

/** The request as a whole holds no events. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
}

/**
 * The CloudEvents HTTP binding: one structured event (`application/json` or `application/cloudevents+json`), a batch
 * (`application/cloudevents-batch+json`), or binary mode (attributes as `ce-` headers). A single event without an id takes
 * it from `Idempotency-Key`. An event that brings no trace context of its own takes the request's. @throws MalformedRequestError
 */
export function eventsOf(request: HttpRequest): { batch: boolean; events: ParsedEvent[] } {
  const { batch, events } = parsed(request);
  const trace = traceContextOf(request.headers);
  const traced = (event: ParsedEvent): ParsedEvent =>
    trace === undefined || event instanceof InvalidEventError || event.extensions?.traceparent !== undefined
      ? event
      : { ...event, extensions: { ...event.extensions, ...trace } };
  return { batch, events: events.map(traced) };
}

function parsed(request: HttpRequest): { batch: boolean; events: ParsedEvent[] } {
  const { headers, body } = request;
  const contentType = (headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase();
  if (contentType === 'application/cloudevents-batch+json') return { batch: true, events: batchOf(json(body)) };
  const fallbackId = headers['idempotency-key'];
  if (contentType === 'application/cloudevents+json') return single(() => structured(json(body), fallbackId));
  if (Object.keys(headers).some((name) => name.startsWith('ce-'))) return single(() => binary(request, fallbackId));
  if (contentType === 'application/json') return single(() => structured(json(body), fallbackId));
  throw new MalformedRequestError(
    `content-type: got ${JSON.stringify(contentType)}, want application/json, application/cloudevents+json or application/cloudevents-batch+json; or send the attributes as ce- headers`,
  );
}

const single = (make: () => NewEvent): { batch: boolean; events: ParsedEvent[] } => ({
  batch: false,
  events: [caught(make)],
});

function batchOf(parsed: unknown): ParsedEvent[] {
  if (!Array.isArray(parsed) || parsed.length === 0) {
    throw new MalformedRequestError('batch: got no JSON array of events, want an array with at least one');
  }
  return parsed.map((event: unknown) => caught(() => structured(event)));
}

function caught(make: () => NewEvent): ParsedEvent {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}

function json(body: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return JSON.parse(text, /\d{16}/.test(text) ? exactNumber : undefined);
  } catch (error) {
    if (error instanceof MalformedRequestError) throw error;
    const got = error instanceof Error ? error.message : String(error);
    throw new MalformedRequestError(`body: got ${got}, want JSON in UTF-8; send one event as a JSON object`);
  }
}

/** A whole number above 2^53 would come out as another number. (Node 20 does not tell a reviver what stood there.) */
function exactNumber(name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  if (typeof value === 'number' && /^-?\d+$/.test(source) && BigInt(source) !== BigInt(value)) {
    throw new MalformedRequestError(
      `body, ${JSON.stringify(name)}: got ${source.slice(0, 40)}, want a number that JSON readers keep; send it as a string, or the data as bytes in binary mode`,
    );
  }
  return value;
}

const ATTRIBUTES = new Set([
  ...['id', 'source', 'type', 'time', 'specversion', 'datacontenttype', 'partitionkey', 'data', 'data_base64'],
]);

function structured(parsed: unknown, fallbackId?: string): NewEvent {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    const got = Array.isArray(parsed) ? 'an array' : parsed === null ? 'null' : typeof parsed;
    throw new InvalidEventError(
      `event: got ${got}, want a JSON object; send several events as application/cloudevents-batch+json`,
    );
  }
  const fields = parsed as Record<string, unknown>;
  const contentType = textOf(fields, 'datacontenttype');
  return { ...attributes(fields, fallbackId), contentType, data: dataOf(fields, contentType) };
}

/** Attributes as headers, percent-encoded; the body is the data, byte for byte. */
function binary({ headers, body }: HttpRequest, fallbackId?: string): NewEvent {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && value !== undefined) fields[name.slice(3)] = percentDecoded(name, value);
  }
  const contentType = headers['content-type'] ?? 'application/json';
  return { ...attributes(fields, fallbackId), contentType, data: body.length === 0 ? null : body };
}

function percentDecoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    // A trace never costs its event.
    if (isTraceAttribute(name.slice('ce-'.length))) return value;
    throw new InvalidEventError(
      `header ${name}: got ${JSON.stringify(value.slice(0, 80))}, want percent-encoded UTF-8`,
      {
        cause,
      },
    );
  }
}

function attributes(fields: Record<string, unknown>, fallbackId?: string): Omit<NewEvent, 'data'> {
  const specversion = textOf(fields, 'specversion') ?? '1.0';
  if (specversion !== '1.0') {
    throw new InvalidEventError(`event specversion: got ${JSON.stringify(specversion)}, want '1.0'`);
  }
  return {
    id: (textOf(fields, 'id') ?? fallbackId) as string,
    source: textOf(fields, 'source'),
    type: textOf(fields, 'type') as string,
    time: textOf(fields, 'time'),
    key: textOf(fields, 'partitionkey'),
    extensions: { ...extensionsOf(fields), ...traceContextOf(fields) },
  };
}

/** Undefined when absent or null, which CloudEvents takes for absent. What `encodeEvent` requires is left to it. */
function textOf(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidEventError(`event ${name}: got ${JSON.stringify(value).slice(0, 80)}, want a string`);
}

function extensionsOf(fields: Record<string, unknown>): Record<string, string> {
  const extensions: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (ATTRIBUTES.has(name) || isTraceAttribute(name) || value === null || value === undefined) continue;
    if (name.startsWith('lossless')) {
      throw new InvalidEventError(
        `event extension ${JSON.stringify(name)}: got a reserved name, want another; rename it`,
      );
    }
    if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
      throw new InvalidEventError(
        `event extension ${JSON.stringify(name)}: got ${typeof value}, want a string, boolean or number`,
      );
    }
    extensions[name] = String(value);
  }
  return extensions;
}

function dataOf(fields: Record<string, unknown>, contentType: string | undefined): unknown {
  const { data, data_base64: encoded } = fields;
  if (encoded === undefined || encoded === null) {
    // A string of another type than JSON is the data itself, not a JSON string.
    const verbatim = typeof data === 'string' && contentType !== undefined && !/[/+]json\b/i.test(contentType);
    return verbatim ? Buffer.from(data, 'utf8') : (data ?? null);
  }
  if (data !== undefined) throw new InvalidEventError('event data: got data and data_base64, want one of them');
  if (typeof encoded !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) {
    throw new InvalidEventError('event data_base64: got something else, want base64');
  }
  return Buffer.from(encoded, 'base64');
}
