/** A record as a broker keeps it. Header values and repeats as kafkajs hands them over. */
export interface StoredMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[] | string | (Buffer | string)[] | undefined>>;
}

/** Who wrote a batch, and which of its batches it is; undefined: a producer without idempotence. */
export interface Sequence {
  readonly producer: number;
  /** Of its first record. */
  readonly first: number;
}

/** Records that were written together. One object in all replicas that hold it: whose logs agree share their batches. */
export interface StoredBatch {
  readonly base: number;
  readonly epoch: number;
  /** When the leader appended it, epoch milliseconds. */
  readonly timestamp: number;
  readonly messages: readonly StoredMessage[];
  readonly sequence: Sequence | undefined;
}

export const endOf = ({ base, messages }: StoredBatch): number => base + messages.length;

/** Where a batch lies whose numbers are known. */
export type Place = Pick<StoredBatch, 'base'> & { readonly end: number };

/** What a broker remembers of one batch of a producer, for a day after the last of them, also when retention has taken it. */
interface Remembered extends Place {
  readonly first: number;
  readonly count: number;
  readonly timestamp: number;
}

/** Batches of one producer that a broker remembers. */
const REMEMBERED = 5;
/** `producer.id.expiration.ms`. */
const EXPIRES_MS = 24 * 3_600_000;

/** What one replica holds of a partition, and what it knows of the producers that wrote it. */
export class ReplicaLog {
  start = 0;
  #batches: StoredBatch[] = [];
  #producers = new Map<number, Remembered[]>();
  #newest = 0;

  get end(): number {
    const last = this.#batches.at(-1);
    return last ? endOf(last) : this.start;
  }

  /** From the batch that holds `offset` on. */
  from(offset: number): StoredBatch[] {
    return this.#batches.slice(this.#indexOf(offset));
  }

  append(batch: StoredBatch): void {
    this.#batches.push(batch);
    this.#remember(batch);
  }

  /** Where so many records lie that were written under these numbers before; `gap`: these numbers do not come next. */
  known({ producer, first }: Sequence, count: number): Place | 'gap' | undefined {
    const batches = this.#producers.get(producer);
    if (!batches) return undefined;
    const before = batches.find((batch) => batch.first === first && batch.count === count);
    if (before) return before;
    const last = batches.at(-1)!;
    return last.first + last.count === first ? undefined : 'gap';
  }

  /** Drops what the other log does not hold, too. @returns records dropped */
  agreeWith(other: ReplicaLog): number {
    const before = this.end;
    while (this.#batches.length > 0) {
      const last = this.#batches.at(-1)!;
      if (endOf(last) <= other.start || other.#at(last.base) === last) break;
      this.#batches.pop();
    }
    if (this.end === before) return 0;
    const gone = ({ base }: Remembered) => base >= this.start;
    for (const [producer, batches] of this.#producers)
      this.#keep(
        producer,
        batches.filter((batch) => !gone(batch)),
      );
    for (const batch of this.#batches) this.#remember(batch);
    return before - this.end;
  }

  /** Retention: whole batches below `offset` go. */
  trim(offset: number): void {
    const kept = this.#batches.findIndex((batch) => endOf(batch) > offset);
    const gone = kept === -1 ? this.#batches.length : kept;
    if (gone === 0) return;
    this.start = endOf(this.#batches[gone - 1]!);
    this.#batches = this.#batches.slice(gone);
    const isOver = ({ timestamp }: Remembered) => timestamp < this.#newest - EXPIRES_MS;
    for (const [producer, batches] of this.#producers) if (isOver(batches.at(-1)!)) this.#producers.delete(producer);
  }

  /** A replica that is behind the beginning of its leader's log begins there. */
  beginAt(offset: number): void {
    this.start = offset;
    this.#batches = [];
    this.#producers = new Map();
  }

  #remember({ base, sequence, messages, timestamp }: StoredBatch): void {
    this.#newest = Math.max(this.#newest, timestamp);
    if (!sequence) return;
    const { producer, first } = sequence;
    const count = messages.length;
    const batches = this.#producers.get(producer) ?? [];
    this.#keep(producer, [...batches, { base, end: base + count, first, count, timestamp }].slice(-REMEMBERED));
  }

  #keep(producer: number, batches: Remembered[]): void {
    if (batches.length > 0) this.#producers.set(producer, batches);
    else this.#producers.delete(producer);
  }

  #at(base: number): StoredBatch | undefined {
    const batch = this.#batches[this.#indexOf(base)];
    return batch?.base === base ? batch : undefined;
  }

  /** Of the first batch that ends above `offset`. */
  #indexOf(offset: number): number {
    let [low, high] = [0, this.#batches.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(this.#batches[middle]!) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
