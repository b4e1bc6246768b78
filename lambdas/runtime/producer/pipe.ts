import type { Clock } from '../time/clock';
import { RetryStrategy } from '../contract';
import { LosslessError } from '../contract/errors';
import { Age } from '../kafka/age';
import { partitionOfKey } from '../kafka/murmur2';
import type { KafkaPort, TopicDescription } from '../kafka/port';
import { inWords } from '../time/within';
import { Deadlines, TOGETHER_MS } from './deadlines';
import { Entry, type Submission, type Times } from './entry';
import type { GiveUp } from './give-up';
import { Lane } from './lane';
import type { Fate, Rejected, EntryOutcome } from './outcome';
import { Results } from './results';
import { Pace, triesAgain } from './retry';
import { Room } from './room';
import { undeliverable } from './size';

export const BUFFER_BYTES = 64 * 1024 * 1024;
/** How old the last look at its settings may be. Partitions that are added are told by the clients, and sooner. */
const TOPIC_AGE_MS = 5 * 60_000;
/** Keyless records that go to one partition before another is drawn, so that they share requests. */
const KEYLESS_RUN = 100;

export interface PipeOptions {
  readonly topic: string;
  readonly port: KafkaPort;
  readonly clock: Clock;
  /**
   * Takes over entries that Kafka is not tried with any more. They keep their room until they are settled, and as long as
   * their bytes are in its hands: it calls `release` for each of them then.
   */
  readonly onGivenUp: (entries: readonly Entry[], release: (entry: Entry) => void) => void;
  /** Deals with an entry that was refused for good. Never rejects. @default - its fate stays `rejected` */
  readonly onRejected?: (entry: Entry, rejected: Rejected) => Promise<Fate>;
  /** @default - until the deadline */
  readonly retry?: RetryStrategy;
  /** What a record does that finds no room. @default wait */
  readonly onFull?: 'wait' | 'reject';
  /** Most bytes on their way at once. @default 64 MiB */
  readonly bufferBytes?: number;
}

/** Takes records to their partitions: one lane per partition, each record settled when its caller must hear at the latest. */
export class Pipe {
  private readonly lanes = new Map<number, Lane>();
  private readonly deadlines: Deadlines;
  private readonly answers: Deadlines;
  private readonly bufferBytes: number;
  private readonly room: Room;
  private readonly pace: Pace;
  private readonly triesAgain: (entry: Entry) => boolean;
  /** Wait for the topic to be read: only then are their partitions known. In order of submission. */
  private topicless: Entry[] = [];
  private topic?: TopicDescription & { readonly age: Age };
  private reading = false;
  private keyless = { partition: 0, left: 0 };

  constructor(private readonly options: PipeOptions) {
    const { clock, bufferBytes = BUFFER_BYTES, retry = RetryStrategy.untilDeadline() } = options;
    this.bufferBytes = bufferBytes;
    this.room = new Room(bufferBytes);
    this.pace = new Pace(clock);
    this.triesAgain = (entry) => triesAgain(retry, entry.failures);
    this.deadlines = new Deadlines({
      clock,
      at: (entry) => entry.deadlineAt,
      togetherMs: TOGETHER_MS,
      onDue: (entries) => this.giveUp(entries, 'deadline'),
    });
    this.answers = new Deadlines({
      clock,
      at: (entry) => entry.answerBy,
      togetherMs: 0,
      onDue: (entries) => this.answer(entries),
    });
  }

  /**
   * Submits in order, and in the order of the calls, drawing on `submissions` as room comes free. One result each, in
   * the same order, none after `answerBy`: what was not drawn by then has no result. Never rejects.
   */
  async submit(submissions: Iterable<Submission>, times: Times): Promise<EntryOutcome[]> {
    const results = new Results();
    try {
      for (const submission of submissions) {
        const hear = results.expect();
        const entry = new Entry(submission, times, (settled) => this.ended(entry, settled, hear));
        const room = this.start(entry, results);
        if (room !== undefined) {
          await room;
          if (times.answerBy <= this.options.clock.monotonic()) break;
        }
        this.admit(entry);
      }
    } finally {
      this.room.done(results);
    }
    return results.all();
  }

