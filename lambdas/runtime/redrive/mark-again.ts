import { RECORD, type DeadLetter } from '../contract';
import { stateOfLetter, type LetterState } from '../idempotency/redriven';
import { sentAgainUpdate, type AgainFrom } from '../idempotency/sent-again';
import type { ObjectStore } from '../stores/object-store';
import type { Item } from '../stores/tables';
import { triedAgain, updated } from '../stores/tried-again';
import type { Clock } from '../time/clock';
import type { LetterToSend } from './letter-to-send';
import { tooOften, unavailable, whicheverLetter, type MarkDeps, type Marked } from './mark';

/** What its table says of an event that a topic still holds, seen from the letter that sends it again, there or not. */
export type AgainState =
  /** It may be sent. `generation`: how often it was sent back by now. */
  | { readonly kind: 'due'; readonly from: AgainFrom; readonly generation: number }
  | { readonly kind: 'parked elsewhere'; readonly object: string }
  | Extract<
      LetterState,
      {
        readonly kind:
          | 'done' | 'claimed' | 'redriven' | 'redriven elsewhere' | 'discarded' | 'discarded elsewhere'
          | 'amended' | 'amended elsewhere' | 'other content' | 'not known';
      }
    >; // prettier-ignore

interface Letters {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly clock: Clock;
  readonly deadLetters: string;
}

/** @throws Error where S3 does not say whether another letter is there */
export async function againState(
  of: Pick<LetterToSend, 'object' | 'content'> & { readonly letter: Pick<DeadLetter, 'again'> },
  item: Item | undefined,
  { store, clock, deadLetters }: Letters,
): Promise<AgainState> {
  const state = stateOfLetter(of, item);
  switch (state.kind) {
    case 'open':
      return { kind: 'due', from: { kind: 'open' }, generation: Number(item?.[RECORD.generation] ?? 0) };
    case 'done':
      return state.atMs < (of.letter.again ?? 0) ? { ...state, kind: 'due', from: { kind: 'done' } } : state;
    case 'parked here':
      return { ...state, kind: 'due', from: { kind: 'parked', object: of.object } };
    case 'parked elsewhere': {
      const { object, generation } = state;
      const other = await triedAgain(() => store.get(deadLetters, object), clock);
      if ('failed' in other) throw new Error(other.failed);
      if (other.value !== undefined) return { kind: 'parked elsewhere', object };
      return { kind: 'due', from: { kind: 'parked', object }, generation };
    }
    case 'redriven':
    case 'redriven elsewhere':
    case 'claimed':
    case 'discarded':
    case 'discarded elsewhere':
    case 'amended':
    case 'amended elsewhere':
    case 'other content':
    case 'not known':
      return state;
  }
}

/** Whether a letter was put to send its event again, and the next redrive does. @throws Error where S3 does not say */
export async function isDueAgain(
  of: Parameters<typeof againState>[0],
  item: Item | undefined,
  letters: Letters,
): Promise<boolean> {
  return of.letter.again !== undefined && (await againState(of, item, letters)).kind === 'due';
}

/** Why such a letter does not end its event, and the way out of that. */
export const DUE_AGAIN = 'it was put to send its event again, which is not parked; let `dead-letters redrive` do that';

/** A record that changes between the look at it and the write is looked at so often. */
const LOOKS = 3;

/**
 * Writes `redriven` where the letter's event may be sent again, and says what the table knows of it else. A letter of what is
 * over, applied or ended by a person, is to be removed. Never rejects.
 */
export async function markAgain(letter: LetterToSend, deps: MarkDeps): Promise<Marked> {
  const { transactions, table, maxRedrives, clock, leftMs } = deps;
  if (leftMs() <= 0) return unavailable('no time was left to ask its table');
  const read = await triedAgain(() => transactions.read(table, letter.key), clock);
  if ('failed' in read) return unavailable(`table ${table}: ${read.failed}`);
  let item = read.value;
  for (let looks = 1; looks <= LOOKS; looks++) {
    const state = await againState(letter, item, deps).catch((error: Error) => error);
    if (state instanceof Error) return unavailable(state.message);
    if (state.kind !== 'due') return overOrNot(state);
    if (state.generation >= maxRedrives) return tooOften(state.generation, maxRedrives);
    const { from } = state;
    const outcome = await updated(transactions, () => sentAgainUpdate(from, { ...deps, ...letter, nowMs: clock.now() }), deps); // prettier-ignore
    switch (outcome.kind) {
      case 'written':
        return { kind: 'send', generation: Number(outcome.item[RECORD.generation]) };
      case 'not met':
        // Carried out and its answer lost, it is found as `redriven`.
        item = outcome.item;
        break;
      case 'failed':
        return unavailable(outcome.detail);
    }
  }
  return unavailable('its record changed meanwhile');
}

function overOrNot(state: Exclude<AgainState, { readonly kind: 'due' }>): Marked {
  switch (state.kind) {
    case 'parked elsewhere':
      return { kind: 'remove', as: 'parked-elsewhere' };
    case 'discarded':
    case 'discarded elsewhere':
      return { kind: 'remove', as: 'discarded' };
    case 'amended':
      return { kind: 'remove', as: 'amended' };
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
