import { LosslessError } from '../errors';
import type { Coordinates, KafkaHeader, KafkaMessage } from '../event';

/** One Kafka record as the mapping hands it over: null is not empty, header order and repeats are kept. */
export interface ConsumerRecord extends Coordinates, KafkaMessage {}

/** What one invocation was given. */
export interface RecordBatch {
  /** ARN of the cluster; none from a self-managed one. */
  readonly eventSourceArn?: string;
  /** By the mapping's own name of a partition, `<topic>-<partition>`; in offset order. */
  readonly partitions: ReadonlyMap<string, readonly ConsumerRecord[]>;
}

/**
 * The records of a mapping's event, checked and decoded.
 *
 * @throws LosslessError INVALID_RECORD_BATCH for what no Kafka mapping sends. Then the whole batch has to fail: a record
 * that cannot be told apart cannot be reported either.
 */
export function recordBatch(event: unknown): RecordBatch {
  const { eventSource, eventSourceArn, records } = object(event, 'event');
  if (eventSource !== 'aws:kafka' && eventSource !== 'SelfManagedKafka') {
    throw invalid('event.eventSource', eventSource, "'aws:kafka' or 'SelfManagedKafka'");
  }
  const partitions = new Map<string, readonly ConsumerRecord[]>();
  for (const [name, list] of Object.entries(object(records, 'event.records'))) {
    if (!Array.isArray(list)) throw invalid(`event.records[${name}]`, list, 'a list of records');
    const decoded = list.map((record, index) => recordOf(record, name, `event.records[${name}][${index}]`));
    partitions.set(
      name,
      decoded.sort((a, b) => a.offset - b.offset),
    );
  }
  return { eventSourceArn: typeof eventSourceArn === 'string' ? eventSourceArn : undefined, partitions };
}

function recordOf(value: unknown, name: string, where: string): ConsumerRecord {
  const { topic, partition, offset, timestamp, key, value: data, headers } = object(value, where);
  if (typeof topic !== 'string' || `${topic}-${String(partition)}` !== name) {
    throw invalid(where, `${String(topic)}-${String(partition)}`, `a record of ${name}`);
  }
  return {
    topic,
    partition: whole(partition, `${where}.partition`),
    offset: whole(offset, `${where}.offset`),
    timestamp: whole(timestamp, `${where}.timestamp`, -1),
    key: bytes(key, `${where}.key`),
    value: bytes(data, `${where}.value`),
    headers: headersOf(headers, `${where}.headers`),
  };
}

/** Base64; an absent key or value is a null one. */
function bytes(value: unknown, where: string): Uint8Array | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalid(where, typeof value, 'base64 text or null');
  return Buffer.from(value, 'base64');
}

/** One object of one name for each header, its value a list of bytes. */
function headersOf(value: unknown, where: string): KafkaHeader[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(where, typeof value, 'a list of headers');
  return value.flatMap((header, index) =>
    Object.entries(object(header, `${where}[${index}]`)).map(([name, list]): KafkaHeader => {
      // A Java byte is signed; either way it is the same eight bits.
      const isByte = (byte: unknown) => Number.isInteger(byte) && Number(byte) >= -128 && Number(byte) <= 255;
      const content = list ?? [];
      if (!Array.isArray(content) || !content.every(isByte))
        throw invalid(`${where}[${index}]`, typeof list, 'a list of bytes');
      return [name, Buffer.from(content as number[])];
    }),
  );
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(where, value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value, 'an object');
}

function whole(value: unknown, where: string, least = 0): number {
  if (Number.isSafeInteger(value) && Number(value) >= least) return Number(value);
  throw invalid(where, value, `a whole number from ${least}`);
}

const invalid = (where: string, got: unknown, want: string): LosslessError =>
  new LosslessError(
    'INVALID_RECORD_BATCH',
    `${where}: got ${String(JSON.stringify(got)).slice(0, 80)}, want ${want}; let a Kafka event source mapping invoke this function`,
  );
