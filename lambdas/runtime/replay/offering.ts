import type { Clock } from '../time/clock';
import type { SpilledEvent } from '../contract';
import { messageOf } from '../dead-letters/letter';
import { partitionOfKey } from '../kafka/murmur2';
import type { KafkaPort, TopicDescription } from '../kafka/port';
import type { EntryOutcome } from '../producer/outcome';
import { Pipe } from '../producer/pipe';
import { dated } from './dated';
import { resent, type Resent } from '../producer/resending';

/** Milliseconds Kafka is tried for an event among others: the death of a broker takes about as long to get over. */
const TRY_MS = 10_000;
/** And for one alone, once others of its partition have failed. */
const ALONE_MS = 3_000;
/** Below that nothing is begun: given up half-way, an event would only be written twice. */
const LEAST_MS = 1_000;
/** Most bytes of events on their way at once; a large object goes through in such slices, and there is room for one. */
const SLICE_BYTES = 8 * 1024 * 1024;
const BUFFER_BYTES = 2 * SLICE_BYTES;
/** What Kafka did not take by its deadline is settled before the pipe answers in its place. */
const ANSWER_MS = 500;
/** So many different tries in a row without an answer, and the partition is at fault, not the events. */
const TRIES_IN_VAIN = 2;
/** Events of a partition that are tried alone to see whether it takes anything. */
const SIGNS = 3;
/** Milliseconds for which the others of a partition that does are tried alone. */
const LOOK_MS = 30_000;

/** Stands for the partition of events without a key: the pipe chooses one for many of them, so that one can hold up the others. */
const ANYWHERE = -1;

/** How offering an event to Kafka ended. */
export type Offered =
  | Exclude<Resent, { readonly kind: 'untaken' }>
  /** Tried in vain, or, since its partition takes nothing or the time was over, not tried. */
  | { readonly kind: 'untaken'; readonly reason: string; readonly tried: boolean };

/** One event to publish, and how that ended. */
export interface Offer {
  readonly event: SpilledEvent;
  /** ISO 8601. */
  readonly spilledAt: string;
  result?: Offered;
}

/**
 * Offers spilled events to Kafka. A partition that takes nothing holds up its own events alone, and an event that is not
 * taken holds up itself: what failed together with others is tried again one by one.
 */
export class Offering {
  private readonly pipe: Pipe;
  private partitions = 0;
  private maxMessageBytes: number | undefined;
  private sweeps = 0;
  /** Tries in a row without an answer, by partition, in this sweep. */
  private readonly triesInVain = new Map<number, number>();
  /** Partitions of which events were given up since the last `offer` began. */
  private readonly givenUp = new Set<number>();
  /** The error by which the topic itself refused. */
  failure: Error | undefined;

  constructor(
    topic: string,
    port: KafkaPort,
    private readonly clock: Clock,
  ) {
    this.pipe = new Pipe({
      ...{ topic, port, clock, bufferBytes: BUFFER_BYTES },
      // They lie in the spill store already, and stay there.
      onGivenUp: (entries, release) => {
        for (const entry of entries) {
          if (entry.partition !== null) this.givenUp.add(entry.partition);
          entry.settleUntaken();
          release(entry);
        }
      },
    });
  }

  /** @param topic as it is now */
  begin({ partitions, maxMessageBytes }: TopicDescription): void {
    this.sweeps += 1;
    this.partitions = partitions;
    this.maxMessageBytes = maxMessageBytes;
    this.triesInVain.clear();
    this.failure = undefined;
  }

  /** True once the partition has taken nothing in this sweep. */
  isStuck(partition: number): boolean {
    return (this.triesInVain.get(partition) ?? 0) >= TRIES_IN_VAIN;
  }

  /** True once no partition has taken anything in this sweep. */
  isAllStuck(): boolean {
    for (let partition = 0; partition < this.partitions; partition += 1) if (!this.isStuck(partition)) return false;
    return true;
  }

  /** Where an event goes; `ANYWHERE` for one without a key that has no partition yet. */
  partitionOf({ partition, key }: SpilledEvent): number {
    if (partition !== null) return partition;
    return key === null ? ANYWHERE : partitionOfKey(Buffer.from(key, 'base64'), this.partitions);
  }

