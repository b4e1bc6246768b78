import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import type { Disposition } from '../disposition';
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
}

export const workOn = (delivery: Delivery, owner: string): Work => ({
  delivery,
  owner,
  watch: {},
  troubles: 0,
  alone: false,
  permitted: false,
  called: false,
});

/** Waits, since something is in the way of it. */
export async function pause(
  work: Work,
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  work.troubles++;
  await clock.sleep(ms, signal);
}
