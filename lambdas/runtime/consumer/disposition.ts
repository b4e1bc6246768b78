import type { ParkCause } from '../dead-letters/letter';
import type { SettledAs } from '../ledger';

/**
 * What is to become of one record: a closed union, so that no record leaves by another way.
 * `done` and a successful `park` settle it; `retry` never does.
 */
export type Disposition =
  { readonly kind: 'done'; readonly effect: SettledAs } | RetryLater | ({ readonly kind: 'park' } & ParkCause);

/** Nothing is known against the record: the store was in the way, or the time ran out. */
export interface RetryLater {
  readonly kind: 'retry';
  readonly reason: string;
  /** Milliseconds to wait before the next try inside the invocation; 0: its neighbours in a transaction were in the way. */
  readonly afterMs: number;
  /** Refused even by itself: keep it out of its neighbours' transactions. */
  readonly alone?: true;
  /** Another invocation has claimed the event: as long as it lives, nothing else can settle it. */
  readonly claimed?: true;
}
