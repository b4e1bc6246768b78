import type { Clock } from './clock';
import { untilConfirmed } from './confirmed';
import { spillObject, type SpilledEvent, type SpillObject } from './contract';
import { storedMessage } from './dead-letters';
import type { KafkaMessage } from './event';
import { isStoreRefusal, type ObjectStore } from './object-store';

export type SpillResult =
  | { readonly kind: 'spilled'; readonly object: string }
  /** The store said no: nothing was written. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No confirmation: it may lie in the store and be replayed. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface SpillOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly cluster: string;
  readonly topic: string;
  readonly clock: Clock;
  /** Milliseconds the store may take. */
  readonly timeMs: number;
}

/** Puts records into the spill store as one object. `spilled` only when the store has confirmed. */
export async function spill(
  events: readonly { readonly message: KafkaMessage; readonly partition: number | null }[],
  { store, bucket, cluster, topic, clock, timeMs }: SpillOptions,
): Promise<SpillResult> {
  const atMs = clock.now();
  const object = spillObject({ cluster, topic, atMs, unique: clock.uuid() });
  const body: SpillObject = {
    version: 1,
    cluster,
    topic,
    spilledAt: new Date(atMs).toISOString(),
    events: events.map(({ message, partition }) => ({ partition, ...storedMessage(message) })),
  };
  const text = JSON.stringify(body);
  // The name is unique, so `exists` is an earlier try of the same put whose answer was lost.
  const put = () => store.putIfAbsent(bucket, object, text);
  const confirmed = await untilConfirmed(put, { clock, timeMs, isRefusal: isStoreRefusal });
  switch (confirmed.kind) {
    case 'confirmed':
      return { kind: 'spilled', object };
    case 'refused':
    case 'unknown':
      return { kind: confirmed.kind, message: `spill store: ${confirmed.message}` };
  }
}

/** A spill object as the replay finds it. `newer`: written by a later version of this library. */
export type ParsedSpill =
  | { readonly kind: 'spilled'; readonly spilled: SpillObject }
  | { readonly kind: 'newer' }
  | { readonly kind: 'undecodable'; readonly detail: string };

export function parseSpillObject(text: string): ParsedSpill {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    return { kind: 'undecodable', detail: `spill object: got no JSON (${text.length} characters)` };
  }
  const { version, topic, spilledAt, events } = Object(parsed) as Partial<Record<keyof SpillObject, unknown>>;
  if (typeof version === 'number' && version > 1) return { kind: 'newer' };
  const right =
    version === 1 &&
    typeof topic === 'string' &&
    !Number.isNaN(Date.parse(String(spilledAt))) &&
    Array.isArray(events) &&
    events.every(isSpilledEvent);
  return right
    ? { kind: 'spilled', spilled: parsed as SpillObject }
    : {
        kind: 'undecodable',
        detail: 'spill object: got JSON of another form, want version 1 as the producer writes it',
      };
}

function isSpilledEvent(event: unknown): event is SpilledEvent {
  const { partition, key, value, headers } = Object(event) as Partial<Record<keyof SpilledEvent, unknown>>;
  const isBytes = (bytes: unknown) => bytes === null || typeof bytes === 'string';
  return (
    (partition === null || (Number.isSafeInteger(partition) && Number(partition) >= 0)) &&
    isBytes(key) &&
    isBytes(value) &&
    Array.isArray(headers) &&
    headers.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'))
  );
}
