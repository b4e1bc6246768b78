import { parkedFolder, RECORD, spillFolder, type RecordState, type SpillObject } from '../../lambdas/runtime/contract';
import { identityOf, parseDeadLetter } from '../../lambdas/runtime/dead-letters/letter';
import { recordKey } from '../../lambdas/runtime/idempotency/delivery';
import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import type { Item } from '../../lambdas/runtime/stores/tables';
import { limit } from '../../lambdas/runtime/time/limit';
import type { Deployed } from '../deployed/clients';
import type { GroupParts, TopicParts } from '../deployed/parts';
import type { EventRecord, FoundLetter, Trace } from './model';

/** Objects that are read of one folder: an event's id is in them, and in no name. */
export const MOST_READ = 1_000;
const AT_ONCE = 16;

/** What lies in a folder, and whether there is more than was read. */
interface Searched<T> {
  readonly found: readonly T[];
  readonly more: boolean;
}

/** Reads the last objects of a folder by name, which of spilled ones are the newest. */
async function search<T>(
  store: Pick<ObjectStore, 'list' | 'get'>,
  bucket: string,
  folder: string,
  read: (text: string, name: string) => readonly T[],
): Promise<Searched<T>> {
  let names: string[] = [];
  let all = 0;
  for await (const { name } of store.list(bucket, folder)) {
    all += 1;
    names.push(name);
    if (names.length >= 2 * MOST_READ) names = names.slice(-MOST_READ);
  }
  const together = limit(AT_ONCE);
  const read1 = (name: string) =>
    together(async () => {
      const text = await store.get(bucket, name);
      return text === undefined ? [] : read(text, name);
    });
  return { found: (await Promise.all(names.slice(-MOST_READ).map(read1))).flat(), more: all > MOST_READ };
}

/** Dead letters of one group, or with `-` of what never reached the topic, whose event has that id. */
export const lettersOf = (
  id: string,
  { cluster, topic }: Pick<TopicParts, 'cluster' | 'topic'>,
  { group, bucket }: { readonly group: string; readonly bucket: string },
  store: Deployed['store'],
): Promise<Searched<FoundLetter>> =>
  search(store, bucket, parkedFolder(cluster, group, topic), (text, object) => {
    const letter = letterIn(text, object);
    if (letter?.id !== id) return [];
    const { partition, offset, source, reason, detail, effect, parkedAt } = letter;
    return [{ object, topic, group, partition, offset, source, reason, detail, effect, parkedAt }];
  });

/** Objects of the spill store in which an event of that id is. */
export const spilledOf = (
  id: string,
  { cluster, topic }: Pick<TopicParts, 'cluster' | 'topic'>,
  bucket: string,
  store: Deployed['store'],
): Promise<Searched<Trace['spilled'][number]>> =>
  search(store, bucket, spillFolder(cluster, topic), (text, object) => {
    const { events = [], spilledAt = '' } = spillIn(text);
    const own = events.map((event) => identityOf(event)).filter((event) => event.id === id);
    return own.map(({ source }) => ({ topic, object, source, spilledAt }));
  });

function letterIn(text: string, object: string): ReturnType<typeof parseDeadLetter> | undefined {
  try {
    return parseDeadLetter(text, object);
  } catch {
    // An object of another kind holds no event that could be told by its id.
    return undefined;
  }
}

function spillIn(text: string): Partial<SpillObject> {
  try {
    return Object(JSON.parse(text)) as Partial<SpillObject>;
  } catch {
    // The same.
    return {};
  }
}

/** What the table of a group knows of events of that id and these sources. */
export async function recordsOf(
  id: string,
  sources: readonly string[],
  { cluster }: Pick<TopicParts, 'cluster'>,
  { group, table }: GroupParts,
  { readMany }: Pick<Deployed['transactions'], 'readMany'>,
): Promise<EventRecord[]> {
  const keys = new Map(sources.map((source) => [recordKey({ cluster, group }, [source, id]), source]));
  if (keys.size === 0) return [];
  const items = await readMany(table, [...keys.keys()]);
  return [...items].map(([key, item]) => recordIn(item, group, keys.get(key) ?? ''));
}

function recordIn(item: Item, group: string, source: string): EventRecord {
  const text = (name: keyof typeof RECORD) => (item[RECORD[name]] === undefined ? undefined : String(item[RECORD[name]])); // prettier-ignore
  const number = (name: keyof typeof RECORD) => (item[RECORD[name]] === undefined ? undefined : Number(item[RECORD[name]])); // prettier-ignore
  const settledAt = number('settledAt');
  return {
    ...{ group, source, state: (text('state') as RecordState | undefined) ?? 'failing' },
    ...{ topic: text('topic'), partition: number('partition'), offset: number('offset') },
    settledAt: settledAt === undefined ? undefined : new Date(settledAt).toISOString(),
    ...{ attempts: number('attempts'), redrives: number('generation'), object: text('object'), reason: text('reason') },
    ...{ endedBy: text('endedBy'), endedWhy: text('endedWhy'), amendedAs: text('amendedAs') },
  };
}
