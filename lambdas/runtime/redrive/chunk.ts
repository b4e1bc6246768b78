import { EVERY_KEY, type LetterFate, type RedriveAnswer, type RedriveOutcome } from '../contract';
import type { Pipe } from '../producer/pipe';
import { resent, type Resent } from '../producer/resending';
import type { ObjectStore } from '../stores/object-store';
import type { Transactions } from '../stores/tables';
import { triedAgain } from '../stores/tried-again';
import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import { copyOf, letterToSend, NO_GROUP, type LetterOf, type LetterToSend } from './letter-to-send';
import { mark, markUnsent, type Marked } from './mark';
import { markAgain } from './mark-again';
import { CONCLUDE_MS, PIPE_ANSWER_MS, TRY_MS, untaken } from './sending';

/** Milliseconds the table is asked for the letters of one chunk. */
const MARK_MS = 20_000;
/** Below that nothing is sent any more. */
const LEAST_MS = 1_000;
/** Requests to either store at once: as many as the SDK has connections. */
const AT_ONCE = 50;

export interface ChunkDeps {
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly pipe: Pipe;
  readonly deadLetters: string;
  /** Milliseconds until the answer is due. */
  readonly leftMs: () => number;
}

export interface Chunk extends LetterOf {
  /** Empty for the group `-`, which has none. */
  readonly table: string;
  readonly objects: readonly string[];
  readonly maxRedrives: number;
  readonly behind: readonly string[];
}

/** Sends the dead letters of one request, in their order. Never rejects: each has its outcome. */
export async function redriveChunk(chunk: Chunk, deps: ChunkDeps): Promise<RedriveAnswer> {
  const objects = [...new Set(chunk.objects)];
  const together = limit(AT_ONCE);
  const fates = new Map<string, LetterFate>();
  const behind = new Set(chunk.behind);
  const letters: LetterToSend[] = [];
  const read = await Promise.all(objects.map((object) => together(() => readLetter(object, chunk, deps))));
  read.forEach((found, index) => {
    const object = objects[index] as string;
    // Nobody knows the key of one that could not be read: all that come after it may be of that key.
    const waits = found.kind === 'to send' && found.orderedBy !== undefined && behind.has(EVERY_KEY);
    if (found.kind === 'to send' && !waits) letters.push(found);
    else fates.set(object, found.kind === 'to send' ? BEHIND : found);
    if (found.kind === 'waits') behind.add(EVERY_KEY);
  });
  const marked = await markInOrder(letters, behind, chunk, deps);
  for (const [letter, as] of marked) if (as.kind === 'waits' || as.kind === 'refused') fates.set(letter.object, as);
  const sent = await send(letters, marked, deps);
  for (const [letter, { result }] of sent) if (result.kind !== 'acked') fates.set(letter.object, untaken(result));
  await Promise.all(
    letters.map((letter) =>
      together(async () => {
        const fate = await conclude(letter, marked.get(letter), sent.get(letter), deps);
        if (fate !== undefined) fates.set(letter.object, fate);
      }),
    ),
  );
  for (const { object, orderedBy } of letters) {
    if (orderedBy !== undefined && fates.get(object)?.kind === 'waits') behind.add(orderedBy);
  }
  const outcomes = objects.map((object): RedriveOutcome => ({ object, ...(fates.get(object) ?? NO_TIME) }));
  return { outcomes, behind: [...behind] };
}

const NO_TIME: LetterFate = { kind: 'waits', reason: 'unavailable', detail: 'no time was left for it' };

async function readLetter(
  object: string,
  chunk: Chunk,
  { store, deadLetters, clock }: ChunkDeps,
): Promise<ReturnType<typeof letterToSend> | Extract<LetterFate, { kind: 'gone' | 'waits' }>> {
  const read = await triedAgain(() => store.get(deadLetters, object), clock);
  if ('failed' in read) return { kind: 'waits', reason: 'unavailable', detail: read.failed };
  return read.value === undefined ? { kind: 'gone' } : letterToSend(object, read.value, chunk);
}

