import type { ConsumerRecord } from '../event/records';
import {
  CE_ID,
  CE_SOURCE,
  parkedObject,
  unsentObject,
  type DeadLetter,
  type ParkReason,
  type StoredHeader,
} from '../contract';
import { LosslessError } from '../contract/errors';
import { hashOf, headerText, type Event } from '../event/event';
import { type KafkaHeader, type KafkaMessage } from '../event/message';
import type { ObjectStore } from '../stores/object-store';

/** Why an event is parked. */
export interface ParkCause {
  readonly reason: ParkReason;
  /** One sentence for a person. Holds no payload. */
  readonly detail: string;
}

/** What is parked. */
export type Parkable =
  /** A record that a consumer group cannot apply. `effect`: what is known of it. @default 'none' */
  | {
      readonly kind: 'record';
      readonly group: string;
      readonly record: ConsumerRecord;
      readonly event: Pick<Event, 'source' | 'id'>;
      readonly effect?: DeadLetter['effect'];
    }
  /** An event that never reached its topic. `raw`: given for one that is not to be sent back as it is. */
  | {
      readonly kind: 'event';
      readonly topic: string;
      readonly message: StoredMessage;
      readonly timestamp: number;
      readonly raw?: string;
    }
  /** An object of the spill store that holds no events of the topic. */
  | {
      readonly kind: 'object';
      readonly topic: string;
      readonly name: string;
      readonly text: string;
      readonly timestamp: number;
    };

/** Key, value and headers in base64. */
export type StoredMessage = Pick<DeadLetter, 'key' | 'value' | 'headers'>;

/** Stands for group, partition and offset of what never reached its topic. */
const NOWHERE = { group: '-', partition: -1, offset: -1 } as const;

/** The dead letter of whatever is parked: all that it must hold stands here. */
export function deadLetter(
  what: Parkable,
  { reason, detail }: ParkCause,
  { cluster, nowMs }: { readonly cluster: string; readonly nowMs: number },
): DeadLetter {
  const { effect = 'none', ...content } = contentOf(what);
  return { version: 1, cluster, ...content, reason, detail, effect, parkedAt: new Date(nowMs).toISOString() };
}

type Content = Omit<DeadLetter, 'version' | 'cluster' | 'reason' | 'detail' | 'effect' | 'parkedAt'>;

function contentOf(what: Parkable): Content & Partial<Pick<DeadLetter, 'effect'>> {
  switch (what.kind) {
    case 'record': {
      const { group, record, event, effect } = what;
      const { topic, partition, offset, timestamp, undecodable } = record;
      const at = { group, topic, partition, offset, timestamp };
      return { ...at, ...storedMessage(record), raw: undecodable?.raw, source: event.source, id: event.id, effect };
    }
    case 'event': {
      const { topic, message, timestamp, raw } = what;
      const { key, value, headers } = message;
      return { ...NOWHERE, topic, timestamp, key, value, headers, raw, ...identityOf(message) };
    }
    case 'object': {
      const { topic, name, text, timestamp } = what;
      return { ...NOWHERE, topic, timestamp, key: null, value: null, headers: [], raw: text, source: '', id: name };
    }
  }
}

/** Source and id as its headers say; empty where they do not. */
export function identityOf(message: StoredMessage): Pick<DeadLetter, 'source' | 'id'> {
  const { headers } = messageOf(message);
  return { source: headerText(headers, CE_SOURCE) ?? '', id: headerText(headers, CE_ID) ?? '' };
}

/**
 * The same letter always gets the same name, so that parking it twice leaves one object that says the same. Of what never
 * reached its topic the name holds the `timestamp` in place of coordinates.
 */
export function deadLetterName(letter: DeadLetter): string {
  const hash = letterHash(letter);
  const isNowhere = letter.group === NOWHERE.group && letter.partition === NOWHERE.partition;
  return isNowhere ? unsentObject({ ...letter, atMs: letter.timestamp, hash }) : parkedObject({ ...letter, hash });
}

/**
 * Puts a dead letter under its name and returns that name. What lies there already is the same letter, parked before.
 *
 * @throws what the store throws when it did not confirm: the object may be there or not
 */
export async function putDeadLetter(store: ObjectStore, bucket: string, letter: DeadLetter): Promise<string> {
  const name = deadLetterName(letter);
  await store.putIfAbsent(bucket, name, JSON.stringify(letter));
  return name;
}

/**
 * Coordinates, timestamp, bytes, and what is known of the effect; not the reason, nor when it was parked. A letter that sends again
 * has a name of its own: the one that a consumer puts for the same record may be about to be deleted.
 */
function letterHash(letter: DeadLetter): string {
  const { topic, partition, offset, timestamp, key, value, headers, raw, effect, again } = letter;
  const coordinates = [topic, ...[partition, offset, timestamp].map(String)];
  const own = again === undefined ? [] : [`again ${again}`];
  return hashOf(...coordinates, key, value, JSON.stringify(headers), raw ?? null, effect, ...own);
}

/** Key, value and headers in base64. */
export function storedMessage({ key, value, headers }: KafkaMessage): StoredMessage {
  const stored = ([name, content]: KafkaHeader): StoredHeader => [name, content && base64(content)];
  return { key: key && base64(key), value: value && base64(value), headers: headers.map(stored) };
}

/**
 * Key, value and headers byte for byte as they were on the record.
 *
 * @throws LosslessError INVALID_DEAD_LETTER for a record that could not be read: what it holds in their place is not it
 */
export function messageOf(stored: StoredMessage & Pick<DeadLetter, 'raw'>): KafkaMessage {
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
  again: (value) => value === undefined || (isWhole(value) && Number(value) >= 0),
};
