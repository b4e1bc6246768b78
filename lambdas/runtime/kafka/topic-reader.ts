import type { KafkaMessage } from '../event/message';
import type { Coordinates } from '../event/event';

/** One record as it lies in its partition. */
export type ReadRecord = Omit<Coordinates, 'topic' | 'partition'> & KafkaMessage;

/** Records that are there and that the client cannot unpack. */
export interface Packed {
  /** First and last offset. */
  readonly from: number;
  readonly to: number;
  /** Kafka's name of the codec. */
  readonly codec: string;
}

export interface Fetched {
  /** In the order of their offsets, without control records and those of aborted transactions, as the mapping hands them over. */
  readonly records: readonly ReadRecord[];
  readonly packed: readonly Packed[];
  /** Offset after the last that was looked at. The same as was asked for: nothing was there yet. */
  readonly next: number;
}

/** Offsets of a partition that can be read: from `start`, which is the first that is still there, to below `end`. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** Reads a topic by partition and offset, as no member of a group: nobody's offset is moved, and no right on a group is needed. */
export interface TopicReader {
  /** Undefined: there is no such partition. Rejects when Kafka did not answer, or may not be asked. */
  bounds(topic: string, partition: number): Promise<Bounds | undefined>;
  /** A few megabytes from that offset on, at least one batch of records where there is one. Rejects likewise. */
  fetch(topic: string, partition: number, offset: number): Promise<Fetched>;
  close(): Promise<void>;
}
