import {
  RESERVED_PREFIX,
  SPILL_LIMIT_SECONDS,
  type ReplayEnvironment,
  type SpilledEvent,
  type SpillObject,
} from '../contract';
import type { Listed, ObjectStore } from '../stores/object-store';
import { parseSpillObject } from '../spill';

/**
 * Largest object that is read: one flush of 64 MiB of small events, as a producer of an earlier version wrote it, takes
 * twice that, and some ten times its size in memory.
 */
export const READABLE_BYTES = 128 * 1024 * 1024;
/**
 * Above this size an object may not be dense. `[],[],…` takes some twenty times its size in memory once it is parsed: 128 MiB of
 * it would end every sweep. No producer writes such a thing; since spill objects are split, none writes one of this size.
 */
const DENSE_BYTES = 8 * 1024 * 1024;
/** Bytes for each comma, least: events of no payload have about fifteen. */
const LEAST_PER_COMMA = 10;
/** Largest object that is parked as a whole; the producer writes none of this size. */
const PARKABLE_BYTES = 16 * 1024 * 1024;

/** What an object of the spill store turned out to be. */
export type Loaded =
  | { readonly kind: 'spilled'; readonly spilled: SpillObject }
  /** Another worker was faster. */
  | { readonly kind: 'gone' }
  /** No spilled events of this topic: parked as it is, and never published. */
  | { readonly kind: 'stranger'; readonly reason: 'undecodable' | 'foreign'; readonly detail: string; readonly text: string } // prettier-ignore
  /** Not to be touched by this code; `why` is for a person. */
  | { readonly kind: 'left'; readonly why: string };

/** Reads an object and judges it as a whole. @throws what the store throws */
export async function load(
  { name, bytes }: Listed,
  { cluster, topic, spill }: ReplayEnvironment,
  store: ObjectStore,
): Promise<Loaded> {
  if (bytes > READABLE_BYTES) {
    return { kind: 'left', why: `size: got ${bytes} bytes, want at most ${READABLE_BYTES}; split it by hand` };
  }
  const text = await store.get(spill, name);
  if (text === undefined) return { kind: 'gone' };
  if (bytes > DENSE_BYTES && commasIn(text) * LEAST_PER_COMMA > bytes) {
    return { kind: 'left', why: 'content: got more values than memory holds, want spilled events; look at it by hand' };
  }
  const parsed = parseSpillObject(text);
  switch (parsed.kind) {
    case 'newer':
      return { kind: 'left', why: 'version: got a newer one; deploy the replay function of that version' };
    case 'undecodable':
      // What was no UTF-8 has been replaced while it was read: a copy would not be what lies there.
      if (text.includes('\ufffd'))
        return { kind: 'left', why: 'content: got bytes that are no text; look at it by hand' };
      return stranger('undecodable', parsed.detail, text, bytes);
    case 'spilled': {
      const { spilled } = parsed;
      if (spilled.cluster === cluster && spilled.topic === topic) return parsed;
      const detail = `spill object: got events for another ${spilled.topic === topic ? 'cluster' : 'topic'}, want those of ${topic}`;
      return stranger('foreign', detail, text, bytes);
    }
  }
}

function commasIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(','); at !== -1; at = text.indexOf(',', at + 1)) count += 1;
  return count;
}

function stranger(reason: 'undecodable' | 'foreign', detail: string, text: string, bytes: number): Loaded {
  if (bytes <= PARKABLE_BYTES) return { kind: 'stranger', reason, detail, text };
  return { kind: 'left', why: `${detail}; too large to be parked` };
}

/** What an event is held against. */
export interface Measure {
  /** Of the topic. */
  readonly partitions: number;
  /** Epoch milliseconds at which its sweep began: from one moment to the next nothing becomes too old. */
  readonly nowMs: number;
}

/** Why an event is not to be published, though its object is one of this topic; undefined: it is. */
export function unfit(
  { headers, partition }: SpilledEvent,
  spilledAt: string,
  { partitions, nowMs }: Measure,
): { readonly reason: 'foreign' | 'rejected-at-replay' | 'too-old'; readonly detail: string } | undefined {
  const reserved = headers.find(([name]) => name.startsWith(RESERVED_PREFIX));
  if (reserved !== undefined) {
    return { reason: 'foreign', detail: `header: got a name that begins with ${RESERVED_PREFIX}, which no producer writes` }; // prettier-ignore
  }
  if (partition !== null && partition >= partitions) {
    return {
      reason: 'rejected-at-replay',
      detail: `partition: got ${partition}, want one of the topic's ${partitions}`,
    };
  }
  if (nowMs - Date.parse(spilledAt) > SPILL_LIMIT_SECONDS * 1_000) {
    const days = SPILL_LIMIT_SECONDS / 86_400;
    return {
      reason: 'too-old',
      detail: `spilled: got ${spilledAt}, want at most ${days} days ago; a first try may have reached the topic, and consumers may have forgotten it`,
    };
  }
  return undefined;
}
