import type { ConsumerRecord } from '../consumer/records';
import { REDRIVE_HEADER } from '../contract';
import { contentHash, eventOf, hashOf, type Event, type KafkaHeader } from '../event';

/** One delivery of one event to one consumer group. */
export interface Delivery {
  readonly record: ConsumerRecord;
  readonly event: Event;
  /** Key of the event's record in the idempotency table: no two groups, clusters or events share one. */
  readonly key: string;
  readonly content: string;
  /** The n of the n-th redrive by this group; 0 for a delivery that is none. */
  readonly generation: number;
}

export function deliveryOf(record: ConsumerRecord, of: { readonly cluster: string; readonly group: string }): Delivery {
  const event = eventOf(record, record);
  return {
    record,
    event,
    key: hashOf(of.cluster, of.group, event.source, event.id),
    content: record.undecodable ? rawContent(record.undecodable.raw, event) : contentHash(event),
    generation: generationOf(record.headers, of.group),
  };
}

/** Of a record that could not be read: the same parts, as they were handed over. */
function rawContent(raw: string, { type }: Event): string {
  const { key, value } = JSON.parse(raw) as { readonly key?: unknown; readonly value?: unknown };
  return hashOf(JSON.stringify([key, value]), type);
}

/** Key under which an event is parked when its own belongs to other content. */
export const conflictKeyOf = ({ key, content }: Delivery): string => hashOf(key, content);

/** The latest redrive of this group; those of other groups are not ours. */
function generationOf(headers: readonly KafkaHeader[], group: string): number {
  let latest = 0;
  for (const [name, value] of headers) {
    if (name !== REDRIVE_HEADER) continue;
    const redrive = Buffer.from(value).toString('utf8');
    const generation = redrive.startsWith(`${group}:`) ? Number(redrive.slice(group.length + 1)) : 0;
    if (Number.isSafeInteger(generation) && generation > latest) latest = generation;
  }
  return latest;
}
