import type { DeadLetter, RecordState } from '../../lambdas/runtime/contract';
import type { NotRead } from '../deployed/not-read';

/** Where an event is: `--json` prints it, so its fields are public and stable. */
export interface Trace {
  /** ISO 8601. */
  readonly at: string;
  readonly id: string;
  /** Sources under which events of that id were found, or that was given. */
  readonly sources: readonly string[];
  /** Whether anything is known of it. */
  readonly found: boolean;
  /** What that means, in sentences. */
  readonly means: readonly string[];
  /** What tables know of it, by consumer group. */
  readonly records: readonly EventRecord[];
  readonly letters: readonly FoundLetter[];
  /** Objects of the spill store that hold it. */
  readonly spilled: readonly { readonly topic: string; readonly object: string; readonly source: string; readonly spilledAt: string }[];
  /** Lines of functions' logs, the oldest first. @default - they were not looked at */
  readonly lines?: readonly LogLine[];
  readonly notRead: readonly NotRead[];
} // prettier-ignore

export interface EventRecord {
  readonly group: string;
  readonly source: string;
  /** `failing`: it has failed so often and is tried again; nothing is settled. */
  readonly state: RecordState | 'failing';
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** ISO 8601, of the state. */
  readonly settledAt?: string;
  readonly attempts?: number;
  /** How often it was sent back. */
  readonly redrives?: number;
  /** Name of its dead letter. */
  readonly object?: string;
  readonly reason?: string;
  readonly endedBy?: string;
  readonly endedWhy?: string;
  readonly amendedAs?: string;
}

/** Of a dead letter no payload. */
export interface FoundLetter extends Pick<
  DeadLetter,
  'topic' | 'group' | 'partition' | 'offset' | 'source' | 'reason' | 'detail' | 'effect' | 'parkedAt'
> {
  readonly object: string;
}

export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  /** Log group. */
  readonly log: string;
  readonly level: string;
  readonly message: string;
  /** All else that the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}
