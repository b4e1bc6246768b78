import type { ConsumerRecord } from '../event/records';
import { MOST_REDRIVES, REDRIVE_HEADER, type ConsumerEnvironment } from '../contract';
import { contentHash, hashOf, identifiedEvent, type Event, type EventId, type IdentifiedEvent } from '../event/event';
import type { KafkaHeader } from '../event/message';

/** One delivery of one event to one consumer group. */
export interface Delivery {
  readonly record: ConsumerRecord;
  readonly event: Event;
  /** Key of the event's record in the idempotency table: no two groups, clusters or events share one. */
  readonly key: string;
  readonly content: string;
  /** The n of the n-th redrive by this group; 0 for a delivery that is none. */
  readonly generation: number;
  /** The record brought no id of its own. */
  readonly isForeign: boolean;
  /** The record, the event in it or its id cannot be read: why. Holds no payload. */
  readonly undecodable?: string;
}

/** @param eventId - how the id of a foreign record is told. @default - as the environment says, or its coordinates */
export function deliveryOf(
  record: ConsumerRecord,
  { cluster, group, eventIds }: Pick<ConsumerEnvironment, 'cluster' | 'group' | 'eventIds'>,
  eventId: EventId<ConsumerRecord> | undefined = eventIds?.kind === 'header' ? eventIds : undefined,
): Delivery {
  // What cannot be read comes near no code of the user.
  const isSafe = record.undecodable === undefined || typeof eventId === 'object';
  const { event, identity, isForeign, undecodable } = identifiedEvent(record, isSafe ? eventId : undefined);
  return {
    record,
    event,
    key: recordKey({ cluster, group }, identity),
    content: record.undecodable ? rawContent(record.undecodable.raw, event) : contentHash(event),
    generation: generationOf(record.headers, group),
    isForeign,
    undecodable: record.undecodable?.detail ?? undecodable,
  };
}

/** Key of an event's record in the idempotency table of a group. */
export const recordKey = (
  { cluster, group }: Pick<ConsumerEnvironment, 'cluster' | 'group'>,
  [source, id]: IdentifiedEvent['identity'],
): string => hashOf(cluster, group, source, id);

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
    if (name !== REDRIVE_HEADER || value === null) continue;
    const redrive = Buffer.from(value).toString('utf8');
    const number = redrive.startsWith(`${group}:`) ? redrive.slice(group.length + 1) : '';
    const generation = /^[0-9]{1,7}$/.test(number) ? Number(number) : 0;
    // A higher number is forged, and would stand above every redrive to come.
    if (generation <= MOST_REDRIVES && generation > latest) latest = generation;
  }
  return latest;
}
