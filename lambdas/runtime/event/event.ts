import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { CE_TRACEPARENT, CE_TRACESTATE } from '../contract';
import { thrownName } from '../contract/errors';
import { kafkaAttributes, textOf } from './cloudevents-kafka';
import type { KafkaHeader, KafkaMessage } from './message';
import { traceContextOf, type TraceContext } from './trace-context';

/** Where a record lies in Kafka. */
export interface Coordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, as a producer or the broker wrote it; what `timeOf` does not know is kept and says nothing. */
  readonly timestamp: number;
}

/** The last millisecond of the year 9999, after which RFC 3339 has no times. */
const LAST_TIME_MS = 253_402_300_799_999;

/**
 * The record's time in epoch milliseconds; undefined for Kafka's −1, and for what can be none, such as nanoseconds.
 */
export const timeOf = ({ timestamp }: Pick<Coordinates, 'timestamp'>): number | undefined =>
  timestamp >= 0 && timestamp <= LAST_TIME_MS ? timestamp : undefined;

/** A record seen as an event: CloudEvents in binary or structured mode, or a foreign record. */
export interface Event {
  /** Bytes that are no UTF-8 stand here in hexadecimal, after `0x`; so with `source` and `type`. */
  readonly id: string;
  readonly source: string;
  /** Empty for a foreign record without `ce_type`. */
  readonly type: string;
  readonly time?: string;
  readonly contentType?: string;
  /** Every other CloudEvents attribute by its name: `subject`, `dataschema`, `partitionkey` and all extensions. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly key: Uint8Array | null;
  /** The event's data, undecoded: the record's value, or in structured mode the `data` in it. Null for a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: readonly KafkaHeader[];
  /** The trace in which the event was made; of a foreign record, what instrumentation put into its headers. */
  readonly trace?: TraceContext;
}

/** The value of the last header of that name, as UTF-8; undefined for none and for null. */
export function headerText(headers: readonly KafkaHeader[], name: string): string | undefined {
  const value = headers.findLast(([header]) => header === name)?.[1];
  return value ? utf8Text(value) : undefined;
}

/** How the id of a foreign record is told: the header that holds it, or a function of the record. */
export type EventId<R = KafkaMessage & Coordinates> = { readonly header: string } | ((record: R) => string);

/** An event, and what it is known by for ever. */
export interface IdentifiedEvent {
  readonly event: Event;
  /** Source and id: as bytes where they are no UTF-8, so that no two events share them. */
  readonly identity: readonly [source: string | Uint8Array, id: string | Uint8Array];
  /** The record brought no id of its own. */
  readonly isForeign: boolean;
  /** The event in the record, or its id, cannot be read: why. Holds no payload. Its id is then that of its coordinates. */
  readonly undecodable?: string;
}

/** The event in a record. A foreign record without `ce_id` gets its coordinates as id and its topic as source. */
export const eventOf = (message: KafkaMessage, at: Coordinates): Event => identifiedEvent({ ...message, ...at }).event;

/**
 * The event in a record, and its identity. Never throws.
 *
 * @param eventId - tells the id of a foreign record, whose source is its topic. @default - its coordinates
 */
export function identifiedEvent(record: KafkaMessage & Coordinates, eventId?: EventId): IdentifiedEvent {
  const { values, contentType, data, unreadable } = kafkaAttributes(record);
  const given = values.get('id');
  const isForeign = given === undefined || given.length === 0;
  const told = isForeign && eventId ? toldId(record, eventId) : undefined;
  const sent = isForeign ? undefined : values.get('source');
  const source = sent && sent.length > 0 ? textOf(sent) : record.topic;
  const id = isForeign ? (told?.id ?? coordinatesId(record)) : textOf(given);
  const event = {
    ...{ id, source, type: textOf(values.get('type')) ?? '' },
    ...{ time: textOf(values.get('time')), contentType, attributes: othersOf(values) },
    ...{ key: record.key, value: data, headers: record.headers },
    trace: traceContextOf({ traceparent: textOf(values.get('traceparent')), tracestate: textOf(values.get('tracestate')) }) ?? traceOf(record.headers), // prettier-ignore
  };
  return {
    event,
    isForeign,
    identity: [exact(source, sent), exact(id, isForeign ? undefined : given)],
    // An event in a form that only its consumer knows may be told apart all the same.
    undecodable: told?.undecodable ?? (told ? undefined : unreadable),
  };
}