  /** Undefined when it has its room, or wants none; else resolves when either is so. */
  private start(entry: Entry, call: Results): Promise<void> | undefined {
    const refusal = this.refusal(entry, call);
    if (refusal !== undefined) {
      entry.settle(refusal);
      return undefined;
    }
    this.answers.add(entry);
    const room = this.room.enter(entry, call);
    if (room !== undefined) entry.last = `not tried, as there was no room within bufferBytes = ${this.bufferBytes}`;
    return room;
  }

  private refusal(entry: Entry, call: Results): Rejected | undefined {
    const reason = undeliverable(entry.message, entry.contentBytes);
    if (reason !== undefined) return { kind: 'rejected', code: 'MESSAGE_TOO_LARGE', reason };
    const { onFull = 'wait' } = this.options;
    if (onFull === 'wait' || this.room.has(entry, call)) return undefined;
    return {
      kind: 'rejected',
      code: 'BUFFER_EXHAUSTED',
      reason: `buffer: got an event of ${entry.bytes} bytes, want room for it within bufferBytes = ${this.bufferBytes}; publish again later, or set onFull to 'wait'`,
    };
  }

  private ended(entry: Entry, settled: EntryOutcome, hear: (settled: EntryOutcome) => void): void {
    this.deadlines.remove(entry);
    this.answers.remove(entry);
    this.leave(entry);
    const { onRejected } = this.options;
    if (settled.kind === 'rejected' && onRejected !== undefined) void onRejected(entry, settled).then(hear);
    else hear(settled);
  }

  /** Ends the tries of these entries now, and hands them over. */
  private giveUp(entries: readonly Entry[], why: GiveUp): void {
    if (entries.length === 0) return;
    const now = this.options.clock.monotonic();
    for (const entry of entries) {
      this.deadlines.remove(entry);
      entry.handedOver = true;
      // A freeze may have outlasted both times: nobody waits for the answer any more, and the event still gets its time to be spilled.
      if (entry.answerBy <= now) entry.answerBy = now + entry.answerBy - entry.deadlineAt;
    }
    this.endTries(entries, why);
    this.options.onGivenUp(entries, (entry) => {
      entry.handedOver = false;
      this.leave(entry);
    });
  }

  /** An entry takes up room until it is settled, and as long as its bytes are in anybody's hands. */
  private leave(entry: Entry): void {
    if (entry.settled && !entry.held) this.room.leave(entry);
  }

  /** Their callers must hear now, though Kafka or the spill store may still work on them: what is in doubt by then is unknown. */
  private answer(entries: readonly Entry[]): void {
    const unspilled = entries.filter((entry) => this.deadlines.has(entry));
    const others = entries.filter((entry) => !this.deadlines.has(entry));
    this.giveUp(unspilled, 'deadline');
    for (const entry of unspilled) if (!entry.settled) this.answers.add(entry);
    // Those of them that were handed over have their reason already: the others still wait for room.
    this.endTries(others, 'no-room');
    for (const entry of others) entry.settleUntaken(entry.handedOver ? spillInWords(entry) : undefined);
  }

  private endTries(entries: readonly Entry[], why: GiveUp): void {
    for (const entry of entries) entry.giveUp(why);
    for (const lane of this.lanes.values()) lane.abandonGivenUp();
  }

  private admit(entry: Entry): void {
    if (entry.settled) return;
    this.deadlines.add(entry);
    if (entry.deadlineAt <= this.options.clock.monotonic()) return;
    const topic = this.currentTopic();
    if (topic === undefined) this.untilRead(entry);
    else this.toLane(entry, topic);
    void this.readTopic();
  }

  private untilRead(entry: Entry): void {
    entry.last = 'not tried, as its topic was not read yet';
    this.topicless.push(entry);
  }