  /** Each offer has its result when this resolves, within `leftMs()`. Never rejects. */
  async offer(offers: readonly Offer[], leftMs: () => number): Promise<void> {
    this.givenUp.clear();
    const tried = await this.submit(offers, TRY_MS, leftMs, (partition) => this.isStuck(partition) || this.givenUp.has(partition)); // prettier-ignore
    this.judge(tried);
    const untaken = new Map<number, Offer[]>();
    for (const offer of offers) {
      const partition = this.partitionOf(offer.event);
      if (isTaken(offer)) continue;
      const those = untaken.get(partition);
      if (those === undefined) untaken.set(partition, [offer]);
      else those.push(offer);
    }
    // An event that was tried alone was held up by no other: trying it alone again would show nothing new.
    if (tried.length === 1) return;
    await Promise.all([...untaken].map(([partition, those]) => this.lookAgain(partition, those, leftMs)));
  }

  /** A partition that took an event has answered; for one that took none of its events, one more try was in vain. */
  private judge(tried: readonly Offer[]): void {
    const answered = new Map<number, boolean>();
    for (const offer of tried) {
      const partition = this.partitionOf(offer.event);
      answered.set(partition, answered.get(partition) === true || isTaken(offer));
    }
    for (const [partition, answers] of answered) {
      if (answers) this.triesInVain.delete(partition);
      else this.inVain(partition);
    }
  }

  private inVain(partition: number): void {
    this.triesInVain.set(partition, (this.triesInVain.get(partition) ?? 0) + 1);
  }

  /**
   * What failed together is tried alone: one event may have held up the others, also one that had no partition of its own.
   * A few of them, different ones in every sweep, show whether the partition takes anything at all; if so, the rest follows
   * in its order.
   */
  private async lookAgain(partition: number, untaken: readonly Offer[], leftMs: () => number): Promise<void> {
    if (this.isStuck(partition)) return;
    const end = this.clock.monotonic() + LOOK_MS;
    const count = untaken.length;
    const signs = Math.min(SIGNS, count);
    for (let n = 0; n < signs && !untaken.some(isTaken); n += 1) {
      const at = count - 1 - ((this.sweeps * SIGNS + n) % count);
      await this.alone(untaken[at] as Offer, leftMs);
    }
    // The same event failing twice says no more of its partition than once.
    if (count > 1 || untaken.some(isTaken)) this.judge(untaken);
    if (!untaken.some(isTaken)) return;
    for (const offer of untaken) {
      if (this.clock.monotonic() >= end) return;
      if (!isTaken(offer)) await this.alone(offer, leftMs);
    }
  }

  private async alone(offer: Offer, leftMs: () => number): Promise<void> {
    await this.submit([offer], ALONE_MS, leftMs, () => false);
  }

  /** Slice by slice, each with a deadline of its own. Returns those that were tried. */
  private async submit(
    offers: readonly Offer[],
    tryMs: number,
    leftMs: () => number,
    passes: (partition: number) => boolean,
  ): Promise<Offer[]> {
    const tried: Offer[] = [];
    for (const slice of slices(offers)) {
      const ms = Math.min(tryMs, leftMs());
      const begun: Offer[] = [];
      for (const offer of slice) {
        const partition = this.partitionOf(offer.event);
        if (ms < LEAST_MS) offer.result = untaken('no time left in this sweep', false);
        else if (passes(partition)) offer.result = untaken(`partition ${partition} takes nothing`, false);
        else begun.push(offer);
      }
      const deadlineAt = this.clock.monotonic() + ms;
      const submissions = begun.map(({ event, spilledAt }) => ({
        message: dated(messageOf(event), spilledAt, this.maxMessageBytes),
        partition: event.partition,
      }));
      const settled = await this.pipe.submit(submissions, { deadlineAt, answerBy: deadlineAt + ANSWER_MS });
      begun.forEach((offer, index) => (offer.result = this.offered(settled[index])));
      for (const offer of begun) tried.push(offer);
    }
    return tried;
  }

  private offered(settled: EntryOutcome | undefined): Offered {
    if (settled?.kind === 'failed') this.failure ??= settled.error;
    const result = resent(settled);
    return result.kind === 'untaken' ? untaken(result.reason, settled !== undefined) : result;
  }
}

function* slices(offers: readonly Offer[]): Iterable<readonly Offer[]> {
  let slice: Offer[] = [];
  let bytes = 0;
  for (const offer of offers) {
    const { key, value, headers } = offer.event;
    const size = (key?.length ?? 0) + (value?.length ?? 0) + headers.reduce((sum, [name, of]) => sum + name.length + (of?.length ?? 0), 0); // prettier-ignore
    if (slice.length > 0 && bytes + size > SLICE_BYTES) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(offer);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}

const untaken = (reason: string, tried = true): Offered => ({ kind: 'untaken', reason, tried });

/** Kafka has spoken: it took the event, or never will. */
const isTaken = ({ result }: Offer): boolean => result?.kind === 'acked' || result?.kind === 'refused';