const coordinatesId = ({ topic, partition, offset, timestamp }: Coordinates): string =>
  `${topic}-${partition}-${offset}-${timestamp}`;

/** The text where it is what the bytes say; else the bytes, as no other text may come to share them. */
const exact = (text: string, bytes: Uint8Array | undefined): string | Uint8Array =>
  bytes !== undefined && text.startsWith('0x') && !isUtf8(bytes) ? bytes : text;

function toldId(
  record: KafkaMessage & Coordinates,
  eventId: EventId,
): { readonly id?: string; readonly undecodable?: string } {
  if (typeof eventId === 'object') {
    const id = textOf(record.headers.findLast(([name]) => name === eventId.header)?.[1]);
    if (id !== undefined && id !== '') return { id };
    return { undecodable: `event id: got no header ${JSON.stringify(eventId.header.slice(0, 80))}, want one that is not empty` }; // prettier-ignore
  }
  try {
    const id: unknown = eventId(record);
    if (typeof id === 'string' && id !== '' && !/\p{Surrogate}/u.test(id)) return { id };
    const got = typeof id === 'string' ? 'a text that is empty or has no UTF-8' : typeof id;
    return { undecodable: `event id: got ${got}, want a text from eventId` };
  } catch (error) {
    // Its message may quote the payload.
    return {
      undecodable: `event id: eventId threw ${thrownName(error)}`,
    };
  }
}

const OWN = new Set(['id', 'source', 'type', 'time', 'specversion']);
const NO_OTHERS: Event['attributes'] = Object.freeze(Object.create(null) as Record<string, string>);

/** Without a prototype, as `__proto__` is a name. */
function othersOf(values: ReadonlyMap<string, Uint8Array>): Event['attributes'] {
  let others: Record<string, string> | undefined;
  for (const [name, value] of values) {
    if (!OWN.has(name)) (others ??= Object.create(null) as Record<string, string>)[name] = textOf(value);
  }
  return others ?? NO_OTHERS;
}

/** The event's own trace, else one that instrumentation of a foreign producer wrote. */
export function traceOf(headers: readonly KafkaHeader[]): TraceContext | undefined {
  const found: Record<string, string> = {};
  for (const [name, value] of headers) if (value && TRACE_HEADERS.has(name)) found[name] = utf8Text(value);
  return (
    traceContextOf({ traceparent: found[CE_TRACEPARENT], tracestate: found[CE_TRACESTATE] }) ?? traceContextOf(found)
  );
}

const TRACE_HEADERS = new Set([CE_TRACEPARENT, CE_TRACESTATE, 'traceparent', 'tracestate']);

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const utf8Text = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');

/** SHA-256 in hex over parts with their lengths in front, so that no two lists of parts run into the same text. */
export function hashOf(...parts: readonly (string | Uint8Array | null)[]): string {
  const runs: Uint8Array[] = [];
  let text = '';
  for (const part of parts) {
    if (part === null) text += 'null:';
    else if (typeof part === 'string') text += `${Buffer.byteLength(part)}:${part}`;
    else {
      runs.push(utf8(`${text}${part.length}:`), part);
      text = '';
    }
  }
  // At once: a hash object, and each update of it, cost more than what a small event adds.
  return hash('sha256', runs.length === 0 ? text : Buffer.concat([...runs, utf8(text)]));
}

/** What two deliveries of one event id must share: key, value and type; no other header, no time. */
export const contentHash = (event: Pick<Event, 'key' | 'value' | 'type'>): string =>
  hashOf(event.key, event.value, event.type);
