import type { Admin } from 'kafkajs';
import type { StartingPosition } from '../template/mappings';

/**
 * An offset as the number it is in the event. JSON numbers are exact up to 2^53 - 1 only: above it two records would share
 * one, so their partition stands still instead.
 */
export function exactOffset(text: string, partition: number): number {
  const offset = Number(text);
  if (Number.isSafeInteger(offset)) return offset;
  throw new Error(
    `partition ${partition}: got the offset ${text}, want one below 2^53, as an event's numbers cannot tell larger ones apart; move the events to a new topic`,
  );
}

/** Offset each partition starts at when the group has none. Fixed once: LATEST asked again later would skip records. */
export async function startingOffsets(
  admin: Admin,
  topic: string,
  start: StartingPosition,
): Promise<ReadonlyMap<number, number>> {
  switch (start.kind) {
    case 'AT_TIMESTAMP': {
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, start.timestamp);
      return new Map(found.map(({ partition, offset }) => [partition, exactOffset(offset, partition)]));
    }
    case 'TRIM_HORIZON':
    case 'LATEST': {
      const found = await admin.fetchTopicOffsets(topic);
      const offset = start.kind === 'LATEST' ? 'high' : 'low';
      return new Map(found.map((entry) => [entry.partition, exactOffset(entry[offset], entry.partition)]));
    }
  }
}

/** The group's committed offsets; partitions without one are left out. */
export async function committedOffsets(
  admin: Admin,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const offsets = (found?.partitions ?? []).map(
    ({ partition, offset }) => [partition, exactOffset(offset, partition)] as const,
  );
  return new Map(offsets.filter(([, offset]) => offset >= 0));
}

/** First offset the log still has, and the offset after its last record, by partition. */
export type LogRange = ReadonlyMap<number, { readonly start: number; readonly end: number }>;

export async function logRange(admin: Admin, topic: string): Promise<LogRange> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets.map(({ partition, low, high }) => [
      partition,
      { start: exactOffset(low, partition), end: exactOffset(high, partition) },
    ]),
  );
}
