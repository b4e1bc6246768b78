import { clipped } from '../watching/clipped';
import type { Clock } from '../time/clock';
import type { DeadLetter } from '../contract';
import { deadLetter, putDeadLetter, type ParkCause } from '../dead-letters/letter';
import type { ObjectStore } from '../stores/object-store';
import { claimFor, giveBack, underClaim, type Claiming } from './claim';
import { conflictKeyOf, type Delivery } from './delivery';
import type { SettledAs } from '../ledger';
import { foundBy, parkedPut, type EventState, type ParkableFrom, type ParkedTo } from './record';
import type { Transactions } from '../stores/tables';
import { CLAIMED, ID_CONFLICT, settledAs, type Trouble } from './verdict';

/** Where the events of one consumer group are parked. */
export interface ParkingDeps {
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

/** Who parks, and claims the event for that where it has to. The `parked` record names the owner: after a lost answer it is known by that. */
export interface Claimant extends Claiming {
  /** `unknown`: whatever the table says, the effect may have taken place under another id. @default 'none' */
  readonly effect?: DeadLetter['effect'];
}

/** `object`: name of the dead letter of an event that `owner` has parked; none of one that was found parked. */
export type Parked = { readonly kind: 'settled'; readonly as: SettledAs; readonly object?: string } | Trouble;

/**
 * Parks an event whose effect needs no claim. Where it is claimed all the same (by a deploy that made calls), it is parked
 * as `parkClaimed` does.
 */
export async function park(
  delivery: Delivery,
  cause: ParkCause,
  deps: ParkingDeps,
  claimant: Claimant,
): Promise<Parked> {
  const parked = await parkFrom(delivery, { kind: 'open', effect: claimant.effect ?? 'none' }, { cause, claimant }, deps); // prettier-ignore
  const isClaimed = parked.kind === 'trouble' && parked.claimed === true;
  return isClaimed ? parkClaimed(delivery, cause, deps, claimant) : parked;
}

/**
 * Why an event is parked whose id belongs to other content. Whoever knows that beforehand says so: the first dead letter of a
 * record stays as it was put.
 */
export const conflictOf = ({ reason, detail }: ParkCause): ParkCause => ({
  reason: 'id-conflict',
  detail: `${ID_CONFLICT}; ${reason}: ${detail}`,
});

interface Parking {
  readonly cause: ParkCause;
  readonly claimant: Claimant;
}

/** A record that changes between the look at it and the write is looked at so often; then the event waits for its next try. */
const LOOKS = 3;

/**
 * Puts the event's dead letter, then its `parked` record; only both together settle it. An event that is settled
 * already stays as it is: its table record decides, and the object is an orphan.
 */
async function parkFrom(
  delivery: Delivery,
  from: ParkableFrom,
  parking: Parking,
  deps: ParkingDeps,
  looks = LOOKS,
): Promise<Parked> {
  const { environment, objects, clock } = deps;
  const { cause, claimant } = parking;
  const effect = from.kind === 'mine' || claimant.effect === 'unknown' ? 'unknown' : from.effect;
  const { cluster, group } = environment;
  const what = { kind: 'record', group, record: delivery.record, event: delivery.event, effect } as const;
  const letter = deadLetter(what, cause, { cluster, nowMs: clock.now() });
  let object: string;
  try {
    object = await putDeadLetter(objects, environment.deadLetters, letter);
  } catch (error) {
    return {
      kind: 'trouble',
      reason: `dead letter not confirmed: ${clipped(error instanceof Error ? error.message : String(error), 300)}`,
    };
  }
  const key = cause.reason === 'id-conflict' ? conflictKeyOf(delivery) : delivery.key;
  const recorded = await record(delivery, { key, from, cause, object, effect, owner: claimant.owner }, deps);
  if (recorded.kind === 'other content') {
    return parkFrom(delivery, { kind: 'open', effect }, { ...parking, cause: conflictOf(cause) }, deps);
  }
  if (recorded.kind !== 'not as seen') return recorded;
  return looks > 1 ? parkFrom(delivery, recorded.found, parking, deps, looks - 1) : CHANGED;
}

/**
 * Parks an event that may be claimed: claims it first, so that no call of another invocation is under way. A call may
 * have reached the other system already; the dead letter says so.
 */
export async function parkClaimed(
  delivery: Delivery,
  cause: ParkCause,
  deps: ParkingDeps,
  claimant: Claimant,
): Promise<Parked> {
  const parking = { cause, claimant };
  const open: ParkableFrom = { kind: 'open', effect: claimant.effect ?? 'none' };
  if (cause.reason === 'id-conflict') return parkFrom(delivery, open, parking, deps);
  const { owner, signal } = claimant;
  const claimed = await claimFor(delivery, claimant, deps);
  switch (claimed.kind) {
    case 'trouble':
      return { kind: 'trouble', reason: claimed.reason };
    case 'elsewhere':
      return CLAIMED;
    case 'found':
      return claimed.found.kind === 'other content'
        ? parkFrom(delivery, open, { ...parking, cause: conflictOf(cause) }, deps)
        : settledAlready(claimed.found, owner);
    case 'mine': {
      const { generation, sinceMs } = claimed;
      if (generation <= delivery.generation) {
        const mine: ParkableFrom = { kind: 'mine', owner, generation };
        return underClaim(delivery, { owner, sinceMs }, deps, signal, () => parkFrom(delivery, mine, parking, deps));
      }
      // A later redrive carries the event on: this older delivery leaves it as it was.
      const given = await giveBack(delivery, owner, deps);
      return given
        ? { kind: 'settled', as: 'duplicate' }
        : { kind: 'trouble', reason: 'not given back to its redrive' };
    }
  }
}

interface ParkedRecord extends Omit<ParkedTo, 'table' | 'nowMs'> {
  readonly key: string;
  readonly from: ParkableFrom;
}

type Recorded =
  Parked | { readonly kind: 'not as seen'; readonly found: ParkableFrom } | { readonly kind: 'other content' };

async function record(delivery: Delivery, parked: ParkedRecord, deps: ParkingDeps): Promise<Recorded> {
  const { environment, transactions, clock } = deps;
  const { key, from, object } = parked;
  const to = { ...parked, table: environment.table, nowMs: clock.now() };
  const outcome = await transactions.transact([parkedPut(delivery, key, from, to)]);
  switch (outcome.kind) {
    case 'committed':
      return { kind: 'settled', as: 'parked', object };
    case 'cancelled': {
      const [reason] = outcome.reasons;
      if (reason?.code !== 'ConditionalCheckFailed')
        return { kind: 'trouble', reason: `${reason?.code} while parking` };
      const found = foundBy(delivery, reason.item);
      if (found.kind === 'other content' && key !== conflictKeyOf(delivery)) return found;
      // An event claimed for parking is still claimed by this one, or by another: only one that needs no claim is looked at again.
      const isParkable = found.kind === 'open' || (found.kind === 'redriven' && !found.later);
      return isParkable && from.kind !== 'mine' ? { kind: 'not as seen', found } : settledAlready(found, parked.owner);
    }
    case 'invalid':
    case 'refused':
    case 'busy':
    case 'unknown':
      return { kind: 'trouble', reason: `parked record not confirmed: ${outcome.detail}` };
  }
}

const CHANGED: Trouble = { kind: 'trouble', reason: 'the record changed meanwhile' };

function settledAlready(found: EventState, owner: string): Parked {
  switch (found.kind) {
    case 'done':
      return { kind: 'settled', as: settledAs(found) };
    case 'parked':
      // The same owner has parked it before, and the answer was lost: it is told once, now.
      return { kind: 'settled', as: settledAs(found), object: found.owner === owner ? found.object : undefined };
    case 'claimed':
      return CLAIMED;
    case 'redriven':
      // A later redrive carries the event on; this older delivery has nothing to add.
      return found.later ? { kind: 'settled', as: 'duplicate' } : CHANGED;
    case 'open':
    case 'other content':
      return CHANGED;
    case 'not known':
      return { kind: 'trouble', reason: `the record is in state ${found.state}, which this version does not know` };
  }
}
