import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../time/clock';
import type { Disposition } from './disposition';
import type { Watch } from '../idempotency/claim';
import type { Delivery } from '../idempotency/delivery';

/** One delivery, and what this invocation knows of it by now. */
export interface Work {
  readonly delivery: Delivery;
  /** Token under which it is claimed. */
  readonly owner: string;
  /** What is known of another's claim to it. */
  readonly watch: Watch;
  /** How often something was in the way. */
  troubles: number;
  /** Tried in turns, while others wait: another's claim is looked at once, and no slot is waited for. */
  inTurns: boolean;
  /** What it waits for, in words without payload. */
  waitsFor?: string;
  /** Refused even by itself: kept out of its neighbours' transactions. */
  alone: boolean;
  /** Known before the handler is asked: the event has failed too often, or has killed the function. */
  first?: Disposition & { readonly kind: 'park' };
  /** The circuit breaker has let it be parked. */
  permitted: boolean;
  /** What the handler's `write` returned. */
  writes?: readonly TransactWriteItem[];
  /** The handler's `call` has ended well; only its record is missing. */
  called: boolean;
  /** When the handler's code last began on it, in the invocation's order of begins and failures; 0: never. */
  beganAt: number;
  /** When it first began on it. */
  firstBeganAt?: number;
  /** Uses of the breaker's budget that were known then. */
  budgetBefore: number;
  /** When it first failed, in the same order, and in what. */
  failedAt?: number;
  failedIn?: 'decode' | 'handler';
}

export const workOn = (delivery: Delivery, owner: string): Work => ({
  delivery,
  owner,
  watch: {},
  troubles: 0,
  inTurns: false,
  alone: false,
  permitted: false,
  called: false,
  beganAt: 0,
  budgetBefore: 0,
});

const MOST_HELD_MS = 10_000;

/** While the circuit breaker is open, a key's head is tried every ten seconds at last. */
export const heldMs = ({ troubles }: Work): number => Math.min(MOST_HELD_MS, 500 * 2 ** troubles);

/** Waits, since something is in the way of it. */
export async function pause(
  work: Work,
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  work.troubles++;
  await clock.sleep(ms, signal);
}
