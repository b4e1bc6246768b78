import {
  amendment,
  letterEnd,
  RECORD,
  type DeadLetter,
  type LetterEnd,
  type RedriveRefusal,
} from '../../lambdas/runtime/contract';
import { endOf } from '../../lambdas/runtime/dead-letters/letter-end';
import { discardedUpdate } from '../../lambdas/runtime/idempotency/ended';
import { stateOfLetter, type LetterState } from '../../lambdas/runtime/idempotency/redriven';
import { NO_GROUP, ownLetter, type LetterRecord } from '../../lambdas/runtime/redrive/letter-to-send';
import { DUE_AGAIN, isDueAgain } from '../../lambdas/runtime/redrive/mark-again';
import { updated } from '../../lambdas/runtime/stores/tried-again';
import { inWords } from '../../lambdas/runtime/time/within';
import type { Item } from '../../lambdas/runtime/stores/tables';
import { erase } from './erase';
import type { ListedLetter } from './letters';
import type { Place } from './places';
import type { Surroundings } from './surroundings';

/** Who discards, and why: in the words of a person. */
export interface Discarding {
  readonly by: string;
  readonly why: string;
}

/** What became of one letter that was to be discarded. */
export type DiscardFate =
  /** Its event is ended, that is on record, and no version of the letter is left. */
  | { readonly kind: 'discarded' }
  /** Its event was ended with another letter, and no version of this one is left. */
  | { readonly kind: 'removed' }
  /** There is no such letter (any more). */
  | { readonly kind: 'gone' }
  /** It stays as it is, and would the next time. */
  | { readonly kind: 'refused'; readonly reason: DiscardRefusal; readonly detail: string }
  /** S3 or DynamoDB did not answer: run it again. */
  | { readonly kind: 'waits'; readonly reason: 'unavailable'; readonly detail: string };

export type DiscardRefusal =
  | Extract<RedriveRefusal, 'not-a-letter' | 'foreign' | 'not-parked'>
  /** Its event has taken effect. */
  | 'applied'
  /** It was sent back, or a call is under way: it may yet be applied. */
  | 'under-way'
  /** Another letter has the event. */
  | 'parked-elsewhere'
  /** It was put to send its event again, which is not parked. */
  | 'to-be-sent'
  /** A corrected event takes its place. */
  | 'amended';

/** Milliseconds the table is asked. */
const ASK_MS = 10_000;

type Around = Pick<Surroundings, 'store' | 'transactions' | 'versions' | 'clock'>;
type Refused = Extract<DiscardFate, { readonly kind: 'refused' }>;
type Stays = Extract<DiscardFate, { readonly kind: 'refused' | 'waits' }>;

/**
 * Ends the event of one letter: `discarded` in the table, then a note of who, when and why beside the letters, then every version of
 * the letter is removed. Killed at any point it is run again, and goes on from where the table and the bucket say. Never rejects.
 */
export async function discardLetter(listed: ListedLetter, discarding: Discarding, around: Around): Promise<DiscardFate> {
  const { name, place } = listed;
  try {
    const text = await around.store.get(place.deadLetters, name);
    if (text === undefined) return { kind: 'gone' };
    const read = ownLetter(name, text, listed);
    if ('kind' in read) return read;
    const { letter, record } = read;
    const ended: Ended | Stays = listed.group === NO_GROUP
      ? { ...discarding, with: name, atMs: around.clock.now() }
      : await endInTable({ ...record, object: name, letter, place }, discarding, around);
    if ('kind' in ended) return ended;
    const { key, with: first, ...told } = ended;
    // One event, one note: it lies with the letter of which the table says that the event ended with it.
    if (first === name) {
      const end = endOf(name, letter, { kind: 'discarded', record: key, content: record.content, ...told });
      const other = await note(end, place.deadLetters, around);
      if (other !== undefined) return other;
    }
    for (const each of [...(await amendmentsOf(listed, around)), name]) await erase(around.versions, place.deadLetters, each); // prettier-ignore
    return { kind: first === name ? 'discarded' : 'removed' };
  } catch (error) {
    return { kind: 'waits', reason: 'unavailable', detail: inWords(error) };
  }
} // prettier-ignore

/** Corrections of it that were begun and refused, or left over. */
async function amendmentsOf({ name, place }: ListedLetter, { store }: Around): Promise<string[]> {
  const names: string[] = [];
  for await (const listed of store.list(place.deadLetters, amendment(name, ''))) names.push(listed.name);
  return names;
}

const refused = (reason: DiscardRefusal, detail: string): Refused => ({ kind: 'refused', reason, detail });

