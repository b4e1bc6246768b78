import type { PolledRecord, Records } from './record';

/** What one fetch brought of a partition. */
export interface Chunk {
  readonly partition: number;
  /** Offset the fetch asked for: the log holds nothing between it and the first record. */
  readonly fetchedOffset: number;
  /** Last offset of the chunk, transaction markers included. */
  readonly lastOffset: number;
  readonly records: Records;
}

export type Accepted =
  /** Taken, apart from what the lane had already. */
  | { readonly kind: 'taken'; readonly count: number; readonly filteredOut: number }
  /** The client skipped records: it has to go back to `next`. */
  | { readonly kind: 'ahead'; readonly next: number }
  /** The log was cut off at `from` and written anew: `until` was handed on before, and those records are gone. */
  | {
      readonly kind: 'rewritten';
      readonly from: number;
      readonly until: number;
      readonly count: number;
      readonly filteredOut: number;
    };

/**
 * One partition on its way through the mapping: every offset of the log is taken once and in order, is handed on, and
 * counts as open until it is settled. `position` is what may be committed. Holds no client and no clock.
 */
export class Lane {
  /** False once the partition belongs to another member: what is still open here is theirs to deliver. */
  owned = true;
  /** An invocation holds records of this partition. */
  busy = false;
  #next: number;
  #leaderEpoch = -1;
  #queue: { record: PolledRecord; arrivedAt: number }[] = [];
  #taken = 0; // records at the front of the queue that were handed on
  #queuedBytes = 0;
  readonly #open = new Set<number>();

  constructor(
    readonly partition: number,
    start: number,
  ) {
    this.#next = start;
  }

  /** Offset of the next record the log has to give. */
  get next(): number {
    return this.#next;
  }

  get queued(): number {
    return this.#queue.length - this.#taken;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Epoch milliseconds at which the oldest waiting record arrived; undefined when none waits. */
  get waitingSince(): number | undefined {
    return this.#queue[this.#taken]?.arrivedAt;
  }

  /** The offset to commit: the lowest that is not settled. */
  get position(): number {
    // A set keeps insertion order, and offsets are handed on in ascending order.
    const [lowest] = this.#open;
    return lowest ?? this.#queue[this.#taken]?.record.offset ?? this.#next;
  }

  accept(chunk: Chunk, now: number): Accepted {
    if (chunk.fetchedOffset > this.#next) return { kind: 'ahead', next: this.#next };
    const seenUntil = this.#next;
    const rewritten = chunk.records.find(
      ({ offset, leaderEpoch }) => offset < this.#next && leaderEpoch > this.#leaderEpoch && this.#leaderEpoch >= 0,
    );
    if (rewritten) this.#forgetFrom(rewritten.offset);
    const fresh = chunk.records.filter(({ offset }) => offset >= this.#next);
    this.#leaderEpoch = fresh.at(-1)?.leaderEpoch ?? this.#leaderEpoch;
    // What the filter takes out is passed like a hole of the log: its offset counts as settled.
    for (const record of fresh.filter(({ filteredOut }) => !filteredOut)) {
      this.#queue.push({ record, arrivedAt: now });
      this.#queuedBytes += record.bytes;
    }
    this.#next = Math.max(this.#next, chunk.lastOffset + 1);
    const count = fresh.length;
    const filteredOut = fresh.filter((record) => record.filteredOut).length;
    return rewritten
      ? { kind: 'rewritten', from: rewritten.offset, until: seenUntil, count, filteredOut }
      : { kind: 'taken', count, filteredOut };
  }

  /** The log no longer reaches back to `next` (retention): go on where it begins. */
  skipTo(logStart: number): void {
    this.#next = Math.max(this.#next, logStart);
  }

  /** The first waiting record, without taking it. */
  peek(): PolledRecord | undefined {
    return this.#queue[this.#taken]?.record;
  }

  /** Takes the first waiting record: it is open from here on. */
  take(): PolledRecord | undefined {
    const head = this.#queue[this.#taken];
    if (!head) return undefined;
    this.#taken++;
    if (this.#taken > 1024 && this.#taken * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#taken);
      this.#taken = 0;
    }
    this.#queuedBytes -= head.record.bytes;
    this.#open.add(head.record.offset);
    return head.record;
  }

  /** This offset needs no further delivery. */
  settle(offset: number): void {
    this.#open.delete(offset);
  }

  /** Another member settled everything below `committed`. */
  drop(committed: number): void {
    for (const offset of this.#open) if (offset < committed) this.#open.delete(offset);
    while ((this.peek()?.offset ?? committed) < committed) this.#open.delete(this.take()!.offset);
    this.#next = Math.max(this.#next, committed);
  }

  #forgetFrom(offset: number): void {
    const waiting = this.#queue.slice(this.#taken).filter(({ record }) => record.offset < offset);
    this.#queue = waiting;
    this.#taken = 0;
    this.#queuedBytes = waiting.reduce((sum, { record }) => sum + record.bytes, 0);
    this.#next = offset;
  }
}
