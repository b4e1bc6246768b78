import type { RedriveRefusal } from './redrive';
import type { EventIds } from './roles';

/** What the replay function is invoked with to put dead letters for what a topic still holds, which a redrive then sends. */
export interface AgainRequest {
  readonly again: {
    readonly topic: string;
    readonly partition: number;
    /** First and last offset. */
    readonly from: number;
    readonly to: number;
    /** Consumer group that is to get them again. */
    readonly group: string;
    /** Idempotency table of that group. */
    readonly table: string;
    /** Epoch milliseconds, `AGAIN_BACK_MS` ago at least: that an event was applied before then does not count. 0: it counts whenever it was. */
    readonly before: number;
    /** As the consumer's. @default - not known: a record without an id of its own is refused */
    readonly eventIds?: EventIds;
    /** Letters named in the answer, at most: 1 to `MOST_OBJECTS`. */
    readonly most: number;
    /** An event that was sent back so often is refused. */
    readonly maxRedrives: number;
    /** Nothing is put. */
    readonly look?: boolean;
    /** Keys of which something waits, as earlier answers named them: no letter is put for those after it. @default - none */
    readonly behind?: readonly string[];
  };
}

/** Clocks of functions may be five minutes off, either way. */
export const AGAIN_BACK_MS = 10 * 60_000;

export interface AgainAnswer {
  /** ARN of the cluster. */
  readonly cluster: string;
  /** Offset to go on from; after the last one of the request nothing is left. */
  readonly next: number;
  /** Names of the letters that a redrive is to send, in the order of the log. With `look`: that would be there. */
  readonly send: readonly string[];
  /** What is not sent. */
  readonly rest: readonly AgainRest[];
  /** Keys of which a record waits, by a hash: for the next request. */
  readonly behind: readonly string[];
}

/** Records that are not sent again, for one reason. */
export type AgainRest = AgainFate & {
  readonly count: number;
  /** The first few. */
  readonly offsets: readonly number[];
};

/** `detail`: of the first. */
export type AgainFate =
  /** Its event is applied, and not before the time that was given. */
  | { readonly kind: 'applied' }
  /** Its event was sent back and is not settled yet. */
  | { readonly kind: 'under-way' }
  /** A person has ended its event. */
  | { readonly kind: 'ended'; readonly reason: 'amended' | 'discarded'; readonly detail: string }
  /** Another record of its event comes before it. */
  | { readonly kind: 'repeated' }
  /** Run it again. */
  | { readonly kind: 'waits'; readonly reason: 'claimed' | 'behind'; readonly detail: string }
  | { readonly kind: 'refused'; readonly reason: AgainRefusal; readonly detail: string };

export type AgainRefusal =
  | RedriveRefusal
  /** In a codec that the replay function does not have. */
  | 'packed'
  /** Its id may be one that only the handler's code can tell. */
  | 'no-id';
