import type { Clock } from '../clock';
import { LosslessError } from '../errors';
import { partitionOfKey } from '../kafka/murmur2';
import type { KafkaPort, TopicDescription } from '../kafka/port';
import { inWords } from '../within';
import { backoffMs } from '../backoff';
import { Deadlines } from './deadlines';
import { Entry, type Submission } from './entry';
import { Lane } from './lane';
import type { Settled } from './outcome';
import { Room } from './room';
import { contentBytes, undeliverable } from './size';

const ROOM_BYTES = 64 * 1024 * 1024;
/** As long as Java's client trusts its metadata: partitions may have been added since. */
const TOPIC_AGE_MS = 5 * 60_000;
/** Keyless records that go to one partition before another is drawn, so that they share requests. */
const KEYLESS_RUN = 100;

export interface PipeOptions {
  readonly topic: string;
  readonly port: KafkaPort;
  readonly clock: Clock;
  /** Settles entries that Kafka did not take by their deadline. Never rejects. */
  readonly atDeadline: (entries: readonly Entry[]) => Promise<void>;
  /** Most bytes on their way at once. @default 64 MiB */
  readonly roomBytes?: number;
}

/** Takes records to their partitions: one lane per partition, each record settled by its deadline at the latest. */
export class Pipe {
  private readonly lanes = new Map<number, Lane>();
  private readonly deadlines: Deadlines;
  private readonly room: Room;
  /** In order of submission; they go to their lanes once the topic is known. */
  private unplaced: Entry[] = [];
  private topic?: TopicDescription & { readonly readAt: number };
  private reading = false;
  private keyless = { partition: 0, left: 0 };

  constructor(private readonly options: PipeOptions) {
    this.room = new Room(options.roomBytes ?? ROOM_BYTES);
    this.deadlines = new Deadlines(options.clock, async (entries) => {
      for (const lane of this.lanes.values()) lane.giveUpExpired();
      for (const entry of entries) this.room.leave(entry);
      await options.atDeadline(entries);
    });
  }

  /** Submits in order, drawing on `submissions` as room comes free. One result each, in the same order; never rejects. */
  async submit(submissions: Iterable<Submission>): Promise<Settled[]> {
    const entries: Entry[] = [];
    for (const submission of submissions) {
      const entry = new Entry(submission, (ended) => this.ended(ended));
      entries.push(entry);
      const room = this.start(entry);
      if (room !== undefined) await room;
      this.place(entry);
    }
    return Promise.all(entries.map((entry) => entry.settled));
  }

  private start(entry: Entry): Promise<void> | undefined {
    const reason = undeliverable(entry.message);
    if (reason !== undefined) {
      entry.settle({ kind: 'rejected', code: 'MESSAGE_TOO_LARGE', reason });
      return undefined;
    }
    this.deadlines.add(entry);
    return this.room.enter(entry);
  }

  private ended(entry: Entry): void {
    this.deadlines.remove(entry);
    this.room.leave(entry);
  }

  private place(entry: Entry): void {
    if (!entry.open || entry.deadlineAt <= this.options.clock.now()) return;
    const { topic } = this;
    if (topic === undefined) this.unplaced.push(entry);
    else this.toLane(entry, topic);
    if (topic === undefined || this.options.clock.now() - topic.readAt > TOPIC_AGE_MS) void this.readTopic();
  }

  /** Until it is known; a description that is only old serves on when it cannot be read anew. */
  private async readTopic(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    let failures = 0;
    do {
      try {
        const topic = await this.options.port.describe(this.options.topic);
        this.topic = { ...topic, readAt: this.options.clock.now() };
        for (const entry of this.unplaced.splice(0)) if (entry.open) this.toLane(entry, this.topic);
      } catch (error) {
        failures += 1;
        this.unread(error instanceof Error ? error : new Error(inWords(error)));
        if (this.unplaced.length > 0) await this.options.clock.sleep(backoffMs(failures, this.options.clock));
      }
      this.unplaced = this.unplaced.filter((entry) => entry.open);
    } while (this.unplaced.length > 0);
    this.reading = false;
  }

  private unread(error: Error): void {
    if (this.topic !== undefined) this.topic = { ...this.topic, readAt: this.options.clock.now() };
    for (const entry of this.unplaced) entry.reason = inWords(error);
    if (!LosslessError.is(error)) return;
    for (const entry of this.unplaced.splice(0)) if (entry.open) entry.settle({ kind: 'failed', error });
  }

  private toLane(entry: Entry, topic: TopicDescription): void {
    const { maxMessageBytes: most = Number.POSITIVE_INFINITY, partitions } = topic;
    const bytes = contentBytes(entry.message);
    if (bytes > most) {
      const reason = `event size: got ${bytes} bytes, want at most max.message.bytes = ${most} of topic ${this.options.topic}; put the data elsewhere and send its address`;
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
    const { topic, port, clock } = this.options;
    const lane = new Lane({ topic, partition, port, clock, expire: (entries) => this.deadlines.expire(entries) });
    this.lanes.set(partition, lane);
    return lane;
  }
}
