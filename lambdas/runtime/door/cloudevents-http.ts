import { attributesOf, type AttributeTexts } from './cloudevents-attributes';
import { NoEventError, readEvent } from './cloudevents-json';
import { InvalidEventError, type NewEvent } from '../event/new-event';
import { MalformedRequestError, requireUtf8, unzipped, type HttpRequest } from './http-request';
import { bomLength } from '../event/json/numbers';
import { JsonReader, JsonTextError } from '../event/json/reader';
import { traceContextOf } from '../event/trace-context';

/** The events in a request, each by itself either an event to publish or why it is none. */
export type ParsedEvent = NewEvent | InvalidEventError;

/** Most events of a request. */
const MAX_EVENTS = 1_000;

/**
 * The CloudEvents HTTP binding: one structured event (`application/cloudevents+json`, or `application/json` without `ce-`
 * headers), a batch (`application/cloudevents-batch+json`), or binary mode (attributes as `ce-` headers). A single event
 * without an id takes it from `Idempotency-Key`. An event that brings no trace context of its own takes the request's.
 *
 * Bounded before anything is made of it: bytes (unzipped), events, members of an event and depth. Time and memory are linear
 * in the bytes. @throws MalformedRequestError
 */
export function eventsOf(request: HttpRequest): { batch: boolean; events: ParsedEvent[] } {
  const { batch, events } = parsed({ headers: request.headers, body: unzipped(request) });
  const trace = traceContextOf(request.headers);
  const traced = (event: ParsedEvent): ParsedEvent =>
    trace === undefined || event instanceof InvalidEventError || event.extensions?.traceparent !== undefined
      ? event
      : { ...event, extensions: { ...event.extensions, ...trace } };
  return { batch, events: events.map(traced) };
}

function parsed(request: HttpRequest): { batch: boolean; events: ParsedEvent[] } {
  const { headers } = request;
  const contentType = headers['content-type'] ?? 'application/json';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/cloudevents-batch+json') return { batch: true, events: json(request, contentType, batch) }; // prettier-ignore
  const key = headers['idempotency-key'];
  const fallbackId = key === undefined ? undefined : unquoted(key);
  const structured = () =>
    json(request, contentType, (reader, body) => {
      const event = readEvent(reader, body, fallbackId);
      if (event instanceof NoEventError) throw new MalformedRequestError(event.message);
      return [event];
    });
  if (mediaType === 'application/cloudevents+json') return { batch: false, events: structured() };
  if (!mediaType.startsWith('application/cloudevents')) {
    const isBinary = Object.keys(headers).some((name) => name.startsWith('ce-'));
    if (isBinary) return { batch: false, events: [binary(request, fallbackId)] };
    if (mediaType === 'application/json') return { batch: false, events: structured() };
  }
  throw new MalformedRequestError(
    `content-type: got ${JSON.stringify(mediaType.slice(0, 80))}, want application/json, application/cloudevents+json or application/cloudevents-batch+json; or send the attributes as ce- headers`,
    415,
  );
}

type Read = (reader: JsonReader, body: Buffer) => ParsedEvent[];

function json({ body }: HttpRequest, contentType: string, read: Read): ParsedEvent[] {
  requireUtf8(contentType, body);
  const reader = new JsonReader(body, bomLength(body));
  try {
    const events = read(reader, body);
    reader.end();
    return events;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new MalformedRequestError(
      `body: got ${body.length} bytes that are no JSON from byte ${error.position} on, want JSON in UTF-8; send one event as a JSON object`,
    );
  }
}

function batch(reader: JsonReader, body: Buffer): ParsedEvent[] {
  const OPEN_ARRAY = 0x5b;
  if (reader.next() !== OPEN_ARRAY) {
    throw new MalformedRequestError('batch: got no JSON array of events, want an array; send a single event as one');
  }
  const events: ParsedEvent[] = [];
  let count = 0;
  const elements = reader.elements();
  while (elements.next().done !== true) {
    count += 1;
    // What is beyond the limit is counted and not kept.
    if (count > MAX_EVENTS) reader.value();
    else events.push(readEvent(reader, body));
  }
  if (count <= MAX_EVENTS) return events;
  throw new MalformedRequestError(`batch: got ${count} events, want at most ${MAX_EVENTS}; send several requests`, 413);
}

/** Attributes as headers; the body is the data, byte for byte. */
function binary({ headers, body }: HttpRequest, fallbackId: string | undefined): ParsedEvent {
  try {
    const attributes = new Headers(headers);
    const contentType = headers['content-type'] ?? attributes.text('datacontenttype');
    const told = attributes.text('datacontenttype') ?? contentType;
    if (told !== contentType) {
      throw new InvalidEventError(
        'event datacontenttype: got another in ce-datacontenttype than in content-type, want one; send content-type alone',
      );
    }
    return {
      ...attributesOf(attributes, fallbackId),
      contentType: contentType ?? 'application/json',
      data: body.length === 0 ? null : body,
    };
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}

class Headers implements AttributeTexts {
  constructor(private readonly headers: HttpRequest['headers']) {}

  *names(): Iterable<string> {
    for (const name of Object.keys(this.headers)) if (name.startsWith('ce-')) yield name.slice('ce-'.length);
  }

  text(name: string): string | undefined {
    const value = Object.hasOwn(this.headers, `ce-${name}`) ? this.headers[`ce-${name}`] : undefined;
    return value === undefined ? undefined : decoded(name, value);
  }

  extension(name: string): string | undefined {
    return this.text(name);
  }
}

/** HTTP binding 3.1.3.2: first out of its quotes, then one round of percent-decoding. */
function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(unquoted(value));
  } catch (cause) {
    throw new InvalidEventError(
      `header ce-${name}: got ${JSON.stringify(value.slice(0, 80))}, want percent-encoded UTF-8; encode % as %25`,
      { cause },
    );
  }
}

/** A quoted string of HTTP (RFC 9110, 5.6.4) as what it says; anything else as it is. */
const unquoted = (value: string): string =>
  /^"(?:[^"\\]|\\.)*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/gs, '$1') : value;
