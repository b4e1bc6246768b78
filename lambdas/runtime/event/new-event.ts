import {
  CANARY_TYPE,
  CE_ID,
  CE_PREFIX,
  CE_SOURCE,
  CE_SPECVERSION,
  CE_TIME,
  CE_TYPE,
  CONTENT_TYPE,
  RESERVED_PREFIX,
} from '../contract';
import { LosslessError } from '../contract/errors';
import { isOwnCanary } from './canary';
import { jsonOf } from './json/data';
import type { KafkaHeader, KafkaMessage } from './message';
import { isTraceAttribute, traceContextOf } from './trace-context';

/** An event as a producer is given it: CloudEvents 1.0 attributes, `key` being `partitionkey`. */
export interface NewEvent {
  /** With `source` it identifies the event for ever: publish the same event again under the same id. 1–512 characters. */
  readonly id: string;
  /** For example `order.placed`. 1–512 characters; `lossless.canary` is refused, as consumers apply nothing of it. */
  readonly type: string;
  /** @default - the source of the producer's environment, which names the function's construct */
  readonly source?: string;
  /** RFC 3339, as `Date.toISOString` writes it. @default - the time of the call */
  readonly time?: string;
  /** Events of one key are applied in the order they were acknowledged. @default - no key: no order */
  readonly key?: string | Uint8Array | null;
  /**
   * A value that JSON keeps, or bytes as they are. `null` makes a tombstone. What JSON would empty or change (a Map, a Promise,
   * NaN, a whole number above 2^53) is refused.
   */
  readonly data: unknown;
  /** @default 'application/json', or 'application/octet-stream' for bytes */
  readonly contentType?: string;
  /**
   * CloudEvents extension attributes: lower-case letters and digits. A `traceparent` or `tracestate` that is not valid is
   * left out; `partitionkey` is the key where none is given.
   */
  readonly extensions?: Readonly<Record<string, string>>;
  /**
   * Kafka headers beside the event's own, as they are: text as UTF-8, or bytes. Consumers find them in `event.headers`.
   * Names of 1 to 256 characters; `content-type` and what begins with `ce_` or `lossless-` is refused. @default - none
   */
  readonly headers?: Readonly<Record<string, string | Uint8Array>>;
}

/** The event itself is wrong: nothing was sent. */
export class InvalidEventError extends LosslessError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_EVENT', message, options);
    this.name = 'InvalidEventError';
  }
}

/** CloudEvents binary content mode on Kafka. Throws `InvalidEventError` for what cannot be sent. */
export function encodeEvent(event: NewEvent, defaults: { source: string; now: () => Date }): KafkaMessage {
  if (typeof event !== 'object' || (event as unknown) === null) {
    const got = event === null ? 'null' : typeof event;
    throw new InvalidEventError(`event: got ${got}, want an object with id, type and data; give one`);
  }
  if (event.type === CANARY_TYPE && !isOwnCanary(event)) throw new InvalidEventError(RESERVED_TYPE);
  const bytes = event.data instanceof Uint8Array;
  const headers: KafkaHeader[] = [
    [CE_SPECVERSION, shared('1.0')],
    [CE_ID, wellFormed('id', attribute('id', event.id))],
    [CE_SOURCE, shared(attribute('source', event.source ?? defaults.source), 'source')],
    [CE_TYPE, shared(attribute('type', event.type), 'type')],
    [CE_TIME, shared(time(event.time) ?? defaults.now().toISOString())],
    [CONTENT_TYPE, shared(contentType(event.contentType) ?? (bytes ? 'application/octet-stream' : 'application/json'))],
  ];
  if (event.extensions !== undefined) addExtensions(headers, extensions(event.extensions));
  if (event.headers !== undefined) headers.push(...ownHeaders(event.headers));
  return { key: key(keyOf(event)), value: data(event.data), headers };
}

const RESERVED_TYPE = `event type: got ${CANARY_TYPE}, want another, as consumers apply nothing of an event of this type; rename it`;

/** A key of its own adds no attribute; the attribute `partitionkey` is the key, and stays one (Kafka binding 3.1). */
function keyOf({ key: given, extensions }: NewEvent): NewEvent['key'] {
  const attribute = extensions?.partitionkey;
  if (attribute === undefined || given === undefined || given === attribute) return attribute ?? given;
  throw new InvalidEventError(
    'event key: got another in extensions.partitionkey than in key, want one of them; leave the extension out',
  );
}

function addExtensions(headers: KafkaHeader[], given: Readonly<Record<string, unknown>>): void {
  const others = Object.entries(given).filter(([name]) => !isTraceAttribute(name));
  for (const [name, value] of [...others, ...Object.entries(traceContextOf(given) ?? {})]) {
    headers.push(extension(name, value));
  }
}

