/** Why a record was parked; a closed list, so that it can be counted and searched. */
export type ParkReason =
  | 'undecodable'
  | 'handler-error'
  | 'write-refused'
  | 'id-conflict'
  /** The function died `STRIKES` times while it worked on this record alone. */
  | 'killed-function'
  | 'retries-exhausted'
  | 'record-too-old'
  | 'payload-too-large'
  | 'rejected-at-replay'
  /** Was spilled for longer than consumers surely remember its other copy, which may be in the log. */
  | 'too-old'
  /** Lay in a spill store and was not put there by a producer of that topic. */
  | 'foreign'
  | 'rejected-at-producer'
  /** Was not parked: a person asks for it to be sent again, which the topic still holds. */
  | 'from-topic';

/** A header as it was on the record: name, and base64 of the value's bytes or null. Order and repeats are kept. */
export type StoredHeader = readonly [name: string, value: string | null];

/** A parked event as it lies in S3 (JSON). Key, value and headers are byte for byte what the record had, or `raw` is there. */
export interface DeadLetter {
  readonly version: 1;
  readonly cluster: string;
  /** `-` when the event never reached the topic. */
  readonly group: string;
  readonly topic: string;
  /** −1 when the event never reached the topic, as is `offset`. */
  readonly partition: number;
  readonly offset: number;
  /** Of the record, as it was handed over: epoch milliseconds, if they are such. */
  readonly timestamp: number;
  /** Base64, or null: null is not empty. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
  /**
   * Only of a record that could not be read: the whole record as JSON, as the mapping handed it over. What could be read
   * is above; null, `[]` and −1 stand for the rest.
   */
  readonly raw?: string;
  readonly source: string;
  readonly id: string;
  readonly reason: ParkReason;
  /** One sentence for a person. Holds no payload. */
  readonly detail: string;
  /** `none`: the effect has not taken place. `unknown`: a call may have reached the other system. */
  readonly effect: 'none' | 'unknown';
  /** ISO 8601. */
  readonly parkedAt: string;
  /**
   * Only of a letter that was put to send an event again: epoch milliseconds; that the event was applied before then does not
   * count. 0: it counts whenever it was.
   */
  readonly again?: number;
}

/**
 * How a person ended a parked event (JSON): what is left of it once its letter is gone. Holds no key, no value, no header and
 * no id of the event.
 */
export interface LetterEnd {
  readonly version: 1;
  readonly kind: 'discarded' | 'amended';
  /** Name of the letter. */
  readonly object: string;
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  /** Key of its record in the table of the group; none of what never reached the topic. */
  readonly record?: string;
  /** SHA-256 of key, value and `ce_type`, as the record has it. */
  readonly content: string;
  /** Why, and when, it was parked. */
  readonly reason: ParkReason;
  readonly parkedAt: string;
  /** Who ended it: an ARN, or the name that was given. */
  readonly by: string;
  /** The person's own words; of a discarded event alone. */
  readonly why?: string;
  /** Id of the event in its place; of an amended event alone. */
  readonly amendedAs?: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A corrected event as it is to be published (JSON), from before its table says so until after its ack. */
export interface Amendment {
  readonly version: 1;
  readonly id: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
}

/** What the function of `forward` is invoked with. Key, value and headers as in a dead letter. */
export interface RejectedEvent {
  readonly version: 1;
  readonly cluster: string;
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
  readonly source: string;
  readonly id: string;
  /** Kafka's own name for its refusal, or one of the producer's: `UNAVAILABLE`, `BUFFER_EXHAUSTED`. */
  readonly code: string;
  /** One sentence for a person. Holds no payload. */
  readonly reason: string;
}

/** One spilled event inside a spill object. */
export interface SpilledEvent {
  readonly partition: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
}

/** One flush of the producer in the spill store (JSON). Named by `spillObject`, so that a listing is oldest first. */
export interface SpillObject {
  readonly version: 1;
  readonly cluster: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly spilledAt: string;
  readonly events: readonly SpilledEvent[];
}
