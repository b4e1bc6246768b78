import { letterEnd, RECORD, type LetterEnd, type LetterFate } from '../contract';
import { redrivenUpdate, stateOfLetter, type LetterState } from '../idempotency/redriven';
import type { ObjectStore } from '../stores/object-store';
import type { Item, Transactions } from '../stores/tables';
import { updated } from '../stores/tried-again';
import type { Clock } from '../time/clock';
import { inWords } from '../time/within';
import type { LetterToSend } from './letter-to-send';

export interface MarkDeps {
  readonly transactions: Transactions;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly clock: Clock;
  readonly table: string;
  readonly deadLetters: string;
  readonly maxRedrives: number;
  /** Milliseconds left to ask the table. */
  readonly leftMs: () => number;
}

/** What is to be done with a letter, by what the table says of its event. */
export type Marked =
  | { readonly kind: 'send'; readonly generation: number }
  | { readonly kind: 'remove'; readonly as: Extract<LetterFate, { readonly kind: 'removed' }>['as'] }
  | Extract<LetterFate, { readonly kind: 'refused' | 'waits' }>;

export const unavailable = (detail: string): Marked => ({ kind: 'waits', reason: 'unavailable', detail });

/** Writes `redriven` where the event is parked in this letter, and says what the table knows of it else. Never rejects. */
export async function mark(letter: LetterToSend, deps: MarkDeps): Promise<Marked> {
  const { transactions, clock, leftMs } = deps;
  const { key, object, content } = letter;
  if (leftMs() <= 0) return unavailable('no time was left to ask its table');
  const held = await heldByRival(letter, deps);
  if (held !== undefined) return held;
  const outcome = await updated(transactions, () => redrivenUpdate({ ...deps, key, object, content, nowMs: clock.now() }), deps); // prettier-ignore
  switch (outcome.kind) {
    case 'written':
      return { kind: 'send', generation: Number(outcome.item[RECORD.generation]) };
    case 'not met':
      // Carried out and its answer lost, it is found as `redriven`.
      return found(letter, outcome.item, deps);
    case 'failed':
      return unavailable(outcome.detail);
  }
}

/** Of what never reached the topic no table knows: beside the letters it stands if a person ended it. Never rejects. */
export async function markUnsent(
  { object }: Pick<LetterToSend, 'object'>,
  { store, deadLetters }: Pick<MarkDeps, 'store' | 'deadLetters'>,
): Promise<Marked> {
  try {
    const ended = await store.get(deadLetters, letterEnd(object));
    if (ended === undefined) return { kind: 'send', generation: 0 };
    const { kind } = JSON.parse(ended) as LetterEnd;
    return kind === 'amended' ? AMENDED : DISCARDED;
  } catch (error) {
    return unavailable(inWords(error));
  }
}

const DISCARDED: Marked = {
  kind: 'refused',
  reason: 'discarded',
  detail: 'its event was discarded, and this letter of it is still there; end that with `dead-letters discard`',
};

const AMENDED: Marked = {
  kind: 'refused',
  reason: 'amended',
  detail:
    'a corrected event takes its place, and this letter of it is still there: that was interrupted, or is under way; end it with `dead-letters amend` and its name',
};

/** An event of another content has its id: sent again it would be parked again. Undefined: nothing is known of such a one. */
async function heldByRival({ rival, content, object }: LetterToSend, deps: MarkDeps): Promise<Marked | undefined> {
  if (rival === undefined) return undefined;
  let item: Item | undefined;
  try {
    item = await deps.transactions.read(deps.table, rival);
  } catch (error) {
    return unavailable(`table ${deps.table}: ${inWords(error)}`);
  }
  if (stateOfLetter({ object, content }, item).kind !== 'other content') return undefined;
  const detail = 'its id belongs to an event of other content, so that it would be parked again; `dead-letters amend` with its name alone gives it an id of its own'; // prettier-ignore
  return { kind: 'refused', reason: 'id-conflict', detail };
}

async function found(letter: LetterToSend, item: Item | undefined, deps: MarkDeps): Promise<Marked> {
  const state = stateOfLetter(letter, item);
  switch (state.kind) {
    case 'parked here':
      return tooOften(state.generation, deps.maxRedrives);
    case 'parked elsewhere':
      return elsewhere(letter, state, deps);
    case 'open':
      return notParked('no delivery has settled it, or the table has forgotten it');
    case 'discarded':
    case 'discarded elsewhere':
      return DISCARDED;
    case 'amended':
      return AMENDED;
    case 'redriven':
    case 'redriven elsewhere':
    case 'done':
    case 'claimed':
    case 'amended elsewhere':
    case 'other content':
    case 'not known':
      return whicheverLetter(state);
  }
}

/** What is to be done with a letter, whatever it was put for. */
export function whicheverLetter(
  state: Extract<
    LetterState,
    {
      readonly kind:
        | 'redriven' | 'redriven elsewhere' | 'done' | 'claimed' | 'amended elsewhere' | 'other content' | 'not known';
    }
  >, // prettier-ignore
): Marked {
  switch (state.kind) {
    // Interrupted, or carried out and its answer lost.
    case 'redriven':
      return { kind: 'send', generation: state.generation };
    case 'redriven elsewhere':
      return notParked('another letter of it was sent back and is not settled yet');
    case 'done':
      return { kind: 'remove', as: 'applied' };
    case 'claimed':
      return { kind: 'waits', reason: 'claimed', detail: 'a call is under way for it; run it again' };
    case 'amended elsewhere':
      return { kind: 'remove', as: 'amended' };
    case 'other content':
      return notParked('the table knows an event of other content under its id');
    case 'not known':
      return notParked(`its record is in state ${state.state}, which this version does not know`);
  }
}

export const tooOften = (generation: number, maxRedrives: number): Marked => ({
  kind: 'refused',
  reason: 'max-redrives',
  detail: `it was sent back ${generation === 1 ? 'once and parked again' : `${generation} times and parked each time`}, want fewer than ${maxRedrives}; mend what fails it, then raise --max-redrives`,
});

const notParked = (why: string): Marked => ({
  kind: 'refused',
  reason: 'not-parked',
  detail: `its table does not say that it is parked in this letter: ${why}; leave it, or look at it with \`dead-letters show\``,
});

/** The other letter has the event, if it is there, and no delivery of this one's record can come to need this one again. */
async function elsewhere(
  { bears }: LetterToSend,
  { object, generation }: Extract<LetterState, { readonly kind: 'parked elsewhere' }>,
  { store, deadLetters }: MarkDeps,
): Promise<Marked> {
  try {
    const isThere = (await store.get(deadLetters, object)) !== undefined;
    if (isThere && bears <= generation) return { kind: 'remove', as: 'parked-elsewhere' };
  } catch (error) {
    return unavailable(inWords(error));
  }
  return notParked(`it is parked in ${object}`);
}
