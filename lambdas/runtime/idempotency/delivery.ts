import type { ConsumerRecord } from '../consumer/records';
import { REDRIVE_HEADER } from '../contract';
import { contentHash, eventOf, hashOf, type Event, type KafkaHeader } from '../event';

/** One delivery of one event to one consumer group. */
export interface Delivery {
  readonly record: ConsumerRecord;
  readonly event: Event;
  /** Key of the event's record in the idempotency table: no two groups, clusters or events share one. */
  readonly key: string;
  /** Key under which it is parked when `key` belongs to other content. */
  readonly conflictKey: string;
  readonly content: string;
  /** The n of the n-th redrive by this group; 0 for a delivery that is none. */
  readonly generation: number;
}

export function deliveryOf(record: ConsumerRecord, of: { readonly cluster: string; readonly group: string }): Delivery {
  const event = eventOf(record, record);
  const identity = [of.cluster, of.group, event.source, event.id];
  const content = contentHash(event);
  return {
    record,
    event,
    key: hashOf(...identity),
    conflictKey: hashOf(...identity, content),
    content,
    generation: generationOf(record.headers, of.group),
  };
}

/** The latest redrive of this group; those of other groups are not ours. */
function generationOf(headers: readonly KafkaHeader[], group: string): number {
  const prefix = `${group}:`;
  const generations = headers
    .filter(([name]) => name === REDRIVE_HEADER)
    .map(([, value]) => Buffer.from(value).toString('utf8'))
    .filter((redrive) => redrive.startsWith(prefix))
    .map((redrive) => Number(redrive.slice(prefix.length)))
    .filter((generation) => Number.isSafeInteger(generation) && generation > 0);
  return Math.max(0, ...generations);
}
