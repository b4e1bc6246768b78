import type { StoredHeader } from './objects';

/** What the replay function is invoked with to publish a corrected event in place of a parked one. */
export interface AmendRequest {
  readonly amend: {
    readonly topic: string;
    /** Consumer group that parked it; `-` for what never reached the topic. */
    readonly group: string;
    /** Idempotency table of that group. Left out for the group `-`, which has none. */
    readonly table?: string;
    /** Name of the dead letter. */
    readonly object: string;
    /** Who amends. */
    readonly by: string;
    /** Base64, or null for a tombstone. @default - as it is */
    readonly value?: string | null;
    /** Base64, or null for none. @default - as it is */
    readonly key?: string | null;
    /** Each takes the place of all of its name; null takes them away. @default - as they are */
    readonly headers?: readonly StoredHeader[];
  };
}

/** What became of one letter that was to be amended. */
export type AmendFate =
  /** The corrected event is in the log of every in-sync replica, the letter is deleted. */
  | { readonly kind: 'amended'; readonly id: string; readonly partition: number; readonly offset: number }
  /** In the log likewise, and the letter is still there: run again it is a duplicate under the same id. */
  | {
      readonly kind: 'undeleted';
      readonly id: string;
      readonly partition: number;
      readonly offset: number;
      readonly detail: string;
    }
  /** It is not there (any more). `id`: of the event in its place, where it was amended. */
  | { readonly kind: 'gone'; readonly id?: string }
  /** It stays as it is, and would the next time. */
  | { readonly kind: 'refused'; readonly reason: AmendRefusal; readonly detail: string }
  /** It stays for now: run it again. */
  | { readonly kind: 'waits'; readonly reason: AmendWait; readonly detail: string };

export type AmendRefusal =
  /** The object is no dead letter, or not the one of its name. */
  | 'not-a-letter'
  /** It belongs to another cluster, topic or group. */
  | 'foreign'
  /** Nothing would change. */
  | 'unchanged'
  /** Its record could not be read, and no value was given in its place. */
  | 'undecodable'
  /** The corrected record would not be known by the new id. */
  | 'other-id'
  /** Its event has taken effect. */
  | 'applied'
  /** It was sent back: it may yet be applied. */
  | 'under-way'
  | 'parked-elsewhere'
  /** It was put to send its event again, which is not parked. */
  | 'to-be-sent'
  | 'not-parked'
  | 'discarded'
  /** Another correction of it was begun. */
  | 'amended-otherwise'
  /** Kafka will never take it as it is. */
  | 'rejected';

export type AmendWait =
  /** A call is under way for it. */
  | 'claimed'
  /** S3, DynamoDB or time was short. */
  | 'unavailable'
  /** Kafka has not said that it has it; it may. */
  | 'not-taken';
