import type { KafkaMessage } from 'kafkajs';
import type { Filter } from './filter';
import { exactOffset } from './positions';
import type { MappingSwitches } from './switches';

/** One record as it will stand in the event: encoded once, when it is polled. */
export interface PolledRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Epoch of the leader that wrote it: a later one at an offset already seen means that the log was cut off there. */
  readonly leaderEpoch: number;
  readonly json: string;
  /** Bytes of `json` in UTF-8. */
  readonly bytes: number;
  /** The filter takes it out: it is passed without a delivery. */
  readonly filteredOut: boolean;
}

/** What the client says of a record's batch; left out of its declared type. */
interface BatchContext {
  readonly partitionLeaderEpoch?: number;
  readonly timestampType?: number;
}
const LOG_APPEND_TIME = 1;

/** How records of one mapping are written. */
export interface RecordFormat extends Pick<MappingSwitches, 'nullKey' | 'nullValue'> {
  readonly topic: string;
  readonly filter: Filter | undefined;
}

/** A record in the shape Lambda gives it: base64 key and value, headers as lists of byte numbers. */
export function encodeRecord(format: RecordFormat, partition: number, message: KafkaMessage): PolledRecord {
  const { topic, nullKey, nullValue, filter } = format;
  const context = (message as { batchContext?: BatchContext }).batchContext;
  const offset = exactOffset(message.offset, partition);
  const timestamp = Number(message.timestamp);
  const timestampType = context?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
  const json =
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestamp},` +
    `"timestampType":"${timestampType}",${base64('key', message.key, nullKey)}${base64('value', message.value, nullValue)}` +
    `"headers":[${headers(message).join(',')}]}`;
  return {
    partition,
    offset,
    timestamp,
    leaderEpoch: context?.partitionLeaderEpoch ?? 0,
    json,
    bytes: Buffer.byteLength(json),
    filteredOut: filter !== undefined && !filter(message.value),
  };
}

function base64(name: string, bytes: Buffer | null, absent: MappingSwitches['nullKey']): string {
  if (bytes !== null) return `"${name}":"${bytes.toString('base64')}",`;
  switch (absent) {
    case 'null':
      return `"${name}":null,`;
    case 'absent':
      return '';
    case 'empty':
      return `"${name}":"",`;
  }
}

/** One object per header. The client keeps the order of names and of one name's repeats, not how they were interleaved. */
function headers(message: KafkaMessage): string[] {
  return Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map(
      (value) => `{${JSON.stringify(name)}:[${Buffer.from(value ?? '').join(',')}]}`,
    ),
  );
}

/** The records of one invocation: in offset order within a partition. */
export type Records = readonly PolledRecord[];

/** The parts of an event that are the same in every invocation of a mapping. */
export interface EventFrame {
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
  readonly topic: string;
}

/** Key of a partition in an event's `records`. */
export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`;

export function byPartition(records: Records): Map<number, PolledRecord[]> {
  const slices = new Map<number, PolledRecord[]>();
  for (const record of records) {
    const slice = slices.get(record.partition);
    if (slice) slice.push(record);
    else slices.set(record.partition, [record]);
  }
  return slices;
}

/** The event as JSON. */
export function encodeEvent(frame: EventFrame, records: Records): string {
  const slices = [...byPartition(records)].map(
    ([partition, slice]) =>
      `${JSON.stringify(partitionKey(frame.topic, partition))}:[${slice.map(({ json }) => json).join(',')}]`,
  );
  return `${head(frame)}${slices.join(',')}}}`;
}

/** Bytes of an event without its records. */
export const frameBytes = (frame: EventFrame): number => Buffer.byteLength(head(frame)) + 2;

/** Upper bound of the bytes one partition adds beside its records: key, quotes, colon, brackets, comma. */
export const partitionBytes = (frame: EventFrame, partition: number): number =>
  Buffer.byteLength(JSON.stringify(partitionKey(frame.topic, partition))) + 4;

const head = (frame: EventFrame): string =>
  `{"eventSource":"aws:kafka","eventSourceArn":${JSON.stringify(frame.eventSourceArn)},` +
  `"bootstrapServers":${JSON.stringify(frame.bootstrapServers)},"records":{`;
