import { createHash } from 'node:crypto';
import {
  CE_ID,
  CE_PREFIX,
  CE_SOURCE,
  CE_SPECVERSION,
  CE_TIME,
  CE_TYPE,
  CONTENT_TYPE,
  RESERVED_PREFIX,
} from './contract';
import { LosslessError } from './errors';

/** An event as a producer is given it: CloudEvents 1.0 attributes, `key` being `partitionkey`. */
export interface NewEvent {
  /** With `source` it identifies the event for ever: publish the same event again under the same id. 1–512 characters. */
  readonly id: string;
  /** For example `order.placed`. 1–512 characters. */
  readonly type: string;
  /** @default - the source of the producer's environment, which names the function's construct */
  readonly source?: string;
  /** RFC 3339, as `Date.toISOString` writes it. @default - the time of the call */
  readonly time?: string;
  /** Events of one key are applied in the order they were acknowledged. @default - no key: no order */
  readonly key?: string | Uint8Array | null;
  /** A value that JSON can hold, or bytes as they are. `null` makes a tombstone. */
  readonly data: unknown;
  /** @default 'application/json', or 'application/octet-stream' for bytes */
  readonly contentType?: string;
  /** CloudEvents extension attributes: lower-case letters and digits. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** Key, value and headers as Kafka stores them. Null is not empty. Header order and repeats are kept. */
export interface KafkaMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly KafkaHeader[];
}
export type KafkaHeader = readonly [name: string, value: Uint8Array];

/** Where a record lies in Kafka. `timestamp` in epoch milliseconds. */
export interface Coordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/** A record seen as an event. */
export interface Event {
  readonly id: string;
  readonly source: string;
  /** Empty for a foreign record without `ce_type`. */
  readonly type: string;
  readonly time?: string;
  readonly contentType?: string;
  readonly key: Uint8Array | null;
  /** The record's value, undecoded; null for a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: readonly KafkaHeader[];
}

/** The value of the first header of that name, as UTF-8. */
export function headerText(headers: readonly KafkaHeader[], name: string): string | undefined {
  const found = headers.find(([header]) => header === name);
  return found && Buffer.from(found[1]).toString('utf8');
}

/** The event in a record. A foreign record without `ce_id` gets its coordinates as id and its topic as source. */
export function eventOf(message: KafkaMessage, at: Coordinates): Event {
  const text = (name: string) => headerText(message.headers, name);
  const id = text(CE_ID);
  return {
    id: id || `${at.topic}-${at.partition}-${at.offset}-${at.timestamp}`,
    source: (id && text(CE_SOURCE)) || at.topic,
    type: text(CE_TYPE) ?? '',
    time: text(CE_TIME),
    contentType: text(CONTENT_TYPE),
    ...message,
  };
}

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

/** SHA-256 in hex over parts with their lengths in front, so that no two lists of parts run into the same text. */
export function hashOf(...parts: readonly (string | Uint8Array | null)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? utf8(part) : part;
    hash.update(bytes === null ? 'null:' : `${bytes.length}:`);
    if (bytes !== null) hash.update(bytes);
  }
  return hash.digest('hex');
}

/** What two deliveries of one event id must share: key, value and type; no other header, no time. */
export const contentHash = (event: Pick<Event, 'key' | 'value' | 'type'>): string =>
  hashOf(event.key, event.value, event.type);

/** CloudEvents binary content mode on Kafka. Throws `InvalidEventError` for what cannot be sent. */
export function encodeEvent(event: NewEvent, defaults: { source: string; now: () => Date }): KafkaMessage {
  if (typeof event !== 'object' || (event as unknown) === null) {
    const got = event === null ? 'null' : typeof event;
    throw new InvalidEventError(`event: got ${got}, want an object with id, type and data; give one`);
  }
  const bytes = event.data instanceof Uint8Array;
  const headers: KafkaHeader[] = [
    [CE_SPECVERSION, utf8('1.0')],
    [CE_ID, utf8(attribute('id', event.id))],
    [CE_SOURCE, utf8(attribute('source', event.source ?? defaults.source))],
    [CE_TYPE, utf8(attribute('type', event.type))],
    [CE_TIME, utf8(time(event.time) ?? defaults.now().toISOString())],
    [CONTENT_TYPE, utf8(contentType(event.contentType) ?? (bytes ? 'application/octet-stream' : 'application/json'))],
  ];
  for (const [name, value] of Object.entries(extensions(event.extensions))) headers.push(extension(name, value));
  return { key: key(event.key), value: data(event.data), headers };
}

const CORE = new Set(['id', 'source', 'type', 'time', 'specversion', 'datacontenttype', 'data', 'partitionkey']);

function attribute(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 512) return wellFormed(name, value);
  const got = value === undefined ? 'nothing' : typeof value === 'string' ? `${value.length} characters` : typeof value;
  throw new InvalidEventError(
    `event ${name}: got ${got}, want a string of 1 to 512 characters; give every event an ${name}`,
  );
}

/**
 * Half a surrogate pair has no UTF-8: it would be sent as U+FFFD, and two different ids or keys would become one.
 */
function wellFormed(name: string, value: string): string {
  if (!/\p{Surrogate}/u.test(value)) return value;
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
  return [`${CE_PREFIX}${name}`, utf8(wellFormed(`extension ${name}`, value))];
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
  if (typeof value === 'string') return utf8(wellFormed('key', value));
  if (value instanceof Uint8Array) return value;
  throw new InvalidEventError(`event key: got ${typeof value}, want a string, bytes or null; convert it`);
}

function data(value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return value;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new InvalidEventError(
      'event data: got a value that JSON cannot hold, want plain data; remove cycles and bigints',
      { cause },
    );
  }
  if (text === undefined) {
    throw new InvalidEventError(
      `event data: got ${typeof value}, want a value that JSON can hold, bytes, or null; give the event data`,
    );
  }
  return utf8(text);
}

/** The event itself is wrong: nothing was sent. */
export class InvalidEventError extends LosslessError {
  constructor(message: string, options?: ErrorOptions) {
    super('INVALID_EVENT', message, options);
  }
}
