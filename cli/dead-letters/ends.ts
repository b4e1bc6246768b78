import { letterEnd, type LetterEnd } from '../../lambdas/runtime/contract';
import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import { limit } from '../../lambdas/runtime/time/limit';
import { printable } from '../check/printable';
import { explained } from './errors';
import { needsContent, notesOf, READ_AT_ONCE, type Stranger } from './letters';
import { Newest } from './newest';
import type { FilterOptions } from './options';
import type { Place } from './places';

/** Notes that are read to tell what kind they are, the newest ones. */
const KINDS_OF = 1_000;

/** How many events people have ended. */
export interface EndsCount {
  readonly ended: number;
  /** Of the newest of them, by what became of the event. */
  readonly byKind: ReadonlyMap<LetterEnd['kind'] | 'not readable', number>;
}

/** Counts the notes that are meant. Undefined for filters on what a note does not hold, or the letter alone did. */
export async function countEnds(
  places: readonly Place[],
  filter: FilterOptions,
  store: ObjectStore,
): Promise<EndsCount | undefined> {
  if (needsContent(filter)) return undefined;
  const newest = new Newest(KINDS_OF);
  let ended = 0;
  for (const place of places) {
    for await (const listed of notesOf(place, filter, store)) {
      ended += 1;
      newest.add({ listed });
    }
  }
  const together = limit(READ_AT_ONCE);
  const read = await Promise.all(newest.all().map(({ listed }) => together(() => noteAt(listed, store))));
  const byKind = new Map<LetterEnd['kind'] | 'not readable', number>();
  for (const end of read) {
    const kind = end?.kind ?? 'not readable';
    byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
  }
  return { ended, byKind };
}

/** How the event of a letter was ended. Undefined: nobody has ended it. @throws Error where the bucket does not answer */
export const endOfLetter = (letter: string, place: Place, store: ObjectStore): Promise<LetterEnd | undefined> =>
  noteAt({ name: letterEnd(letter), place }, store);

async function noteAt({ name, place }: Stranger, store: ObjectStore): Promise<LetterEnd | undefined> {
  const text = await store.get(place.deadLetters, name).catch((error: unknown) => {
    throw explained(`object ${name} in bucket ${place.deadLetters}`, error);
  });
  try {
    const end = JSON.parse(text ?? 'null') as Partial<LetterEnd> | null;
    return end?.kind === 'discarded' || end?.kind === 'amended' ? (end as LetterEnd) : undefined;
  } catch {
    // Cut off, or of somebody else: it tells nothing.
    return undefined;
  }
}

/** A note as a person reads it. */
export function endInLines(end: LetterEnd): string {
  const { object, kind, at, by, why, amendedAs, parkedAt, group, reason, partition, topic, offset, content } = end;
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['object', `${object}, which is gone`],
    ['ended', `${kind} at ${at} by ${by}`],
    kind === 'amended' ? ['in place', `the event ${amendedAs ?? 'that its table names'}`] : ['why', why ?? 'not said'],
    ['parked', `${parkedAt}, ${group === '-' ? 'before it reached the topic' : `by group ${group}`}, for ${reason}`],
    ['came from', partition < 0 ? `topic ${topic}, never reached` : `${topic}-${partition} at offset ${offset}`],
    ['content', `SHA-256 ${content} of key, value and ce_type`],
    ['next', kind === 'amended' ? 'nothing: the event in its place goes the way of every event' : 'nothing: it is never applied'],
  ]; // prettier-ignore
  return rows.map(([name, text]) => `${name.padEnd(10)} ${printable(text)}\n`).join('');
}
