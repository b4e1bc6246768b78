import { letterPlace } from '../../lambdas/runtime/contract';
import { limit } from '../../lambdas/runtime/time/limit';
import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import { consent } from '../consent';
import { discardLetter, type DiscardFate } from './discard-letter';
import { isFiltered, type ListedLetter } from './letters';
import type { DiscardOptions, FilterOptions } from './options';
import { placesOf } from './places';
import { meantBy, requireTable, selected, type ExitCode } from './redrive';
import type { Surroundings } from './surroundings';
import { Tally } from './tally';

/** Letters discarded at once. */
const AT_ONCE = 8;

const WORDS: Readonly<Record<DiscardFate['kind'], string>> = {
  discarded: 'discarded: their events are ended, their letters removed',
  removed: 'removed: their events were ended with another letter',
  gone: 'were gone already',
  refused: 'stay: they are not parked',
  waits: 'stay for now: run it again',
};

/** Ends parked events for a written reason, and removes their letters for good. Asks before, whatever their number. */
export async function discardDeadLetters(
  object: string | undefined,
  options: DiscardOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const why = options.reason.trim();
  if (why === '') throw new Error('--reason: got nothing, want why the events may end unapplied; write it in a sentence'); // prettier-ignore
  const { filter, letters } = await lettersOf(object, options, around);
  const { total, meant } = await meantBy(filter, letters);
  if (total === 0) {
    around.print(options.json ? new Tally(0, WORDS, around).asJson() : 'nothing to discard: no dead letter is meant\n');
    return 0;
  }
  const question = `Discard ${counted(total, 'parked event')} for good, never to be applied? ${total === 1 ? 'Its letter is' : 'Their letters are'} removed.`;
  const instead = 'look with `dead-letters list` and add --yes';
  const go = await consent({ question, nothing: 'nothing was discarded', instead }, options, around);
  if (go !== true) return go;
  const by = options.by ?? (await around.caller());
  const tally = new Tally(total, WORDS, around);
  const together = limit(AT_ONCE);
  const underWay = new Set<Promise<void>>();
  for await (const letter of tally.through(letters(meant))) {
    if (around.signal.aborted) break;
    const ended = together(async () => {
      if (!around.signal.aborted) tally.add([{ object: letter.name, ...(await discardLetter(letter, { by, why }, around)) }]); // prettier-ignore
    });
    underWay.add(ended);
    void ended.finally(() => underWay.delete(ended));
    while (underWay.size >= 2 * AT_ONCE) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  around.progress.end();
  around.print(options.json ? tally.asJson() : tally.asTable());
  return tally.isClean && !around.signal.aborted ? 0 : 1;
}

/** The one that is named, or those that filters choose. Nothing is discarded because nobody said which. */
async function lettersOf(
  object: string | undefined,
  options: DiscardOptions,
  around: Surroundings,
): Promise<{
  readonly filter: FilterOptions;
  readonly letters: (filter: FilterOptions) => AsyncIterable<ListedLetter>;
}> {
  const { parkedFor, ...others } = options;
  const filter = { ...others, reason: parkedFor };
  if (object === undefined) {
    if (!isFiltered(filter)) throw new Error('object: got none, and no filter, want what is to be discarded; name a letter, or give --topic, --group, --key or another filter'); // prettier-ignore
    const places = await placesOf(filter, around.outputsOf);
    for (const place of places) requireTable(place);
    return { filter, letters: (meant) => selected(places, meant, around) };
  }
  if (isFiltered({ ...filter, group: undefined })) throw new Error('object: got one together with filters, want one letter, or those of a filter; leave one of them out'); // prettier-ignore
  const at = letterPlace(object);
  if (at === undefined) throw new Error(`object: got ${printable(object.slice(0, 200))}, want the name of a dead letter as \`dead-letters list\` shows it; copy it whole`); // prettier-ignore
  const [place] = await placesOf({ ...filter, topic: at.topic, group: at.group }, around.outputsOf);
  if (place === undefined) throw new Error('object: no place is known for it');
  requireTable(place);
  return {
    filter,
    letters: async function* () {
      yield await Promise.resolve({ name: object, bytes: 0, ...at, place });
    },
  };
}
