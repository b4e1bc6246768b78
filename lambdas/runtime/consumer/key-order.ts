import { takeTurn, type Steps } from './turn';
import { isSettled, pause, type Work } from './work';

/**
 * Settles the deliveries of all keys at once and those of one key one after the other: a record starts after the one
 * before it is settled. Resolves when all are settled or the signal has aborted.
 */
export async function settleInKeyOrder(works: readonly Work[], steps: Steps): Promise<void> {
  await Promise.all(
    queuesByKey(works).map(async (queue) => {
      for (const work of queue) {
        await settle(work, steps);
        if (!isSettled(work)) break;
      }
    }),
  );
}

/** Tries until the delivery is settled, or the time margin has come. */
async function settle(work: Work, steps: Steps): Promise<void> {
  while (!steps.signal.aborted) {
    const turn = await takeTurn(work, steps, 'freely');
    if (turn.kind === 'settled') return;
    if (turn.afterMs > 0) await pause(work, turn.afterMs, steps);
  }
}

/**
 * Order holds within partition and key; a record without a key has no order to keep. Partitions take turns: what one shows,
 * good or bad, is known early for the others. Before all go those whose first record was begun in an earlier delivery: what came too late
 * there has all of the time now.
 */
export function queuesByKey(works: readonly Work[]): Work[][] {
  const partitions = new Map<string, Map<string, Work[]>>();
  for (const work of works) {
    const { topic, partition, offset, key } = work.delivery.record;
    const queues = entry(partitions, `${topic}-${partition}`, () => new Map<string, Work[]>());
    entry(queues, key === null ? `at ${offset}` : `of ${latin1(key)}`, () => []).push(work);
  }
  const lists = [...partitions.values()].map((queues) => [...queues.values()]);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  ).flat();
  return [...inTurn.filter(goesFirst), ...inTurn.filter((queue) => !goesFirst(queue))];
}

const goesFirst = ([head]: readonly Work[]): boolean => head?.wasBegun === true;

/** Those that were begun in an earlier delivery and go first in this one: before others, of their key too, nobody can put them. */
export const begunFirst = (works: readonly Work[]): ReadonlySet<Work> =>
  new Set(
    works.some(({ wasBegun }) => wasBegun) ? queuesByKey(works).flatMap((queue) => (goesFirst(queue) ? queue.slice(0, 1) : [])) : [],
  ); // prettier-ignore

function entry<V>(map: Map<string, V>, name: string, make: () => V): V {
  const known = map.get(name);
  if (known !== undefined) return known;
  const made = make();
  map.set(name, made);
  return made;
}

/** One character for each byte. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
