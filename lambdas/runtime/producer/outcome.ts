/**
 * How one publish ended. An event is accepted once its outcome is `acked` or `spilled`. The kind never says more than is
 * known.
 */
export type Outcome = { readonly id: string; readonly source: string } & Fate;

export type Fate =
  /** In the log of every in-sync replica. */
  | { readonly kind: 'acked'; readonly topic: string; readonly partition: number; readonly offset: number }
  /** Kafka did not take it by its deadline, or in the tries it has; it lies in the spill store and will be replayed under the same id. */
  | { readonly kind: 'spilled'; readonly object: string }
  | Rejected
  /** It may be in the log or the spill store, or not: publish the same event again under the same id. */
  | { readonly kind: 'unknown'; readonly reason: string }
  | Sent
  | DealtWith;

/**
 * Not taken, and not in the log. `INVALID_EVENT`: the event itself is wrong. `UNAVAILABLE`: neither Kafka nor the spill
 * store took it, `BUFFER_EXHAUSTED`: there was no room for it, or none before its caller had to hear; publish again later. Anything else is Kafka's own name
 * for its refusal, such as `MESSAGE_TOO_LARGE`.
 */
export interface Rejected {
  readonly kind: 'rejected';
  readonly code: string;
  readonly reason: string;
}

/**
 * Only with `acceptLoss`. With acks 1 the leader has it and may die with it; with acks 0 it was handed to the network,
 * and nobody said that it arrived: there is no offset.
 */
export interface Sent {
  readonly kind: 'sent';
  readonly acks: 1 | 0;
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

/** Refused as `rejected` is, and then dealt with as `onRejected` says: do not publish it again another way. */
export type DealtWith =
  /** It lies among the dead letters, whole, and can be sent back. */
  | { readonly kind: 'parked'; readonly object: string; readonly code: string; readonly reason: string }
  /** In Lambda's queue for that function. */
  | { readonly kind: 'forwarded'; readonly functionName: string; readonly code: string; readonly reason: string }
  /** Lost on purpose. `because`: the reason given for that. */
  | { readonly kind: 'dropped'; readonly because: string; readonly code: string; readonly reason: string };

/** `failed`: nothing was sent, and the caller is to hear the error itself. */
export type EntryOutcome = Fate | { readonly kind: 'failed'; readonly error: Error };
