import type { Clock } from '../time/clock';
import { untilConfirmed } from '../stores/confirmed';
import { spillObject, type SpilledEvent, type SpillObject } from '../contract';
import { storedMessage } from '../dead-letters/letter';
import type { KafkaMessage } from '../event/message';
import { isStoreRefusal, type ObjectStore } from '../stores/object-store';

export type SpillResult =
  | { readonly kind: 'spilled'; readonly object: string }
  /** The store said no: nothing was written. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No confirmation: it may lie in the store and be replayed. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface SpillOptions {
  readonly store: Pick<ObjectStore, 'putIfAbsent'>;
  readonly bucket: string;
  readonly cluster: string;
  readonly topic: string;
  readonly clock: Clock;
  /** Milliseconds the store may take. */
  readonly timeMs: number;
}

/** What is spilled of an entry: its record, and the partition it was chosen for, if it was. */
export interface Spillable {
  readonly message: KafkaMessage;
  readonly partition: number | null;
}

/**
 * Bytes of one object, unless a single event has more: what reads it back must hold it in memory, and what fails of it
 * is written again.
 */
export const SPILL_OBJECT_BYTES = 4 * 1024 * 1024;
/** Objects on their way to the store at once: each is held twice, as text and as bytes. */
const PUTS_AT_ONCE = 8;

/**
 * Puts records into the spill store, as many objects as it takes. `told` hears once of each object, with the events in
 * it, as soon as its fate is known: `spilled` only when the store has confirmed that object. One that fails takes no other
 * with it. Ends within `timeMs`.
 */
export async function spill<E extends Spillable>(
  events: readonly E[],
  options: SpillOptions,
  told: (events: readonly E[], result: SpillResult) => void,
): Promise<void> {
  const { clock, timeMs } = options;
  const flush = { ...options, atMs: clock.now(), until: clock.monotonic() + timeMs, unique: clock.uuid() };
  const objects = objectsOf(events, flush);
  const putNext = async (): Promise<void> => {
    // Not `for … of`, which ends the generator for all of them when one stops early.
    for (let next = objects.next(); next.done !== true; next = objects.next()) {
      const { name, text, events: inside } = next.value;
      told(inside, await putObject(name, text, flush));
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, putNext));
}

interface Flush extends SpillOptions {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** By the monotonic clock. */
  readonly until: number;
  readonly unique: string;
}

/** Made one by one, as they are put. Their names keep the order of the events. */
function* objectsOf<E extends Spillable>(events: readonly E[], flush: Flush): Generator<SpillPart<E>> {
  let part: { events: E[]; texts: string[]; bytes: number } = { events: [], texts: [], bytes: 0 };
  let number = 0;
  const whole = (): SpillPart<E> => {
    const unique = `${flush.unique}-${String(number).padStart(6, '0')}`;
    const { events: inside, texts } = part;
    number += 1;
    part = { events: [], texts: [], bytes: 0 };
    return { name: spillObject({ ...flush, unique }), text: spillText(texts, flush), events: inside };
  };
  for (const event of events) {
    const { partition, message } = event;
    const text = JSON.stringify({ partition, ...storedMessage(message) } satisfies SpilledEvent);
    const bytes = Buffer.byteLength(text);
    if (part.events.length > 0 && part.bytes + bytes > SPILL_OBJECT_BYTES) yield whole();
    part.events.push(event);
    part.texts.push(text);
    part.bytes += bytes + 1;
  }
  if (part.events.length > 0) yield whole();
}

interface SpillPart<E> {
  readonly name: string;
  readonly text: string;
  readonly events: readonly E[];
}

function spillText(texts: readonly string[], { cluster, topic, atMs }: Flush): string {
  const head: SpillObject = { version: 1, cluster, topic, spilledAt: new Date(atMs).toISOString(), events: [] };
  return `${JSON.stringify(head).slice(0, -'[]}'.length)}[${texts.join(',')}]}`;
}

async function putObject(object: string, text: string, flush: Flush): Promise<SpillResult> {
  const { store, bucket, clock, until } = flush;
  const timeMs = until - clock.monotonic();
  if (timeMs <= 0) return { kind: 'refused', message: 'spill store: got no time left to try, want some' };
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
    headers.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && isBytes(pair[1]))
  );
}
