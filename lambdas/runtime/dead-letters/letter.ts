import type { ConsumerRecord } from '../event/records';
import { asideObject, parkedObject, type DeadLetter, type ParkReason, type StoredHeader } from '../contract';
import { LosslessError } from '../contract/errors';
import { hashOf, type Event } from '../event/event';
import { type KafkaHeader, type KafkaMessage } from '../event/message';
import type { ObjectStore } from '../stores/object-store';

/** Why an event is parked. */
export interface ParkCause {
  readonly reason: ParkReason;
  /** One sentence for a person. Holds no payload. */
  readonly detail: string;
}

/** The dead letter of a record of a topic. */
export function deadLetter(
  { record, event }: { record: ConsumerRecord; event: Pick<Event, 'source' | 'id'> },
  at: { readonly cluster: string; readonly group: string; readonly nowMs: number },
  cause: ParkCause,
  effect: DeadLetter['effect'] = 'none',
): DeadLetter {
  return {
    version: 1,
    cluster: at.cluster,
    group: at.group,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    ...storedMessage(record),
    raw: record.undecodable?.raw,
    source: event.source,
    id: event.id,
    reason: cause.reason,
    detail: cause.detail,
    effect,
    parkedAt: new Date(at.nowMs).toISOString(),
  };
}

/** The same record always gets the same name, so that parking it twice leaves one object that says the same. */
export const deadLetterName = (letter: DeadLetter): string => parkedObject({ ...letter, hash: letterHash(letter) });

/**
 * Puts a dead letter under its name and returns that name. What lies there already is the same record, parked before.
 *
 * @throws what the store throws when it did not confirm: the object may be there or not
 */
export async function putDeadLetter(store: ObjectStore, bucket: string, letter: DeadLetter): Promise<string> {
  const name = deadLetterName(letter);
  await store.putIfAbsent(bucket, name, JSON.stringify(letter));
  return name;
}

/**
 * Puts an event aside that never reached its topic (`group` `-`, `partition` and `offset` −1) and returns the object's
 * name. Its time in the name is the letter's `timestamp`: putting the same letter aside again leaves one object.
 *
 * @throws what the store throws when it did not confirm: the object may be there or not
 */
export async function putAside(store: ObjectStore, bucket: string, letter: DeadLetter): Promise<string> {
  const { cluster, topic, timestamp } = letter;
  const name = asideObject({ cluster, topic, atMs: timestamp, hash: letterHash(letter) });
  await store.putIfAbsent(bucket, name, JSON.stringify(letter));
  return name;
}

/** Coordinates, timestamp, bytes, and what is known of the effect; not the reason, nor when it was parked. */
function letterHash({ topic, partition, offset, timestamp, key, value, headers, raw, effect }: DeadLetter): string {
  const coordinates = [topic, ...[partition, offset, timestamp].map(String)];
  return hashOf(...coordinates, key, value, JSON.stringify(headers), raw ?? null, effect);
}

/** Key, value and headers in base64. */
export function storedMessage({ key, value, headers }: KafkaMessage): Pick<DeadLetter, 'key' | 'value' | 'headers'> {
  const stored = ([name, content]: KafkaHeader): StoredHeader => [name, content && base64(content)];
  return { key: key && base64(key), value: value && base64(value), headers: headers.map(stored) };
}

/**
 * Key, value and headers byte for byte as they were on the record.
 *
 * @throws LosslessError INVALID_DEAD_LETTER for a record that could not be read: what it holds in their place is not it
 */
export function messageOf(stored: Pick<DeadLetter, 'key' | 'value' | 'headers' | 'raw'>): KafkaMessage {
  if (stored.raw !== undefined) {
    throw new LosslessError(
      'INVALID_DEAD_LETTER',
      'dead letter: got a record that could not be read, want its key, value and headers; read them from its `raw` and publish the event under its id',
    );
  }
  return {
    key: stored.key === null ? null : Buffer.from(stored.key, 'base64'),
    value: stored.value === null ? null : Buffer.from(stored.value, 'base64'),
    headers: stored.headers.map(([name, value]): KafkaHeader => [
      name,
      value === null ? null : Buffer.from(value, 'base64'),
    ]),
  };
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/**
 * A dead letter as it was put.
 *
 * @throws LosslessError INVALID_DEAD_LETTER for an object that is none
 */
export function parseDeadLetter(text: string, name: string): DeadLetter {
  const fail = (got: string, cause?: unknown) =>
    new LosslessError('INVALID_DEAD_LETTER', `dead letter ${name}: got ${got}, want version 1 as the runtime puts it; look at the object by hand`, { cause }); // prettier-ignore
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw fail('no JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null) throw fail('no object');
  const fields = parsed as Record<string, unknown>;
  const wrong = Object.entries(LETTER).find(([field, isRight]) => !isRight(fields[field]));
  if (wrong) throw fail(`an unfit ${wrong[0]}`);
  return parsed as DeadLetter;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value);
const isBytes = (value: unknown): boolean => value === null || isText(value);
const isHeaders = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && isText(pair[0]) && isBytes(pair[1]));

const LETTER: { readonly [Field in keyof DeadLetter]-?: (value: unknown) => boolean } = {
  version: (value) => value === 1,
  cluster: isText,
  group: isText,
  topic: isText,
  partition: isWhole,
  offset: isWhole,
  // Nanoseconds, say, are kept as they were.
  timestamp: Number.isInteger,
  key: isBytes,
  value: isBytes,
  headers: isHeaders,
  raw: (value) => value === undefined || isText(value),
  source: isText,
  id: isText,
  reason: isText,
  detail: isText,
  effect: isText,
  parkedAt: isText,
};
