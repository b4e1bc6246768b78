import type { Clock } from '../clock';
import { deadLetter, putDeadLetter, type ParkCause } from '../dead-letters';
import type { ObjectStore } from '../object-store';
import type { Delivery } from './delivery';
import { foundBy, parkedPut } from './record';
import type { Transactions } from './transactions';
import { ID_CONFLICT, type Trouble } from './verdict';

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

export type Parked = { readonly kind: 'settled'; readonly as: 'parked' | 'done' | 'redriven' } | Trouble;

/**
 * Puts the event's dead letter, then its `parked` record; only both together settle it. An event that is settled
 * already stays as it is: its table record decides, and the object is an orphan.
 */
export async function park(delivery: Delivery, cause: ParkCause, place: ParkingPlace): Promise<Parked> {
  const { environment, objects, clock } = place;
  const letter = deadLetter(delivery, { ...environment, nowMs: clock.now() }, cause);
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
    ? record(delivery, delivery.conflictKey, cause, object, place)
    : record(delivery, delivery.key, cause, object, place);
}

async function record(
  delivery: Delivery,
  key: string,
  cause: ParkCause,
  object: string,
  place: ParkingPlace,
): Promise<Parked> {
  const { environment, transactions, clock } = place;
  const to = { table: environment.table, nowMs: clock.now(), object, cause };
  const outcome = await transactions.transact([parkedPut(delivery, key, to)]);
  switch (outcome.kind) {
    case 'committed':
      return { kind: 'settled', as: 'parked' };
    case 'cancelled': {
      const [reason] = outcome.reasons;
      if (reason?.code !== 'ConditionalCheckFailed')
        return { kind: 'trouble', reason: `${reason?.code} while parking` };
      const found = foundBy(delivery, reason.item);
      if (found.kind === 'other content' && key !== delivery.conflictKey) {
        const conflict: ParkCause = {
          reason: 'id-conflict',
          detail: `${ID_CONFLICT}; ${cause.reason}: ${cause.detail}`,
        };
        return record(delivery, delivery.conflictKey, conflict, object, place);
      }
      return settledBefore(found);
    }
    case 'invalid':
    case 'refused':
    case 'busy':
    case 'unknown':
      return { kind: 'trouble', reason: `parked record not confirmed: ${outcome.detail}` };
  }
}

function settledBefore(found: ReturnType<typeof foundBy>): Parked {
  switch (found.kind) {
    case 'done':
    case 'parked':
      return { kind: 'settled', as: found.kind };
    case 'redriven':
      // A later redrive carries the event on; this older delivery has nothing to add.
      if (found.later) return { kind: 'settled', as: 'redriven' };
      return { kind: 'trouble', reason: 'the record changed meanwhile' };
    case 'open':
    case 'other content':
      return { kind: 'trouble', reason: 'the record changed meanwhile' };
    case 'not known':
      return { kind: 'trouble', reason: `the record is in state ${found.state}, which this version does not know` };
  }
}
