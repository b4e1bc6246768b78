import {
  AMENDMENTS,
  CE_TYPE,
  ENDS,
  objectPart,
  letterPlace,
  parkedFolder,
  type DeadLetter,
  type LetterPlace,
} from '../../lambdas/runtime/contract';
import { parseDeadLetter } from '../../lambdas/runtime/dead-letters/letter';
import { headerText } from '../../lambdas/runtime/event/event';
import type { Listed, ObjectStore } from '../../lambdas/runtime/stores/object-store';
import { explained } from './errors';
import type { FilterOptions } from './options';
import type { Place } from './places';

/** A dead letter as a listing shows it. */
export interface ListedLetter extends Listed, LetterPlace {
  readonly place: Place;
}

/** What lies in the bucket and is none. */
export interface Stranger {
  readonly name: string;
  readonly place: Place;
}

/** What a letter holds; undefined: it is gone, or no letter. */
export type Content = DeadLetter | undefined;

/** Objects read at once. */
export const READ_AT_ONCE = 32;

/** A letter that is meant, with what it holds where that had to be looked at. */
export interface MeantLetter {
  readonly listed: ListedLetter;
  readonly letter?: DeadLetter;
}

/**
 * The letters of a place that are meant, in the order of their names, page by page: what was seen is forgotten. Where their content
 * decides, what cannot be read is left out.
 * @param strange - hears of objects that are no letters
 */
export async function* meantLetters(
  place: Place,
  filter: FilterOptions,
  store: ObjectStore,
  strange: (object: Stranger) => void = () => undefined,
): AsyncIterable<MeantLetter> {
  const letters = lettersOf(place, filter, store, strange);
  if (needsContent(filter)) yield* withContent(letters, filter, store);
  else for await (const listed of letters) yield { listed };
}

/** Notes of how events were ended that are meant by all that their names say: topic, group, partition and time. */
export const notesOf = (place: Place, filter: FilterOptions, store: ObjectStore): AsyncIterable<ListedLetter> =>
  lettersOf(place, filter, store, () => undefined, ENDS);

/** @param folder - in which they lie under the names of letters */
async function* lettersOf(
  place: Place,
  filter: FilterOptions,
  store: ObjectStore,
  strange: (object: Stranger) => void,
  folder = '',
): AsyncIterable<ListedLetter> {
  const { topic, group, deadLetters } = place;
  const wanted = { topic: filter.topic ?? topic, group: filter.group ?? group, partition: filter.partition };
  try {
    for await (const listed of store.list(deadLetters, `${folder}${prefixOf(place)}`)) {
      const { name } = listed;
      const at = letterPlace(name.slice(folder.length));
      if (at === undefined) {
        if (!name.startsWith(ENDS) && !name.startsWith(AMENDMENTS)) strange({ name, place });
      } else if (isWanted(at, wanted) && isInTime(listed, filter)) yield { ...listed, ...at, place };
    }
  } catch (error) {
    throw explained(`bucket ${deadLetters}`, error);
  }
}

function prefixOf({ cluster, topic, group }: Place): string {
  if (cluster === undefined) return '';
  if (topic === undefined || group === undefined) return `${objectPart(cluster)}/`;
  return parkedFolder(cluster, group, topic);
}

const isWanted = (
  at: LetterPlace,
  {
    topic = at.topic,
    group = at.group,
    partition = at.partition,
  }: Pick<FilterOptions, 'topic' | 'group' | 'partition'>,
): boolean => at.topic === topic && at.group === group && at.partition === partition;

const isInTime = ({ putAtMs }: Listed, { since, until }: FilterOptions): boolean =>
  putAtMs === undefined || ((since ?? 0) <= putAtMs && putAtMs < (until ?? Number.POSITIVE_INFINITY));

/** Whether it takes the letters' content to tell which are meant. */
export const needsContent = ({ reason, type, key }: FilterOptions): boolean =>
  reason !== undefined || type !== undefined || key !== undefined;

/** Whether anything is left out. */
export const isFiltered = (filter: FilterOptions): boolean =>
  needsContent(filter) ||
  (['topic', 'group', 'partition', 'since', 'until'] as const).some((name) => filter[name] !== undefined);

async function* withContent(
  letters: AsyncIterable<ListedLetter>,
  filter: FilterOptions,
  store: ObjectStore,
): AsyncIterable<{ readonly listed: ListedLetter; readonly letter: DeadLetter }> {
  for await (const group of grouped(letters, READ_AT_ONCE)) {
    const read = await Promise.all(group.map((listed) => contentOf(listed, store)));
    for (const [index, letter] of read.entries()) {
      const listed = group[index];
      if (listed !== undefined && letter !== undefined && isMeant(letter, filter)) yield { listed, letter };
    }
  }
}

/** @throws Error in one sentence where the bucket does not answer */
export async function contentOf({ name, place }: Stranger, store: ObjectStore): Promise<Content> {
  const text = await store.get(place.deadLetters, name).catch((error: unknown) => {
    throw explained(`object ${name} in bucket ${place.deadLetters}`, error);
  });
  try {
    return text === undefined ? undefined : parseDeadLetter(text, name);
  } catch {
    // Truncated, or of another kind: it has no content to go by, and stays where it is.
    return undefined;
  }
}

function isMeant(letter: DeadLetter, { reason = letter.reason, type, key }: FilterOptions): boolean {
  if (letter.reason !== reason) return false;
  if (key !== undefined && letter.key !== Buffer.from(key).toString('base64')) return false;
  return type === undefined || typeOf(letter) === type;
}

/** `ce_type` as its headers say it. */
export const typeOf = ({ headers }: DeadLetter): string | undefined =>
  headerText(headers.map(([name, value]) => [name.toLowerCase(), value === null ? null : Buffer.from(value, 'base64')] as const), CE_TYPE); // prettier-ignore

async function* grouped<T>(all: AsyncIterable<T>, most: number): AsyncIterable<T[]> {
  let group: T[] = [];
  for await (const one of all) {
    group.push(one);
    if (group.length < most) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
