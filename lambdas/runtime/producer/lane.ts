import type { KafkaPort, SendResult } from '../kafka/port';
import { inWords } from '../time/within';
import type { Entry } from './entry';
import type { GiveUp } from './give-up';
import type { Pace } from './retry';

/** Bounds of one request. A single record above the bytes goes alone. */
const BATCH_RECORDS = 2_000;
const BATCH_BYTES = 1024 * 1024;
const BATCH_OVERHEAD_BYTES = 128;

export interface LaneOptions {
  readonly topic: string;
  readonly partition: number;
  readonly port: KafkaPort;
  readonly pace: Pace;
  /** True while an entry whose try failed is to be tried again. */
  readonly triesAgain: (entry: Entry) => boolean;
  /** Hears of entries that no request holds any more. */
  readonly landed: (entries: readonly Entry[]) => void;
  /** Ends the tries of entries before their deadline. */
  readonly giveUp: (entries: readonly Entry[], why: GiveUp) => void;
}

/**
 * The way into one partition: one request in flight; what arrives meanwhile is the next batch. Entries stay in the queue,
 * in their order, until they are settled, so that a retry begins with the oldest.
 */
export class Lane {
  private queue: Entry[] = [];
  private running = false;
  private failures = 0;
  private inFlight: readonly Entry[] = [];
  /** For the request in flight; for the next one too, unless it was used. */
  private abandoned = new AbortController();

  constructor(private readonly options: LaneOptions) {}

  /** False while sends fail: a record that may go anywhere goes elsewhere. */
  get healthy(): boolean {
    return this.failures === 0;
  }

  add(entry: Entry): void {
    if (entry.failures === 0) entry.last = 'not tried, as others were before it';
    this.queue.push(entry);
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  /** To be called after entries were given up: a request nobody waits for any more must not hold up the next. */
  abandonGivenUp(): void {
    if (this.inFlight.length === 0 || this.inFlight.some((entry) => entry.open)) return;
    this.abandoned.abort();
    this.abandoned = new AbortController();
  }

  private async run(): Promise<void> {
    const { port, partition, pace } = this.options;
    await Promise.resolve(); // what is added in the same turn shares the first request
    // Nothing is awaited between the last look at the queue and `running = false`: an entry added in between would never be sent.
    while (this.queue.some((entry) => entry.open)) {
      const turn = pace.turn(this.failures, () => this.queue.some((entry) => entry.open));
      if (turn !== undefined) await turn;
      for (let busy = port.busy?.(partition); busy !== undefined; busy = port.busy?.(partition)) await busy;
      const batch = this.nextBatch();
      if (batch.length > 0) this.conclude(batch, await this.send(batch));
    }
    this.queue = [];
    this.failures = 0;
    this.running = false;
  }

  private nextBatch(): Entry[] {
    this.queue = this.queue.filter((entry) => entry.open);
    let bytes = BATCH_OVERHEAD_BYTES;
    let most = BATCH_RECORDS;
    let count = 0;
    for (const entry of this.queue) {
      bytes += entry.bytes;
      most = Math.min(most, entry.maxBatch);
      if (count > 0 && (bytes > BATCH_BYTES || count + 1 > most)) break;
      count += 1;
    }
    return this.queue.slice(0, count);
  }

  private async send(batch: readonly Entry[]): Promise<SendResult> {
    const { port, topic, partition, landed } = this.options;
    this.inFlight = batch;
    for (const entry of batch) entry.inFlight = true;
    try {
      const messages = batch.map((entry) => entry.message);
      return await port.send(topic, partition, messages, this.abandoned.signal);
    } catch (error) {
      return { kind: 'unknown', message: inWords(error) };
    } finally {
      for (const entry of batch) entry.inFlight = false;
      this.inFlight = [];
      landed(batch);
    }
  }

  private conclude(batch: readonly Entry[], result: SendResult): void {
    switch (result.kind) {
      case 'acked':
        this.answered();
        return batch.forEach((entry, index) => this.acked(entry, result.offsets[index] as number));
      case 'sent':
        this.answered();
        return batch.forEach((entry, index) => this.sent(entry, result.offsets?.[index]));
      case 'rejected':
        if (result.about === 'setup' || batch.length === 1) return this.rejected(batch, result);
        // One record is at fault and the answer does not say which.
        return batch.forEach((entry) => (entry.maxBatch = Math.ceil(batch.length / 2)));
      case 'retriable':
        return this.failed(batch, result.message, false);
      case 'unknown':
        return this.failed(batch, result.message, true);
    }
  }

  private answered(): void {
    this.failures = 0;
    this.options.pace.answered();
  }

  private failed(batch: readonly Entry[], reason: string, maybeWritten: boolean): void {
    this.failures += 1;
    this.options.pace.failed();
    for (const entry of batch) entry.tryFailed(reason, maybeWritten);
    const spent = batch.filter((entry) => entry.open && !this.options.triesAgain(entry));
    this.options.giveUp(spent, 'retries');
  }

  private acked(entry: Entry, offset: number): void {
    const { topic, partition } = this.options;
    entry.settle({ kind: 'acked', topic, partition, offset });
  }

  private sent(entry: Entry, offset: number | undefined): void {
    const { topic, partition } = this.options;
    entry.settle(
      offset === undefined
        ? { kind: 'sent', acks: 0, topic, partition }
        : { kind: 'sent', acks: 1, topic, partition, offset },
    );
  }

  /** An entry that an earlier try may have written cannot be rejected any more: it is spilled, without further tries. */
  private rejected(batch: readonly Entry[], { code, message }: { code: string; message: string }): void {
    for (const entry of batch) entry.last = message;
    const open = batch.filter((entry) => entry.open);
    this.options.giveUp(open.filter((entry) => entry.unknown), 'doubt'); // prettier-ignore
    for (const entry of open) if (!entry.unknown) entry.settle({ kind: 'rejected', code, reason: message });
  }
}