/** Key by key in their order, all keys at once: one that waits keeps those after it from being sent before it. */
async function markInOrder(
  letters: readonly LetterToSend[],
  behind: ReadonlySet<string>,
  chunk: Chunk,
  deps: ChunkDeps,
): Promise<Map<LetterToSend, Marked>> {
  const marked = new Map<LetterToSend, Marked>();
  const together = limit(AT_ONCE);
  const end = deps.clock.monotonic() + Math.min(MARK_MS, deps.leftMs() - CONCLUDE_MS - LEAST_MS);
  const markDeps = { ...deps, ...chunk, leftMs: () => end - deps.clock.monotonic() };
  const markBy = (letter: LetterToSend) => {
    if (chunk.group === NO_GROUP) return markUnsent;
    return letter.letter.again === undefined ? mark : markAgain;
  };
  const markOne = (letter: LetterToSend): Promise<Marked> => together(() => markBy(letter)(letter, markDeps));
  await Promise.all(
    queuesOf(letters).map(async ([orderedBy, queue]) => {
      let waits = orderedBy !== undefined && behind.has(orderedBy);
      for (const letter of queue) {
        const as: Marked = waits ? BEHIND : await markOne(letter);
        marked.set(letter, as);
        waits ||= as.kind === 'waits';
      }
    }),
  );
  return marked;
}

const BEHIND: Extract<LetterFate, { kind: 'waits' }> = {
  kind: 'waits',
  reason: 'behind',
  detail: 'one before it of the same key waits; run it again',
};

/** Letters by what orders them; each without a key by itself. */
function queuesOf(letters: readonly LetterToSend[]): (readonly [string | undefined, LetterToSend[]])[] {
  const keyed = new Map<string, LetterToSend[]>();
  const queues: (readonly [string | undefined, LetterToSend[]])[] = [];
  for (const letter of letters) {
    const { orderedBy } = letter;
    const known = orderedBy === undefined ? undefined : keyed.get(orderedBy);
    if (known !== undefined) {
      known.push(letter);
      continue;
    }
    const queue = [letter];
    if (orderedBy !== undefined) keyed.set(orderedBy, queue);
    queues.push([orderedBy, queue]);
  }
  return queues;
}

interface Sent {
  readonly generation: number;
  readonly result: Resent;
}

/** All in the order of the request: what goes to one partition goes there in that order. */
async function send(
  letters: readonly LetterToSend[],
  marked: ReadonlyMap<LetterToSend, Marked>,
  { pipe, clock, leftMs }: ChunkDeps,
): Promise<Map<LetterToSend, Sent>> {
  const sent = new Map<LetterToSend, Sent>();
  const ms = Math.min(TRY_MS, leftMs() - CONCLUDE_MS);
  if (ms < LEAST_MS) return sent;
  const due = letters.flatMap((letter) => {
    const as = marked.get(letter);
    return as?.kind === 'send' ? [{ letter, generation: as.generation }] : [];
  });
  const deadlineAt = clock.monotonic() + ms;
  const submissions = due.map(({ letter, generation }) => ({ message: copyOf(letter, generation), partition: null }));
  const outcomes = await pipe.submit(submissions, { deadlineAt, answerBy: deadlineAt + PIPE_ANSWER_MS });
  due.forEach(({ letter, generation }, index) => sent.set(letter, { generation, result: resent(outcomes[index]) }));
  return sent;
}

/** Deletes a letter that is sent, or that has nothing left to send. Undefined: it has its fate already. */
async function conclude(
  letter: LetterToSend,
  as: Marked | undefined,
  sent: Sent | undefined,
  deps: ChunkDeps,
): Promise<LetterFate | undefined> {
  if (as?.kind === 'remove') {
    const failed = await remove(letter, deps);
    if (failed === undefined) return { kind: 'removed', as: as.as };
    return { kind: 'waits', reason: 'unavailable', detail: failed };
  }
  if (sent?.result.kind !== 'acked') return undefined;
  const { generation, result } = sent;
  const at = { generation, partition: result.partition, offset: result.offset };
  // No delivery parks an event in a letter that sends it again.
  const mayReturn = letter.letter.group !== NO_GROUP && letter.letter.again === undefined;
  if (mayReturn && letter.bears >= generation) {
    return { kind: 'undeleted', ...at, detail: `its record bears the number ${letter.bears}, which no redrive gave it; it can go once the event is applied` }; // prettier-ignore
  }
  const failed = await remove(letter, deps);
  return failed === undefined ? { kind: 'redriven', ...at } : { kind: 'undeleted', ...at, detail: failed };
}

/** Why it is still there, as far as is known; undefined: it is gone. */
async function remove({ object }: LetterToSend, { store, clock, deadLetters }: ChunkDeps): Promise<string | undefined> {
  const removed = await triedAgain(() => store.delete(deadLetters, object), clock);
  return 'failed' in removed ? removed.failed : undefined;
}
