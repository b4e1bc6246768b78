/** How one publish ended. An event is accepted once its outcome is `acked` or `spilled`. */
export type Outcome = { readonly id: string; readonly source: string } & Fate;

export type Fate =
  /** In the log of every in-sync replica. */
  | { readonly kind: 'acked'; readonly topic: string; readonly partition: number; readonly offset: number }
  /** Kafka did not take it by the deadline; it lies in the spill store and will be replayed under the same id. */
  | { readonly kind: 'spilled'; readonly object: string }
  /**
   * Not taken, and not in the log. `INVALID_EVENT`: the event itself is wrong. `UNAVAILABLE`: neither Kafka nor the spill
   * store took it, publish again later. Anything else is Kafka's own name for its refusal, such as `MESSAGE_TOO_LARGE`.
   */
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string }
  /** It may be in the log or the spill store, or not: publish the same event again under the same id. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** `failed`: nothing was sent, and the caller is to hear the error itself. */
export type Settled = Fate | { readonly kind: 'failed'; readonly error: Error };
