import type { KafkaMessage } from '../event/message';
import { givenUp, type GiveUp } from './give-up';
import type { EntryOutcome } from './outcome';
import { contentBytes, recordBytes } from './size';

/** One record on its way. */
export interface Submission {
  readonly message: KafkaMessage;
  /** Where it must go; null: the pipe chooses. */
  readonly partition: number | null;
}

/** Until when, in milliseconds of the monotonic clock: a step of the wall clock moves no deadline. */
export interface Times {
  /** Kafka must have taken it. */
  readonly deadlineAt: number;
  /** Its caller must have heard how it ended, whatever is still under way. */
  readonly answerBy: number;
}

/** A submitted record and what is known of it until it is settled. */
export class Entry implements Times {
  readonly message: KafkaMessage;
  readonly deadlineAt: number;
  answerBy: number;
  /** Of key, value and headers: less than Kafka counts. */
  readonly contentBytes: number;
  /** Upper bound of its bytes in a batch. */
  readonly bytes: number;
  /** Chosen once: a record that moved to another partition between two tries would lose its order and be written twice. */
  partition: number | null;
  /** True while a request with this record has no result. */
  inFlight = false;
  /** True while it is in the hands of whoever settles what Kafka did not take. */
  handedOver = false;
  /** True from the beginning of a put into the spill store until the store has said no: it may lie there. */
  maybeStored = false;
  /** Most records it may share a request with, itself included; halved when a batch is refused for one of its records. */
  maxBatch = Number.POSITIVE_INFINITY;
  /** Tries that Kafka did not answer, or answered with "not now". */
  failures = 0;
  /** What the last try came to, for a person; before the first one, what it waits for. */
  last = 'not tried, as there was no time left for Kafka';
  private state: 'open' | 'given up' | 'settled' = 'open';
  private why: GiveUp = 'deadline';
  private maybeWritten = false;

  /** @param onSettled is told once how it ended */
  constructor(
    submission: Submission,
    { deadlineAt, answerBy }: Times,
    private readonly onSettled: (settled: EntryOutcome) => void,
  ) {
    this.message = submission.message;
    this.partition = submission.partition;
    this.deadlineAt = deadlineAt;
    this.answerBy = answerBy;
    this.contentBytes = contentBytes(submission.message);
    this.bytes = recordBytes(this.contentBytes, submission.message.headers.length);
  }

  /** True while Kafka may still be tried. */
  get open(): boolean {
    return this.state === 'open';
  }

  get settled(): boolean {
    return this.state === 'settled';
  }

  /** True while a request is in flight, and once any try may have been written. Sticky: no later answer takes that back. */
  get unknown(): boolean {
    return this.maybeWritten || this.inFlight;
  }

  /** Why Kafka is not tried with it any more; of no meaning while it is. */
  get gaveUp(): GiveUp {
    return this.why;
  }

  /** The same in words, with what the last try came to. */
  get reason(): string {
    return givenUp(this.why, this.inFlight ? 'its last try has no answer yet' : this.last);
  }

  /** True while somebody has its bytes in hand, settled or not. */
  get held(): boolean {
    return this.handedOver || this.inFlight;
  }

  /** @param maybeWritten no answer tells that it was not */
  tryFailed(reason: string, maybeWritten: boolean): void {
    this.failures += 1;
    this.last = reason;
    this.maybeWritten ||= maybeWritten;
  }

  /**
   * No more tries; whoever gives it up settles it, and the first reason counts. A result of the request in flight no
   * longer does, unless it is `acked`.
   */
  giveUp(why: GiveUp): void {
    if (this.state !== 'open') return;
    this.state = 'given up';
    this.why = why;
  }

  /** The first one counts. */
  settle(settled: EntryOutcome): void {
    if (this.state === 'settled') return;
    this.state = 'settled';
    this.onSettled(settled);
  }

  /** Neither Kafka nor, if it was asked, the spill store took it. @param store what the spill store said, if it was asked */
  settleUntaken(store?: string): void {
    const reason = store === undefined ? this.reason : `${this.reason}; ${store}`;
    const code = this.why === 'no-room' ? 'BUFFER_EXHAUSTED' : 'UNAVAILABLE';
    const maybe = this.unknown || this.maybeStored;
    this.settle(maybe ? { kind: 'unknown', reason } : { kind: 'rejected', code, reason });
  }
}
