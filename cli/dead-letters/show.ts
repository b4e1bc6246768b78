import type { DeadLetter } from '../../lambdas/runtime/contract';
import { letterPlace } from '../../lambdas/runtime/contract';
import { parseDeadLetter } from '../../lambdas/runtime/dead-letters/letter';
import { stateOfLetter, type LetterState } from '../../lambdas/runtime/idempotency/redriven';
import { sendable } from '../../lambdas/runtime/redrive/letter-to-send';
import { isDueAgain } from '../../lambdas/runtime/redrive/mark-again';
import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import { bytesInWords } from './bytes-in-words';
import { endInLines, endOfLetter } from './ends';
import { explained } from './errors';
import { typeOf } from './letters';
import type { ShowOptions } from './options';
import { placesOf, type Place } from './places';
import type { Surroundings } from './surroundings';

/** What the table says of the event; `not asked` where no table is known. */
type Told = LetterState | { readonly kind: 'not asked'; readonly why: string };

/** Prints one dead letter: what it holds, where it came from, what the table says of its event, and what to do next. Of one that is gone: who ended its event, and why. */
export async function showDeadLetter(object: string, options: ShowOptions, around: Surroundings): Promise<0> {
  const at = letterPlace(object);
  if (at === undefined) {
    throw new Error(`object: got ${printable(object.slice(0, 200))}, want the name of a dead letter as \`dead-letters list\` shows it; copy it whole`); // prettier-ignore
  }
  const { topic, group } = at;
  const [place] = await placesOf({ ...options, topic, group }, around.outputsOf);
  if (place === undefined) throw new Error('object: no place is known for it');
  const text = await around.store.get(place.deadLetters, object).catch((error: unknown) => {
    throw explained(`object ${object} in bucket ${place.deadLetters}`, error);
  });
  if (text === undefined) {
    const end = await endOfLetter(object, place, around.store);
    if (end !== undefined) {
      around.print(options.json ? `${JSON.stringify({ object, gone: true, end })}\n` : endInLines(end));
      return 0;
    }
    throw new Error(`object ${object}: got none of this name in bucket ${place.deadLetters}, want one; it was sent back, or the name is cut off`); // prettier-ignore
  }
  const letter = parseDeadLetter(text, object);
  const asked = await stateOf(object, letter, { ...at, place }, around);
  const { told } = asked;
  const next = whatNext(letter, asked);
  if (options.json) around.print(`${JSON.stringify({ object, ...letter, type: typeOf(letter), state: told, next })}\n`);
  else around.print(inLines(object, letter, told, next));
  return 0;
}

interface Asked {
  readonly told: Told;
  /** Why a redrive would refuse it, whatever the table says. */
  readonly refusal?: string;
  /** Whether it was put to send its event again, and a redrive does. @default false */
  readonly isDue?: boolean;
}

async function stateOf(
  object: string,
  letter: DeadLetter,
  of: { readonly cluster: string; readonly topic: string; readonly group: string; readonly place: Place },
  { transactions, ...around }: Surroundings,
): Promise<Asked> {
  const found = sendable(object, letter, of);
  if (found.kind === 'refused') return { told: { kind: 'not asked', why: found.reason }, refusal: found.detail };
  if (of.group === '-')
    return { told: { kind: 'not asked', why: 'it never reached its topic: here the object decides' } };
  const { table } = of.place;
  if (table === undefined) return { told: { kind: 'not asked', why: 'no table is known; give --stack, or --table and --group' } }; // prettier-ignore
  const itemOf = (key: string) =>
    transactions.read(table, key).catch((error: unknown) => {
      throw explained(`table ${table}`, error);
    });
  const item = await itemOf(found.key);
  const state = stateOfLetter(found, item);
  if (state.kind === 'other content' && found.rival === undefined) return { told: stateOfLetter(found, await itemOf(found.conflictKey)) }; // prettier-ignore
  return { told: state, isDue: await isDueAgain(found, item, { ...around, ...of.place }) };
}