  /** With the partitions that were added since it was read: a client's view may be older, but never ahead. */
  private currentTopic(): TopicDescription | undefined {
    const partitions = this.options.port.partitions?.(this.options.topic) ?? 0;
    if (this.topic !== undefined && partitions > this.topic.partitions) this.topic = { ...this.topic, partitions };
    return this.topic;
  }

  private async readTopic(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    for (let failures = 0; this.topicWanted(); failures += 1) {
      await this.pace.turn(failures, () => this.topicWanted());
      if (this.topicWanted()) await this.readTopicOnce();
    }
    this.reading = false;
  }

  /**
   * Whether the topic is to be read now: as long as it is not known and an entry waits for it, and later when what is known
   * is old. Where reading it again fails, what is known is used further.
   */
  private topicWanted(): boolean {
    if (this.topic !== undefined) return this.topic.age.ms > TOPIC_AGE_MS;
    this.topicless = this.topicless.filter((entry) => entry.open);
    return this.topicless.length > 0;
  }

  private async readTopicOnce(): Promise<void> {
    try {
      const topic = await this.options.port.describe(this.options.topic);
      this.pace.answered();
      this.topic = { ...topic, age: new Age(this.options.clock) };
      for (const entry of this.topicless.splice(0)) if (entry.open) this.toLane(entry, this.topic);
    } catch (error) {
      this.unread(error instanceof Error ? error : new Error(inWords(error)));
    }
  }

  private unread(error: Error): void {
    this.pace.failed();
    if (this.topic !== undefined) this.topic = { ...this.topic, age: new Age(this.options.clock) };
    if (LosslessError.is(error)) {
      for (const entry of this.topicless.splice(0)) if (entry.open) entry.settle({ kind: 'failed', error });
      return;
    }
    for (const entry of this.topicless) entry.tryFailed(inWords(error), false);
    const spent = this.topicless.filter((entry) => entry.open && !this.triesAgain(entry));
    this.giveUp(spent, 'retries');
  }

  private toLane(entry: Entry, topic: TopicDescription): void {
    const { maxMessageBytes: most = Number.POSITIVE_INFINITY, partitions } = topic;
    if (entry.contentBytes > most) {
      const reason = `event size: got ${entry.contentBytes} bytes, want at most max.message.bytes = ${most} of topic ${this.options.topic}; put the data elsewhere and send its address`;
      entry.settle({ kind: 'rejected', code: 'MESSAGE_TOO_LARGE', reason });
      return;
    }
    entry.partition ??= this.choose(entry.message.key, partitions);
    this.lane(entry.partition).add(entry);
  }

  private choose(key: Uint8Array | null, partitions: number): number {
    if (key !== null) return partitionOfKey(key, partitions);
    const { partition, left } = this.keyless;
    this.keyless =
      left > 0 && partition < partitions && this.lane(partition).healthy
        ? { partition, left: left - 1 }
        : { partition: this.draw(partitions), left: KEYLESS_RUN };
    return this.keyless.partition;
  }

  private draw(partitions: number): number {
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const healthy = all.filter((partition) => this.lane(partition).healthy);
    const from = healthy.length > 0 ? healthy : all;
    return from[Math.floor(this.options.clock.random() * from.length)] ?? 0;
  }

  private lane(partition: number): Lane {
    const found = this.lanes.get(partition);
    if (found !== undefined) return found;
    const { pace, triesAgain } = this;
    const { topic, port } = this.options;
    const giveUp = (entries: readonly Entry[], why: GiveUp) => this.giveUp(entries, why);
    const landed = (entries: readonly Entry[]) => entries.forEach((entry) => this.leave(entry));
    const lane = new Lane({ topic, partition, port, pace, triesAgain, giveUp, landed });
    this.lanes.set(partition, lane);
    return lane;
  }
}

const spillInWords = ({ maybeStored }: Entry): string =>
  `spill store: ${maybeStored ? 'got no answer' : 'not asked yet'} when its caller had to hear`;