/** Bytes of texts that most events of a producer have in common, such as their type. Nobody writes to them. */
const sharedBytes = new Map<string, Uint8Array>();
const MOST_SHARED = 128;

function shared(text: string, name = ''): Uint8Array {
  const known = sharedBytes.get(text);
  if (known !== undefined) return known;
  const bytes = wellFormed(name, text);
  if (sharedBytes.size >= MOST_SHARED) sharedBytes.clear();
  sharedBytes.set(text, bytes);
  return bytes;
}

const CORE = new Set(['id', 'source', 'type', 'time', 'specversion', 'datacontenttype', 'data']);

function attribute(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 512) return value;
  const got = value === undefined ? 'nothing' : typeof value === 'string' ? `${value.length} characters` : typeof value;
  throw new InvalidEventError(
    `event ${name}: got ${got}, want a string of 1 to 512 characters; give every event an ${name}`,
  );
}

/**
 * The text as bytes. Half a surrogate pair has no UTF-8: it would be sent as U+FFFD, and two different ids or keys would
 * become one.
 */
function wellFormed(name: string, value: string): Uint8Array {
  const bytes = utf8(value);
  if (bytes.length === value.length || !/\p{Surrogate}/u.test(value)) return bytes;
  throw new InvalidEventError(
    `event ${name}: got text with half a surrogate pair, want text that has UTF-8; send bytes as bytes`,
  );
}

function contentType(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value)) return value;
  throw new InvalidEventError(
    `event contentType: got ${JSON.stringify(value)?.slice(0, 80)}, want a media type of 1 to 256 ASCII characters; leave it out for JSON and bytes`,
  );
}

function extensions(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new InvalidEventError(
    `event extensions: got ${Array.isArray(value) ? 'an array' : typeof value}, want an object of names and texts; leave it out for none`,
  );
}

function extension(name: string, value: unknown): KafkaHeader {
  if (!/^[a-z0-9]{1,64}$/.test(name) || CORE.has(name) || name.startsWith(RESERVED_PREFIX)) {
    throw new InvalidEventError(
      `event extension: got the name ${JSON.stringify(name.slice(0, 80))}, want 1 to 64 lower-case letters or digits that are no CloudEvents attribute; rename it`,
    );
  }
  if (typeof value !== 'string') {
    throw new InvalidEventError(`event extension ${name}: got ${typeof value}, want a string; convert it`);
  }
  return [`${CE_PREFIX}${name}`, wellFormed(`extension ${name}`, value)];
}

/** Kafka's header names are told apart by case; who reads them elsewhere may not do so. */
const isOurs = (name: string): boolean =>
  name.startsWith(CE_PREFIX) || name.startsWith(RESERVED_PREFIX) || name === CONTENT_TYPE;

function ownHeaders(given: unknown): KafkaHeader[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const got = given === null ? 'null' : Array.isArray(given) ? 'an array' : typeof given;
    throw new InvalidEventError(
      `event headers: got ${got}, want an object of names and texts or bytes; leave it out for none`,
    );
  }
  return Object.entries(given).map(([name, value]: [string, unknown]) => {
    if (name.length < 1 || name.length > 256 || isOurs(name.toLowerCase())) {
      throw new InvalidEventError(
        `event header: got the name ${JSON.stringify(name.slice(0, 80))}, want 1 to 256 characters that are not content-type and do not begin with ce_ or lossless-; rename it, or give it as an attribute of the event`,
      );
    }
    wellFormed('header name', name);
    if (typeof value === 'string') return [name, wellFormed(`header ${name}`, value)];
    if (value instanceof Uint8Array) return [name, value];
    throw new InvalidEventError(
      `event header ${name}: got ${value === null ? 'null' : typeof value}, want a text or bytes; convert it`,
    );
  });
}

/** What CloudEvents asks for. `Date.parse` takes a good deal more. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

function time(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new InvalidEventError(
    `event time: got ${JSON.stringify(value)?.slice(0, 80)}, want an RFC 3339 time such as 2026-01-02T03:04:05Z; leave it out to use the time of the call`,
  );
}

function key(value: NewEvent['key']): Uint8Array | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return wellFormed('key', value);
  if (value instanceof Uint8Array) return value;
  throw new InvalidEventError(`event key: got ${typeof value}, want a string, bytes or null; convert it`);
}

function data(value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return value;
  if (value === undefined) {
    throw new InvalidEventError(
      'event data: got undefined, want a value that JSON can hold, bytes, or null; give the event data',
    );
  }
  const json = jsonOf(value);
  if ('text' in json) return utf8(json.text);
  throw new InvalidEventError(
    `event data${json.path}: got a value that JSON cannot hold (${json.what}), want plain data, bytes or null; ${json.fix}`,
    { cause: json.cause },
  );
}

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
