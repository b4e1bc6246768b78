import withoutAborted from 'kafkajs/src/consumer/filterAbortedMessages.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch, { type DecodedRecord } from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import type { KafkaHeader } from '../event/message';
import type { Fetched, Packed, ReadRecord } from './topic-reader';

/** What a broker answers to a fetch of one partition, as it came. */
export interface RecordSet {
  /** Batches of records one after the other, of which the last may be cut off. */
  readonly bytes: Buffer;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
}

/** The head of a batch (Kafka protocol guide, "Record Batch"): where its fields lie. */
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const HEAD_BYTES = 61;
/** `length` counts what comes after it. */
const BEFORE_LENGTH = 12;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** Those that kafkajs comes with. */
const UNPACKED = new Set(['none', 'gzip']);

/**
 * The records of a fetch from `offset` on. Batches in a codec that the client does not have are named, and those after them read.
 * @throws Error for a batch of a format that Kafka has not written since 0.11
 */
export async function recordsIn({ bytes, abortedTransactions }: RecordSet, offset: number): Promise<Fetched> {
  const decoded: DecodedRecord[] = [];
  const packed: Packed[] = [];
  let next = offset;
  for (const batch of batchesIn(bytes)) {
    if (batch.codec !== undefined && UNPACKED.has(batch.codec)) decoded.push(...(await decodeBatch(new Decoder(batch.bytes))).records);
    else if (batch.to >= offset) packed.push({ from: Math.max(batch.from, offset), to: batch.to, codec: batch.codec ?? 'unknown' });
    next = Math.max(next, batch.to + 1);
  }
  const committed = withoutAborted({ messages: decoded, abortedTransactions });
  const records = committed.filter(({ isControlRecord }) => !isControlRecord).map(readRecord);
  return { records: records.filter((record) => record.offset >= offset), packed, next };
} // prettier-ignore

interface Batch {
  readonly from: number;
  readonly to: number;
  readonly codec: string | undefined;
  readonly bytes: Buffer;
}

function* batchesIn(bytes: Buffer): Iterable<Batch> {
  for (let at = 0; bytes.length - at >= HEAD_BYTES;) {
    const magic = bytes.readInt8(at + MAGIC_AT);
    if (magic !== MAGIC) throw new Error(`records of Kafka: got format ${magic}, want ${MAGIC}, which Kafka has written since 0.11; they cannot be sent again from here`); // prettier-ignore
    const end = at + BEFORE_LENGTH + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) return;
    const from = Number(bytes.readBigInt64BE(at));
    const to = from + bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT);
    const codec = CODECS[bytes.readInt16BE(at + ATTRIBUTES_AT) & CODEC_MASK];
    yield { from, to, codec, bytes: bytes.subarray(at, end) };
    at = end;
  }
}

const readRecord = ({ offset, timestamp, key, value, headers }: DecodedRecord): ReadRecord => ({
  ...{ offset: Number(offset), timestamp: Number(timestamp), key, value },
  headers: Object.entries(headers).flatMap(([name, values]): KafkaHeader[] =>
    isList(values) ? values.map((each) => [name, each] as const) : [[name, values]],
  ),
});

/** kafkajs gathers the headers of one name in a list. */
const isList = (values: DecodedRecord['headers'][string]): values is readonly (Buffer | null)[] =>
  Array.isArray(values);
