/** A way of sending events to Kafka that is put on trial. Handed in, so that the suite knows no client of its own. */
export interface Adapter {
  /** What the command line and the table call it. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly describe: string;
  /** May throw: it is tried again until it opens. */
  open(at: Trial): Promise<Session>;
}

export interface Trial {
  /** Comma-separated `host:port`. */
  readonly bootstrap: string;
  readonly topic: string;
  /** Milliseconds from a send to its promise, at most. */
  readonly deadlineMs: number;
}

/** One client object for the whole trial, as a warm function keeps it. */
export interface Session {
  /**
   * Sends events with acks from all in-sync replicas: one fate for each, in their order. Called by several callers at
   * once; each waits for its own before it sends on. A rejection is an answer, too: neither yes nor no for any of them.
   */
  send(events: readonly TrialEvent[]): Promise<readonly Fate[]>;
  close(): Promise<void>;
}

export interface TrialEvent {
  /** Unique in the topic; to be sent as the header `ce_id`. */
  readonly id: string;
  /** Null: no key. */
  readonly key: string | null;
  readonly value: string;
}

/** What the caller heard about one event. */
export type Fate =
  /** In the log of every in-sync replica; where, if the client tells. */
  | { readonly kind: 'acked'; readonly partition?: number; readonly offset?: number }
  /** Not in the log, and it will not be. */
  | { readonly kind: 'rejected'; readonly code: string }
  /** In the log or not. */
  | { readonly kind: 'unknown'; readonly reason: string };
