import type { Clock } from '../clock';
import type { DeadLetter } from '../contract';
import { deadLetter, putDeadLetter, type ParkCause } from '../dead-letters';
import type { ObjectStore } from '../object-store';
import { claim, giveBack, tryClaim, underClaim, type Watch } from './claim';
import { conflictKeyOf, type Delivery } from './delivery';
import type { SettledAs } from '../ledger';
import { foundBy, parkedPut } from './record';
import type { Transactions } from './transactions';
import { CLAIMED, ID_CONFLICT, settledAs, type Trouble } from './verdict';

/** Where the events of one consumer group are parked. */
export interface ParkingPlace {
  readonly environment: {
    readonly cluster: string;
    readonly group: string;
    readonly table: string;
    readonly deadLetters: string;
  };
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
}

/** Whose claim it will be where there has to be one, and until when another's is waited for. */
export interface Claimant {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Given: another's claim is looked at once and not waited for, as whoever asks has others to see to. */
  readonly watch?: Watch;
}

/** `object`: name of the dead letter of an event that is parked: by this call, or by one of the same record before it. */
export type Parked = { readonly kind: 'settled'; readonly as: SettledAs; readonly object?: string } | Trouble;

/**
 * Parks an event whose effect needs no claim. Where it is claimed all the same (by a deploy that made calls), it is parked
 * as `parkClaimed` does.
 */
export async function park(
  delivery: Delivery,
  cause: ParkCause,
  place: ParkingPlace,
  claimant: Claimant,
): Promise<Parked> {
  const parked = await parkAs(delivery, cause, place);
  const isClaimed = parked.kind === 'trouble' && parked.claimed === true;
  return isClaimed ? parkClaimed(delivery, cause, place, claimant) : parked;
}

/**
 * Puts the event's dead letter, then its `parked` record; only both together settle it. An event that is settled
 * already stays as it is: its table record decides, and the object is an orphan.
 */
async function parkAs(
  delivery: Delivery,
  cause: ParkCause,
  place: ParkingPlace,
  { owner, effect = 'none' }: { readonly owner?: string; readonly effect?: DeadLetter['effect'] } = {},
): Promise<Parked> {
  const { environment, objects, clock } = place;
  const letter = deadLetter(delivery, { ...environment, nowMs: clock.now() }, cause, effect);
  let object: string;
  try {
    object = await putDeadLetter(objects, environment.deadLetters, letter);
  } catch (error) {
    return {
      kind: 'trouble',
      reason: `dead letter not confirmed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return cause.reason === 'id-conflict'
    ? record(delivery, { key: conflictKeyOf(delivery), cause, object }, place)
    : record(delivery, { key: delivery.key, cause, object, owner }, place);
}

/**
 * Parks an event that may be claimed: claims it first, so that no call of another invocation is under way. A call may
 * have reached the other system already; the dead letter says so.
 */
export async function parkClaimed(
  delivery: Delivery,
  cause: ParkCause,
  place: ParkingPlace,
  { owner, signal, watch }: Claimant,
): Promise<Parked> {
  if (cause.reason === 'id-conflict') return parkAs(delivery, cause, place);
  const claimed = await (watch ? tryClaim(delivery, owner, watch, place) : claim(delivery, owner, place, signal));
  switch (claimed.kind) {
    case 'trouble':
      return { kind: 'trouble', reason: claimed.reason };
    case 'elsewhere':
      return CLAIMED;
    case 'found':
      return claimed.found.kind === 'other content' ? parkAs(delivery, cause, place) : settledAlready(claimed.found);
    case 'mine': {
      if (claimed.generation <= delivery.generation) {
        return underClaim(delivery, { owner, sinceMs: claimed.sinceMs }, place, signal, () =>
          parkAs(delivery, cause, place, { owner, effect: 'unknown' }),
        );
      }
      // A later redrive carries the event on: this older delivery leaves it as it was.
      const given = await giveBack(delivery, owner, place);
      return given
        ? { kind: 'settled', as: 'duplicate' }
        : { kind: 'trouble', reason: 'not given back to its redrive' };
    }
  }
}

interface ParkedRecord {
  readonly key: string;
  readonly cause: ParkCause;
  readonly object: string;
  readonly owner?: string;
}

async function record(delivery: Delivery, parked: ParkedRecord, place: ParkingPlace): Promise<Parked> {
  const { environment, transactions, clock } = place;
  const { key, cause, object } = parked;
  const to = { ...parked, table: environment.table, nowMs: clock.now() };
  const outcome = await transactions.transact([parkedPut(delivery, key, to)]);
  switch (outcome.kind) {
    case 'committed':
      return { kind: 'settled', as: 'parked', object };
    case 'cancelled': {
      const [reason] = outcome.reasons;
      if (reason?.code !== 'ConditionalCheckFailed')
        return { kind: 'trouble', reason: `${reason?.code} while parking` };
      const found = foundBy(delivery, reason.item);
      if (found.kind === 'other content' && key !== conflictKeyOf(delivery)) {
        const conflict: ParkCause = {
          reason: 'id-conflict',
          detail: `${ID_CONFLICT}; ${cause.reason}: ${cause.detail}`,
        };
        return record(delivery, { key: conflictKeyOf(delivery), cause: conflict, object }, place);
      }
      return settledAlready(found);
    }
    case 'invalid':
    case 'refused':
    case 'busy':
    case 'unknown':
      return { kind: 'trouble', reason: `parked record not confirmed: ${outcome.detail}` };
  }
}

function settledAlready(found: ReturnType<typeof foundBy>): Parked {
  switch (found.kind) {
    case 'done':
      return { kind: 'settled', as: settledAs(found) };
    case 'parked':
      return { kind: 'settled', as: settledAs(found), object: found.byThisRecord ? found.object : undefined };
    case 'claimed':
      return CLAIMED;
    case 'redriven':
      // A later redrive carries the event on; this older delivery has nothing to add.
      if (found.later) return { kind: 'settled', as: 'duplicate' };
      return { kind: 'trouble', reason: 'the record changed meanwhile' };
    case 'open':
    case 'other content':
      return { kind: 'trouble', reason: 'the record changed meanwhile' };
    case 'not known':
      return { kind: 'trouble', reason: `the record is in state ${found.state}, which this version does not know` };
  }
}