interface Ended extends Discarding {
  /** Of the record that says so; none of what has none. */
  readonly key?: string;
  /** Name of the letter with which it ended. */
  readonly with: string;
  readonly atMs: number;
}

/** Whoever was first is on record: a run that goes on for another tells of that one. */
async function endInTable(
  of: LetterRecord & { readonly object: string; readonly letter: DeadLetter; readonly place: Place },
  discarding: Discarding,
  around: Around,
): Promise<Ended | Stays> {
  const { transactions, clock } = around;
  const { table = '', deadLetters } = of.place;
  const nowMs = clock.now();
  const end = clock.monotonic() + ASK_MS;
  const leftMs = () => end - clock.monotonic();
  const outcome = await updated(transactions, () => discardedUpdate({ ...of, ...discarding, table, nowMs }), {
    clock,
    leftMs,
  });
  switch (outcome.kind) {
    case 'written':
      return { ...discarding, key: of.key, with: of.object, atMs: nowMs };
    case 'not met':
      if (of.key !== of.conflictKey) {
        // A letter may have been put before it was known that its id belongs to another event.
        if (stateOfLetter(of, outcome.item).kind === 'other content') {
          const asConflict = await endInTable({ ...of, key: of.conflictKey }, discarding, around);
          const isKnown = !('kind' in asConflict) || asConflict.reason !== 'not-parked';
          return isKnown ? asConflict : found(of, outcome.item);
        }
        if (await isDueAgain(of, outcome.item, { ...around, deadLetters })) return TO_BE_SENT;
      }
      // Carried out and its answer lost, it is found as `discarded`.
      return found(of, outcome.item);
    case 'failed':
      return { kind: 'waits', reason: 'unavailable', detail: outcome.detail };
  }
}

function found(
  of: { readonly key: string; readonly object: string; readonly content: string },
  item: Item | undefined,
): Ended | Refused {
  const state = stateOfLetter(of, item);
  switch (state.kind) {
    case 'discarded':
    case 'discarded elsewhere':
      // Ended with another letter, or by an earlier run: what is left of this one goes too.
      return { key: of.key, with: String(item?.[RECORD.object]), by: state.by, why: state.why, atMs: state.atMs };
    case 'done':
      return refused('applied', 'its event is applied, and nothing is left to discard; `dead-letters redrive` removes the letter'); // prettier-ignore
    case 'claimed':
    case 'redriven':
    case 'redriven elsewhere':
      return refused('under-way', 'it was sent back, or a call is under way for it, and it may yet be applied; let `dead-letters redrive` end that, and discard it if it is parked again'); // prettier-ignore
    case 'parked elsewhere':
      return refused('parked-elsewhere', `its event is parked in ${state.object}; discard that letter first`);
    case 'amended':
    case 'amended elsewhere':
      return refused(
        'amended',
        `the event ${state.as} takes its place; \`dead-letters amend\` or \`redrive\` removes the letter`,
      );
    case 'parked here':
      return refused('not-parked', 'its table changed meanwhile; run it again');
    case 'open':
    case 'other content':
      return refused('not-parked', NOT_PARKED[state.kind]);
    case 'not known':
      return refused('not-parked', `its record is in state ${state.state}, which this version does not know; use the version that wrote it`); // prettier-ignore
  }
}

const TO_BE_SENT = refused('to-be-sent', `${DUE_AGAIN}, and discard it if it is parked then`);

const NOT_PARKED: Readonly<Record<Extract<LetterState['kind'], 'open' | 'other content'>, string>> = {
  open: 'its table does not say that it is parked: no delivery has settled it, or the table has forgotten it; leave it, or look at it with `dead-letters show`',
  'other content': 'the table knows an event of other content under its id; leave it, or look at it with `dead-letters show`', // prettier-ignore
};

/** Undefined: it is on record, of this run or of an earlier one. */
async function note(end: LetterEnd, deadLetters: string, { store }: Around): Promise<Refused | undefined> {
  const name = letterEnd(end.object);
  const put = await store.putIfAbsent(deadLetters, name, JSON.stringify(end));
  if (put === 'written' || end.group !== NO_GROUP) return undefined;
  // Of what never reached the topic the note alone decides: it may say that a corrected event takes its place.
  const before = JSON.parse((await store.get(deadLetters, name)) ?? '{}') as Partial<LetterEnd>;
  return before.kind === 'amended' ? refused('amended', 'a corrected event takes its place; `dead-letters amend` ends that') : undefined; // prettier-ignore
}
