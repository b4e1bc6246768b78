import type { LetterFate } from '../../lambdas/runtime/contract';
import { limit } from '../../lambdas/runtime/time/limit';
import { inWords } from '../../lambdas/runtime/time/within';
import { consent } from '../consent';
import { dryRun } from './dry-run';
import { Lane } from './lane';
import { meantLetters, type ListedLetter } from './letters';
import type { FilterOptions, RedriveOptions } from './options';
import { placesOf, type Place } from './places';
import { Tally } from './tally';
import type { Surroundings } from './surroundings';

/** Exit codes: 0 all is sent, 1 some letters stay, 2 nobody was there to say yes. */
export type ExitCode = 0 | 1 | 2;

/** Letters above which a person is asked. */
const ASK_ABOVE = 100;
/** Letters, and bytes, of one request: so much may be sent twice where a run is killed. */
export const CHUNK = 100;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Chunks that wait for their lane. */
const AHEAD = 4;

export const WORDS: Readonly<Record<LetterFate['kind'], string>> = {
  redriven: 'sent back, their letters deleted',
  undeleted: 'sent back, their letters still there',
  removed: 'had nothing to send, their letters deleted',
  gone: 'were gone already',
  refused: 'stay: they take a person',
  waits: 'stay for now: run it again',
};

/** Sends dead letters back to their topics, partition by partition, and says what became of them. */
export async function redriveDeadLetters(options: RedriveOptions, around: Surroundings): Promise<ExitCode> {
  const places = await placesOf(options, around.outputsOf);
  if (options.dryRun) return dryRun(places, options, around, () => selected(places, options, around));
  for (const place of places) requireFunction(place);
  const { total, meant } = await meantBy(options, (filter) => selected(places, filter, around));
  if (total === 0) {
    around.print(options.json ? new Tally(0, WORDS, around).asJson() : 'nothing to send: no dead letter is meant\n');
    return 0;
  }
  const go = await mayGo(total, `Send ${total} dead letters back?`, options, around);
  if (go !== true) return go;
  const tally = new Tally(total, WORDS, around);
  await send(tally.through(selected(places, meant, around)), options, around, tally);
  around.progress.end();
  around.print(options.json ? tally.asJson() : tally.asTable());
  return tally.isClean && !around.signal.aborted ? 0 : 1;
}

export function requireFunction(place: Place): void {
  if (place.replay === undefined) {
    throw new Error(`${wordsOf(place)}: got no function that sends its letters back, want the replay function of the topic's spill store; give the consumer \`spill\` and deploy it, or give --function`); // prettier-ignore
  }
  requireTable(place);
}

const wordsOf = ({ topic, group, deadLetters }: Place): string =>
  topic === undefined ? `bucket ${deadLetters}` : `topic ${topic}, group ${group ?? 'not known'}`;

/** @throws Error in one sentence where it is not known which table knows the events */
export function requireTable(place: Place): void {
  const { group, table } = place;
  const of = wordsOf(place);
  if (group !== undefined && group !== '-' && table === undefined) {
    throw new Error(`${of}: got no table, want the idempotency table of the group; give --stack, or --table`);
  }
  if (group === undefined) {
    throw new Error(`${of}: got no group, want the consumer group that parked them, or - for what never reached the topic; give --stack, or --group and --table`); // prettier-ignore
  }
}

/** Whether a person has nothing against so many; else the exit code. */
export const mayGo = async (
  total: number,
  question: string,
  options: Pick<RedriveOptions, 'yes' | 'json'>,
  around: Surroundings,
): Promise<true | 1 | 2> =>
  total <= ASK_ABOVE ||
  consent(
    { question, nothing: 'nothing was sent', instead: `${total} are meant; look with --dry-run and add --yes` },
    options,
    around,
  );

/** The letters that are meant, in the order of their names; of several places one after the other. */
export async function* selected(
  places: readonly Place[],
  options: FilterOptions & { readonly limit?: number },
  { store }: Surroundings,
): AsyncIterable<ListedLetter> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (const place of places) {
    for await (const { listed } of meantLetters(place, options, store)) {
      if (left-- <= 0) return;
      yield listed;
    }
  }
}

/** How many letters are meant, and the filter that means no letter put after the last of them: nobody was told of those. */
export async function meantBy<F extends FilterOptions>(
  filter: F,
  letters: (filter: F) => AsyncIterable<ListedLetter>,
): Promise<{ readonly total: number; readonly meant: F }> {
  let total = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for await (const { putAtMs = lastMs } of letters(filter)) {
    total += 1;
    lastMs = Math.max(lastMs, putAtMs);
  }
  const isTimed = lastMs > Number.NEGATIVE_INFINITY;
  return { total, meant: isTimed ? { ...filter, until: lastMs + 1 } : filter };
}

/** One lane for each partition of a group, several at once: within one the order of the log is kept. */
async function send(
  letters: AsyncIterable<ListedLetter>,
  options: RedriveOptions,
  around: Surroundings,
  tally: Tally<LetterFate['kind']>,
): Promise<void> {
  const together = limit(options.concurrency);
  const most = options.rate === undefined ? CHUNK : Math.max(1, Math.min(CHUNK, Math.floor(options.rate / options.concurrency))); // prettier-ignore
  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  let lane: { readonly name: string; readonly of: Lane; last: Promise<void> } | undefined;
  for await (const chunk of chunksOf(letters, most)) {
    if (around.signal.aborted || failure !== undefined) break;
    const { name, place } = laneOf(chunk);
    if (lane?.name !== name) lane = { name, of: new Lane(place, options, around, tally), last: Promise.resolve() };
    const { of, last } = lane;
    const sent = last
      .then(() => together(() => of.send(chunk.map((letter) => letter.name))))
      .catch((error: unknown) => void (failure ??= error));
    lane.last = sent;
    underWay.add(sent);
    void sent.finally(() => underWay.delete(sent));
    // No more is listed than is soon to be sent: memory stays flat.
    while (underWay.size >= options.concurrency * AHEAD) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure instanceof Error ? failure : new Error(inWords(failure));
}

function laneOf([first]: readonly ListedLetter[]): { readonly name: string; readonly place: Place & { readonly topic: string; readonly group: string } } {
  if (first === undefined) throw new Error('a chunk without letters');
  const { topic, group, partition, place } = first;
  return { name: JSON.stringify([place.deadLetters, topic, group, partition]), place: { ...place, topic, group } };
} // prettier-ignore

/** Letters of one partition, in their order. */
async function* chunksOf(letters: AsyncIterable<ListedLetter>, most: number): AsyncIterable<readonly ListedLetter[]> {
  let chunk: ListedLetter[] = [];
  let bytes = 0;
  for await (const letter of letters) {
    const isOther = chunk[0] !== undefined && laneOf(chunk).name !== laneOf([letter]).name;
    if (chunk.length > 0 && (isOther || chunk.length >= most || bytes + letter.bytes > CHUNK_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(letter);
    bytes += letter.bytes;
  }
  if (chunk.length > 0) yield chunk;
}
