import { setTimeout as wait } from 'node:timers/promises';
import {
  Kafka,
  logLevel,
  type Admin,
  type Consumer,
  type ConsumerGroupJoinEvent,
  type EachBatchPayload,
  type KafkaMessage,
} from 'kafkajs';
import type { Accepted, Chunk } from './lane';
import { committedOffsets, logRange, type LogRange } from './positions';
import type { PolledRecord } from './record';

export interface MemberOptions {
  /** Comma-separated `host:port`. */
  readonly bootstrap: string;
  readonly topic: string;
  readonly group: string;
  /** Offsets to start at where the group has none. */
  readonly starting: ReadonlyMap<number, number>;
  /** The record as it will stand in the event. */
  encode(partition: number, message: KafkaMessage): PolledRecord;
  /** True when the partition's records are held over a rebalance. */
  holds(partition: number): boolean;
  /** True when nothing more of the partition shall be fetched for now. */
  paused(partition: number): boolean;
  /**
   * The member's partitions after a rebalance, with the group's committed offset, or where to start without one.
   * Returns where to read on: further for what is held already.
   */
  assigned(positions: ReadonlyMap<number, Position>): ReadonlyMap<number, number>;
  /** Undefined: the partition is not ours. */
  chunk(chunk: Chunk): Accepted | undefined;
  /** The log begins only at `logStart`: what lay before is gone and cannot be read. */
  gone(partition: number, logStart: number): void;
  /** The log ends at `end`, before the committed offset: reading goes on from its end. */
  shorter(partition: number, end: number, committed: number): void;
  /** The member is of no use any more. */
  crashed(error: unknown): void;
}

export interface Position {
  readonly offset: number;
  readonly committed: boolean;
}

/** Milliseconds before a partition that cannot be taken right now is looked at again. */
const LOOK_AGAIN_MS = 50;

/** One life of a kafkajs consumer: what it fetched, where it really stands, and its commits. */
export class Member {
  /** Epoch milliseconds of the last heartbeat, fetch or join. */
  lastSign = Date.now();
  /** The assignment is in place: commits are for partitions we own. */
  joined = false;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  #joins = 0;
  #closed = false;
  #confirmed = false;

  constructor(private readonly options: MemberOptions) {
    // A client of its own: kafkajs keeps committed offsets in the client, beyond the consumer's life.
    const kafka = new Kafka({
      clientId: 'event-source-mapping',
      brokers: options.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
    });
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** Joins the group; every failure, then or later, comes as `crashed`. */
  async run(): Promise<void> {
    const { events } = this.#consumer;
    const alive = () => void (this.lastSign = Date.now());
    this.#consumer.on(events.HEARTBEAT, alive);
    this.#consumer.on(events.FETCH, alive);
    this.#consumer.on(events.COMMIT_OFFSETS, () => void (this.#confirmed = true));
    this.#consumer.on(events.CRASH, ({ payload }) => this.#crash(payload.error));
    this.#consumer.on(
      events.GROUP_JOIN,
      (event) => void this.#position(event).catch((error: unknown) => this.#crash(error)),
    );
    try {
      await this.#admin.connect();
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topic: this.options.topic, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 8,
        eachBatch: (payload) => this.#take(payload),
      });
    } catch (error) {
      this.#crash(error);
    }
  }

  /** True only when the broker confirmed: kafkajs also returns, without a word, when it is not running. */
  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    if (!this.joined) return false;
    this.#confirmed = false;
    const { topic } = this.options;
    await this.#consumer.commitOffsets(
      [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    );
    return this.#confirmed;
  }

  pause(partition: number): void {
    if (this.joined) this.#consumer.pause([{ topic: this.options.topic, partitions: [partition] }]);
  }

  resume(partition: number): void {
    if (this.joined) this.#consumer.resume([{ topic: this.options.topic, partitions: [partition] }]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.joined = false;
    await Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()]);
  }

  #crash(error: unknown): void {
    if (this.#closed) return;
    this.joined = false;
    this.options.crashed(error);
  }

  /**
   * After every join: puts each partition where its lane is, whatever the client itself thinks. Until then nothing is
   * fetched: a fetch out of the log's range would make the client overwrite the group's committed offset.
   */
  async #position({ payload }: ConsumerGroupJoinEvent): Promise<void> {
    const join = ++this.#joins;
    this.joined = false;
    this.lastSign = Date.now();
    const { topic, group } = this.options;
    const mine = payload.memberAssignment[topic] ?? [];
    this.#consumer.pause([{ topic, partitions: mine }]);
    const committed = await committedOffsets(this.#admin, group, topic);
    const held = mine.every((partition) => this.options.holds(partition));
    const range = held ? undefined : await logRange(this.#admin, topic);
    if (join !== this.#joins || this.#closed) return;
    const positions = mine.map((partition) => [partition, this.#startOf(partition, committed, range)] as const);
    for (const [partition, offset] of this.options.assigned(new Map(positions))) {
      const start = range?.get(partition)?.start ?? 0;
      if (start > offset) this.options.gone(partition, start);
      this.#consumer.seek({ topic, partition, offset: String(Math.max(start, offset)) });
    }
    this.joined = true;
    for (const partition of mine) if (!this.options.paused(partition)) this.resume(partition);
  }

  #startOf(partition: number, committed: ReadonlyMap<number, number>, range: LogRange | undefined): Position {
    const offset = committed.get(partition);
    if (offset === undefined) return { offset: this.options.starting.get(partition) ?? 0, committed: false };
    const end = range?.get(partition)?.end ?? offset;
    if (offset <= end) return { offset, committed: true };
    // A log that ends before the committed offset lost records; what is written from its end on is new.
    this.options.shorter(partition, end, offset);
    return { offset: end, committed: false };
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { partition } = batch;
    if (!this.joined || payload.isStale()) return void (await wait(LOOK_AGAIN_MS));
    const accepted = this.options.chunk({
      partition,
      fetchedOffset: Number((batch as unknown as { fetchedOffset: string }).fetchedOffset),
      lastOffset: Number(batch.lastOffset()),
      records: batch.messages.map((message) => this.options.encode(partition, message)),
    });
    if (accepted === undefined) return void (await wait(LOOK_AGAIN_MS));
    if (accepted.kind === 'ahead') return this.#goBack(partition, accepted.next);
    payload.resolveOffset(batch.lastOffset());
  }

  /** The client went on without handing everything over: read again from where the lane is, or from the log's start. */
  async #goBack(partition: number, next: number): Promise<void> {
    const start = (await logRange(this.#admin, this.options.topic)).get(partition)?.start ?? 0;
    if (start > next) this.options.gone(partition, start);
    this.#consumer.seek({ topic: this.options.topic, partition, offset: String(Math.max(start, next)) });
  }
}
