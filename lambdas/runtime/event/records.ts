import { isDeepStrictEqual } from 'node:util';
import { clipped } from '../watching/clipped';
import { LosslessError } from '../contract/errors';
import type { Coordinates } from './event';
import type { KafkaMessage } from './message';
import { decodeWire, isObject, shapeOf, type Undecodable, type Wire } from './wire';

/** One Kafka record as the mapping hands it over: null is not empty, header order and repeats are kept. */
export interface ConsumerRecord extends Coordinates, KafkaMessage {
  /** Never on what a handler is given: a record that cannot be read is parked, whole. */
  readonly undecodable?: Undecodable;
}

/** What one invocation was given. */
export interface RecordBatch {
  /** ARN of the cluster; none from a self-managed one. */
  readonly eventSourceArn?: string;
  /** By the mapping's own name of a partition, `<topic>-<partition>`; in offset order, equal copies of a record once. */
  readonly partitions: ReadonlyMap<string, readonly ConsumerRecord[]>;
  /** By the same name: partitions with an entry that cannot be told apart. Nothing of them may be settled. */
  readonly refused: ReadonlyMap<string, RefusedPartition>;
}

/** An entry contradicts the partition's name or has no offset: it may lie before or after any of its neighbours. */
export interface RefusedPartition {
  /** Of its other entries, in order. They are reported; where there is none, the whole batch has to fail. */
  readonly offsets: readonly number[];
  readonly error: LosslessError;
}

/**
 * The records of a mapping's event, checked and decoded. A record whose coordinates are known but whose content cannot be read is
 * among them, and says so.
 *
 * @throws LosslessError INVALID_RECORD_BATCH for what no Kafka mapping sends. Then the whole batch has to fail.
 */
export function recordBatch(event: unknown): RecordBatch {
  const { eventSource, eventSourceArn, records } = object(event, 'event');
  if (eventSource !== 'aws:kafka' && eventSource !== 'SelfManagedKafka') {
    throw invalid('event.eventSource', JSON.stringify(eventSource), "'aws:kafka' or 'SelfManagedKafka'");
  }
  const partitions = new Map<string, readonly ConsumerRecord[]>();
  const refused = new Map<string, RefusedPartition>();
  for (const [name, list] of Object.entries(object(records, 'event.records'))) {
    const read = partitionOf(name, list, `event.records[${name}]`);
    if ('error' in read) refused.set(name, read);
    else partitions.set(name, read);
  }
  return { eventSourceArn: typeof eventSourceArn === 'string' ? eventSourceArn : undefined, partitions, refused };
}

/**
 * Whether the records are of that cluster: the mapping says its ARN, and of a self-managed one nothing, so that only what is
 * no Amazon MSK cluster can be meant. Another cluster's topic may have the same name.
 *
 * @param cluster - as the function's environment names it
 */
export const isFrom = ({ eventSourceArn }: Pick<RecordBatch, 'eventSourceArn'>, cluster: string): boolean =>
  eventSourceArn === undefined ? !/^arn:[^:]*:kafka:/.test(cluster) : eventSourceArn === cluster;

function partitionOf(name: string, list: unknown, where: string): readonly ConsumerRecord[] | RefusedPartition {
  if (!Array.isArray(list)) return { offsets: [], error: invalid(where, shapeOf(list), 'a list of records') };
  const { topic, partition } = placeOf(name);
  const records: ConsumerRecord[] = [];
  let error: LosslessError | undefined;
  for (const [index, entry] of (list as unknown[]).entries()) {
    if (isObject(entry) && entry['topic'] === topic && entry['partition'] === partition && isOffset(entry['offset'])) {
      records.push({ topic, partition, offset: entry['offset'], ...decodeWire(entry) });
    } else error ??= stranger(entry, name, `${where}[${index}]`);
  }
  records.sort((a, b) => a.offset - b.offset);
  if (error) return { offsets: records.map(({ offset }) => offset), error };
  return records.filter((record, i) => record.offset !== records[i - 1]?.offset || !isDeepStrictEqual(record, records[i - 1])); // prettier-ignore
}

/** Topic and partition by their name, `<topic>-<partition>`; a topic may hold hyphens of its own. */
function placeOf(name: string): { readonly topic: string; readonly partition: number } {
  const [, topic = '', partition] = /^(.+)-(0|[1-9][0-9]*)$/.exec(name) ?? [];
  return { topic, partition: Number(partition ?? NaN) };
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Why an entry cannot be taken for a record of its partition. */
function stranger(entry: unknown, name: string, where: string): LosslessError {
  if (!isObject(entry)) return invalid(where, shapeOf(entry), `a record of ${name}`);
  const { topic, partition, offset } = entry;
  const given = `${String(topic)}-${String(partition)}`;
  if (given !== name || typeof partition !== 'number')
    return invalid(where, JSON.stringify(given), `a record of ${name}`);
  return invalid(`${where}.offset`, JSON.stringify(offset) ?? 'nothing', 'a whole number from 0 to 2^53 - 1');
}

function object(value: unknown, where: string): Wire {
  if (isObject(value)) return value;
  throw invalid(where, shapeOf(value), 'an object');
}

const invalid = (where: string, got: string | undefined, want: string): LosslessError =>
  new LosslessError(
    'INVALID_RECORD_BATCH',
    `${clipped(where, 300)}: got ${String(got).slice(0, 80)}, want ${clipped(want, 300)}; let a Kafka event source mapping invoke this function`,
  );