/** One sentence for whoever looks at it. */
function whatNext(letter: DeadLetter, { told, refusal, isDue = false }: Asked): string {
  if (refusal !== undefined) return `a redrive would refuse it: ${refusal}`;
  if (isDue) return '`dead-letters redrive` sends its event again, from this letter';
  switch (told.kind) {
    case 'not asked':
      return letter.group === '-'
        ? 'mend what refused it, then `dead-letters redrive --group -` sends it'
        : `${told.why}: then its state is shown`;
    case 'parked here':
      return told.generation === 0
        ? 'mend what failed it, then `dead-letters redrive` sends it back'
        : `it was sent back ${counted(told.generation, 'time')} and parked again: mend what fails it, then \`dead-letters redrive\` sends it back`;
    case 'redriven':
      return 'a redrive of it was interrupted, or is under way: `dead-letters redrive` sends it again under the same number';
    case 'done':
      return 'its event is applied: `dead-letters redrive` removes the letter and sends nothing';
    case 'parked elsewhere':
      return `its event is parked in ${told.object}: \`dead-letters redrive\` removes this letter`;
    case 'claimed':
      return 'a call is under way for its event: look again later';
    case 'redriven elsewhere':
    case 'open':
      return 'leave it: a delivery is about to settle its event, or the table has forgotten it';
    case 'discarded':
    case 'discarded elsewhere':
      return `its event was discarded by ${told.by}: \`dead-letters discard\` removes this letter`;
    case 'amended':
      return `the event ${told.as} takes its place, and that was interrupted, or is under way: \`dead-letters amend\` with its name ends it`;
    case 'amended elsewhere':
      return `the event ${told.as} takes its place: \`dead-letters redrive\` removes this letter`;
    case 'other content':
      return 'leave it: the table knows an event of other content under its id';
    case 'not known':
      return `leave it: the table knows its event as ${told.state}, which is a word of a later version`;
  }
}

const STATES: Readonly<Record<LetterState['kind'], string>> = {
  'parked here': 'parked, in this letter',
  'parked elsewhere': 'parked, in another letter',
  redriven: 'redriven, and this letter is still here: interrupted',
  'redriven elsewhere': 'redriven, from another letter',
  claimed: 'claimed by a call',
  done: 'done',
  open: 'nothing',
  discarded: 'discarded, and this letter is still here: interrupted',
  'discarded elsewhere': 'discarded, with another letter',
  amended: 'amended, and this letter is still here: interrupted',
  'amended elsewhere': 'amended, with another letter',
  'other content': 'an event of other content',
  'not known': 'not known',
};

function inLines(object: string, letter: DeadLetter, told: Told, next: string): string {
  const { cluster, topic, partition, offset, group, source, id, reason, detail, effect, parkedAt, timestamp, again } =
    letter;
  const type = typeOf(letter);
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['object', object],
    ['event', `${id} from ${source}${type === undefined ? '' : `, of type ${type}`}`],
    ['parked', `${parkedAt}, ${group === '-' ? 'before it reached the topic' : `by group ${group}`}`],
    ['why', `${reason}: ${detail}`],
    ...(again === undefined ? [] : [['again', againInWords(again)] as const]),
    ['effect', effect === 'none' ? 'has not taken place' : 'unknown: a call may have reached the other system'],
    ['came from', partition < 0 ? `topic ${topic}, never reached` : `${topic}-${partition} at offset ${offset}, written ${timeInWords(timestamp)}`],
    ['cluster', cluster],
    ['table', told.kind === 'not asked' ? `not asked: ${told.why}` : STATES[told.kind]],
    ['next', next],
  ]; // prettier-ignore
  const headers = letter.headers.map(([name, value]) => `  ${printable(name)}: ${value === null ? 'null' : bytesInWords(Buffer.from(value, 'base64'))}`); // prettier-ignore
  return [
    ...rows.map(([name, text]) => `${name.padEnd(10)} ${printable(text)}`),
    '',
    `headers (${headers.length})`,
    ...headers,
    '',
    `key        ${letter.key === null ? 'none' : bytesInWords(Buffer.from(letter.key, 'base64'))}`,
    'value',
    letter.value === null ? 'null: a tombstone' : bytesInWords(Buffer.from(letter.value, 'base64')),
    ...(letter.raw === undefined ? [] : ['', 'raw: the record as it was handed over', bytesInWords(Buffer.from(letter.raw))]), // prettier-ignore
    '',
  ].join('\n');
}

const againInWords = (again: number): string =>
  again === 0 ? 'unless its event is applied' : `unless its event was applied at ${timeInWords(again)} or later`;

const timeInWords = (timestamp: number): string =>
  timestamp >= 0 && timestamp <= 8.64e15 ? new Date(timestamp).toISOString() : `at ${timestamp}`;
