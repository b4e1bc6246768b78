import type { EventIds } from './roles';

/** What the replay function is invoked with to send dead letters back to their topic. */
export interface RedriveRequest {
  readonly redrive: {
    readonly topic: string;
    /** Consumer group that parked them; `-` for what never reached the topic. */
    readonly group: string;
    /** Idempotency table of that group. Left out for the group `-`, which has none. */
    readonly table?: string;
    /** Names of dead letters, in the order in which those of one key are to be sent: 1 to `MOST_OBJECTS`. */
    readonly objects: readonly string[];
    /** An event that was sent back so often stays parked. */
    readonly maxRedrives: number;
    /** Keys of which a letter had to wait before, as an earlier answer named them: those after it wait too. @default - none */
    readonly behind?: readonly string[];
  };
}

/** Objects of one request, at most. */
export const MOST_OBJECTS = 500;
/** No event is sent back more often: consumers take a higher number for a forged one. */
export const MOST_REDRIVES = 1_000_000;

export interface RedriveAnswer {
  /** One for each object, in the order of the request. */
  readonly outcomes: readonly RedriveOutcome[];
  /** Keys of which a letter waits, by a hash: for the next request. */
  readonly behind: readonly string[];
}

/** Among the keys that are behind: a letter could not be read, and its key may be any. */
export const EVERY_KEY = '*';

/** What became of one dead letter. */
export type RedriveOutcome = { readonly object: string } & LetterFate;

export type LetterFate =
  /** In the log of every in-sync replica; the letter is deleted. `generation`: 0 for what never reached the topic before. */
  | { readonly kind: 'redriven'; readonly generation: number; readonly partition: number; readonly offset: number }
  /** In the log likewise, and the letter is still there: sent again it is a duplicate. `detail` says why. */
  | {
      readonly kind: 'undeleted';
      readonly generation: number;
      readonly partition: number;
      readonly offset: number;
      readonly detail: string;
    }
  /** There was nothing to send, and the letter is deleted: the event is applied, lies in another letter, or was ended with one. */
  | { readonly kind: 'removed'; readonly as: 'applied' | 'parked-elsewhere' | 'amended' | 'discarded' }
  /** It is not there (any more): somebody else has sent it. */
  | { readonly kind: 'gone' }
  /** It stays as it is, and would the next time: a person has to act. */
  | { readonly kind: 'refused'; readonly reason: RedriveRefusal; readonly detail: string }
  /** It stays for now: run it again. */
  | { readonly kind: 'waits'; readonly reason: RedriveWait; readonly detail: string };

export type RedriveRefusal =
  /** The object is no dead letter, or not the one of its name. */
  | 'not-a-letter'
  /** It belongs to another cluster, topic or group. */
  | 'foreign'
  /** Its record could not be read, so that nobody can send it as it was. */
  | 'undecodable'
  | 'max-redrives'
  /** The id belongs to an event of other content. */
  | 'id-conflict'
  /** As a copy it would be known as another event. */
  | 'other-id'
  /** The table does not say that the event is parked, or not in this letter. */
  | 'not-parked'
  /** A person ended it. */
  | 'discarded'
  /** A corrected event takes its place. */
  | 'amended'
  /** Kafka will never take it as it is. */
  | 'rejected';

export type RedriveWait =
  /** A call is under way for it. */
  | 'claimed'
  /** One before it, of the same key, waits. */
  | 'behind'
  /** A store was in the way, or the time was over. */
  | 'unavailable'
  /** Kafka has not taken it in time; it may be in the log all the same. */
  | 'not-taken';

export const DEAD_LETTERS_OUTPUT = 'cdk-lossless-kafka/dead-letters/1';

/** What an output of a stack says, as JSON, of the dead letters of one consumer, or of what never reached the topic. */
export interface DeadLettersOutput {
  /** Tells the output from those of others. */
  readonly kind: typeof DEAD_LETTERS_OUTPUT;
  readonly cluster: string;
  readonly topic: string;
  /** `-` for what never reached the topic. */
  readonly group: string;
  /** @default - none: the group is `-` */
  readonly table?: string;
  /** Bucket. */
  readonly deadLetters: string;
  /** The function that sends them back. @default - none does */
  readonly replay?: string;
  /** Bucket of what waits for the brokers. @default - said by the output of what never reached the topic alone */
  readonly spill?: string;
  /** As the consumer's. @default - not said */
  readonly eventIds?: EventIds;
}
