import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { ParkCause } from '../dead-letters/letter';
import { nameOf } from './operations';
import type { Delivery } from './delivery';
import { withoutValues } from '../stores/dynamodb';
import type { SettledAs } from '../ledger';
import { foundBy, type EventState } from './record';
import type { CancellationReason } from '../stores/tables';

/** What one event's own reasons in a cancelled transaction say about it. */
export type Verdict =
  SettledBefore | ({ readonly kind: 'park' } & ParkCause) | { readonly kind: 'not in the way' } | Trouble;

/** The event is settled already: as what this delivery of it counts. */
export interface SettledBefore {
  readonly kind: 'done';
  readonly effect: SettledAs;
}

/** Nothing is known against the event: to be tried again. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly reason: string;
  /** Another invocation has claimed the event. */
  readonly claimed?: true;
}

const trouble = (reason: string): Trouble => ({ kind: 'trouble', reason });

/**
 * Reads an event's reasons in order of rank: conflict and throttling (they may hide what else is wrong) before the
 * event's own record (it may be settled already) before the conditions of its writes.
 *
 * @param reasons - of the event's record and of its writes, in this order
 */
export function verdictOf(
  delivery: Delivery,
  writes: readonly TransactWriteItem[],
  reasons: readonly CancellationReason[],
): Verdict {
  const passing = reasons.find(({ code }) => !FINAL.has(code));
  if (passing) return trouble(`${passing.code} in the transaction`);
  const [own, ...others] = reasons;
  if (own && own.code !== 'None') return ownVerdict(delivery, own);
  const index = others.findIndex(({ code }) => code !== 'None');
  const other = others[index];
  if (other === undefined) return { kind: 'not in the way' };
  return { kind: 'park', reason: 'write-refused', detail: refusal(index, writes[index], other) };
}

/** Codes that stay the same however often the transaction is sent. Any other code passes, or is not known here. */
const FINAL = new Set(['None', 'ConditionalCheckFailed', 'ValidationError', 'ItemCollectionSizeLimitExceeded']);

function ownVerdict(delivery: Delivery, own: CancellationReason): Verdict {
  if (own.code !== 'ConditionalCheckFailed') return trouble(`${own.code} on the idempotency table`);
  const found = foundBy(delivery, own.item);
  switch (found.kind) {
    case 'done':
    case 'parked':
      return { kind: 'done', effect: settledAs(found) };
    case 'other content':
      return { kind: 'park', reason: 'id-conflict', detail: ID_CONFLICT };
    case 'claimed':
      return CLAIMED;
    case 'open':
    case 'redriven':
      // Changed between the refusal and the look at it.
      return trouble('the record changed meanwhile');
    case 'not known':
      return trouble(`the record is in state ${found.state}, which this version does not know`);
  }
}

export const CLAIMED: Trouble = { kind: 'trouble', reason: 'another invocation has claimed the event', claimed: true };

/** By its own record: an earlier try was carried out and its answer was lost. By another: this one is a duplicate. */
export const settledAs = (found: SettledState): SettledAs =>
  found.byThisRecord ? (found.kind === 'done' ? 'applied' : 'parked') : 'duplicate';

/** Whether the event is settled already; undefined while it is not. */
export const settledBefore = (found: EventState): SettledBefore | undefined =>
  found.kind === 'done' || found.kind === 'parked' ? { kind: 'done', effect: settledAs(found) } : undefined;

type SettledState = Extract<EventState, { kind: 'done' | 'parked' }>;

export const ID_CONFLICT = 'an event of the same source and id, but with another key, value or type, came before';

function refusal(index: number, write: TransactWriteItem | undefined, { code, message }: CancellationReason): string {
  const which = `operation ${index} (${write ? nameOf(write) : 'not known'})`;
  if (code === 'ConditionalCheckFailed') return `${which}: its condition failed`;
  return `${which}: ${code} ${withoutValues(message ?? '')}`.trimEnd();
}
