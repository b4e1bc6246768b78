import { isUtf8 } from 'node:buffer';
import { CE_PREFIX, CONTENT_TYPE } from '../contract';
import type { KafkaHeader, KafkaMessage } from './message';
import { membersOf } from './json/members';

/**
 * What a record says of its event by the CloudEvents Kafka binding 1.0.2, in binary or structured mode. Names in lower case,
 * of several headers of a name the last: so read the SDKs of Java and Go.
 */
export interface KafkaAttributes {
  /** Context attributes as bytes, extensions among them, without `datacontenttype`. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly contentType?: string;
  /** In binary mode the record's value, in structured mode the event's `data` as bytes. */
  readonly data: Uint8Array | null;
  /** The record is an event in a form that this version cannot read: got what, want what. Holds no payload. */
  readonly unreadable?: string;
}

export function kafkaAttributes({ headers, value }: Pick<KafkaMessage, 'headers' | 'value'>): KafkaAttributes {
  const { values, mediaType } = headerAttributes(headers);
  const contentType = mediaType ?? textOf(values.get('datacontenttype'));
  values.delete('datacontenttype');
  const plain = { values, contentType, data: value };
  // A null value has no envelope that could be read: it is what binary mode makes of it.
  if (value === null || mediaType === undefined || !/^\s*application\/cloudevents/i.test(mediaType)) return plain;
  const read = structured(value, mediaType);
  // Headers may say the same (3.3.3); of what cannot be read they are all that is known, when it is sent back too.
  return typeof read === 'string' ? { ...plain, unreadable: read } : read;
}

function headerAttributes(headers: readonly KafkaHeader[]) {
  const values = new Map<string, Uint8Array>();
  let mediaType: string | undefined;
  for (const [name, value] of headers) {
    const known = name.toLowerCase();
    if (known === CONTENT_TYPE) mediaType = textOf(value);
    else if (!known.startsWith(CE_PREFIX)) continue;
    else if (value === null) values.delete(known.slice(CE_PREFIX.length));
    else values.set(known.slice(CE_PREFIX.length), value);
  }
  return { values, mediaType };
}

/** JSON event format 1.0. A text says why it is none. */
function structured(value: Uint8Array, mediaType: string): KafkaAttributes | string {
  const wrongForm = formOf(mediaType);
  if (wrongForm) return wrongForm;
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    return `structured event: got ${value.length} bytes that are no JSON in UTF-8, want one event as a JSON object`;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return `structured event: got ${Array.isArray(parsed) ? 'a list' : 'no object'}, want one event as a JSON object`;
  }
  const fields = new Map(Object.entries(parsed).filter(([, field]) => field !== null));
  if (fields.get('specversion') !== '1.0') return `structured event: got no specversion 1.0, want 1.0`;
  return fromFields(fields, membersOf(text));
}

/** Why no event can be read under this media type; undefined for one event as JSON in UTF-8. */
function formOf(mediaType: string): string | undefined {
  const [essence = '', ...parameters] = mediaType.split(';').map((part) => part.trim().toLowerCase());
  const got = `content-type: got ${essence.slice(0, 80)}`;
  if (essence.startsWith('application/cloudevents-batch')) {
    return `${got}, want one event a record: CloudEvents has no batched mode on Kafka`;
  }
  if (essence !== 'application/cloudevents+json' && essence !== 'application/cloudevents') {
    return `${got}, want application/cloudevents+json`;
  }
  const charset = parameters.find((parameter) => /^charset\s*=/.test(parameter))?.replace(/^charset\s*=\s*"?|"$/g, '');
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii'
    ? undefined
    : `content-type: got charset ${charset.slice(0, 40)}, want utf-8`;
}

/** @param written - the members' texts as they stand: written anew, a number may be another */
function fromFields(
  fields: ReadonlyMap<string, unknown>,
  written: ReadonlyMap<string, string>,
): KafkaAttributes | string {
  const values = new Map<string, Uint8Array>();
  for (const [name, field] of fields) {
    if (name === 'data' || name === 'data_base64') continue;
    const isScalar = typeof field === 'string' || typeof field === 'boolean' || Number.isSafeInteger(field);
    if (!isScalar) {
      return `structured event, ${name.slice(0, 80)}: got ${typeof field}, want a text, a whole number up to 2^53 or a boolean`;
    }
    values.set(name, Buffer.from(typeof field === 'string' ? field : (written.get(name) ?? '')));
  }
  for (const name of ['id', 'source', 'type']) {
    if (typeof fields.get(name) === 'string' && fields.get(name) !== '') continue;
    return `structured event, ${name}: got nothing, want a text that is not empty`;
  }
  // JSON that says no more is application/json (JSON format, 3.1).
  const contentType = textOf(values.get('datacontenttype')) ?? (fields.has('data') ? 'application/json' : undefined);
  values.delete('datacontenttype');
  const data = dataOf(fields, written, contentType);
  return typeof data === 'string' ? data : { values, contentType, data };
}

/** JSON data as it stands in the event. */
function dataOf(
  fields: ReadonlyMap<string, unknown>,
  written: ReadonlyMap<string, string>,
  contentType: string | undefined,
): Uint8Array | null | string {
  const [data, encoded] = [fields.get('data'), fields.get('data_base64')];
  if (encoded !== undefined) {
    const right = typeof encoded === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0;
    if (data !== undefined) return 'structured event: got data and data_base64, want one of them';
    return right ? Buffer.from(encoded, 'base64') : 'structured event, data_base64: got no base64, want base64';
  }
  if (data === undefined) return null;
  const isJson = /[/+]json\b/i.test(contentType ?? '');
  return Buffer.from(typeof data === 'string' && !isJson ? data : (written.get('data') ?? ''));
}

/**
 * UTF-8, or where it is none the bytes as `0x` and hexadecimal digits: two texts that differ in a byte that is no UTF-8
 * would both hold U+FFFD in its place, and two events would become one.
 */
export function textOf(bytes: Uint8Array): string;
export function textOf(bytes: Uint8Array | null | undefined): string | undefined;
export function textOf(bytes: Uint8Array | null | undefined): string | undefined {
  if (bytes === null || bytes === undefined) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return !text.includes('\ufffd') || isUtf8(bytes) ? text : `0x${buffer.toString('hex')}`;
}
