import type { ProducerEnvironment } from '../contract';
import type { ObjectStore } from '../stores/object-store';
import { spill, type SpillResult } from '../spill';
import { within } from '../time/within';
import { TOGETHER_MS } from './deadlines';
import type { Entry } from './entry';
import type { ProducerDeps } from './options';

/** Flushes under way at once. Each is several objects; what all of them may hold is bounded by the pipe's room. */
const MOST_FLUSHES = 4;
/** Least time for a put, in milliseconds. Without any left one is begun all the same: the caller hears `unknown`, and the event may be safe. */
const MIN_MS = 1;
/** Milliseconds by which a put ends before its callers must hear: what the store said, or that it said nothing, is known by then. */
const SOONER_MS = 10;
/** Milliseconds for which a put that nobody waits for any more may hold its bytes: the S3 client goes on trying for no longer. */
const LINGER_MS = 12_000;

type Release = (entry: Entry) => void;

/**
 * Takes events that Kafka is not tried with any more to the spill store, oldest first. A put that hangs holds up no caller: the pipe
 * answers each of them in time.
 */
export class Spilling {
  private readonly queue: { readonly entry: Entry; readonly release: Release }[] = [];
  private flushes = 0;

  constructor(
    private readonly environment: ProducerEnvironment,
    private readonly deps: Pick<ProducerDeps, 'store' | 'clock' | 'log'>,
  ) {}

  add(entries: readonly Entry[], release: Release): void {
    for (const entry of entries) this.queue.push({ entry, release });
    this.next();
  }

  private next(): void {
    while (this.flushes < MOST_FLUSHES) {
      const flush = this.flush();
      if (flush.size === 0) return;
      this.flushes += 1;
      void this.put(flush).then(() => {
        this.flushes -= 1;
        this.next();
      });
    }
  }

  /** The next entries that are put together. Who has been answered meanwhile is not put. */
  private flush(): Map<Entry, Release> {
    const flush = new Map<Entry, Release>();
    let first: Entry | undefined;
    let taken = 0;
    for (const { entry, release } of this.queue) {
      if (entry.settled) release(entry);
      else {
        first ??= entry;
        if (Math.abs(first.answerBy - entry.answerBy) > TOGETHER_MS) break;
        flush.set(entry, release);
      }
      taken += 1;
    }
    this.queue.splice(0, taken);
    return flush;
  }

  /** Settles the entries; ends when the S3 client no longer holds their bytes. Never rejects. */
  private async put(flush: ReadonlyMap<Entry, Release>): Promise<void> {
    const { store, clock } = this.deps;
    const { spill: bucket, cluster, topic, spillTimeMs } = this.environment;
    const entries = [...flush.keys()];
    let until = clock.monotonic() + spillTimeMs;
    for (const entry of entries) {
      until = Math.min(until, entry.answerBy - SOONER_MS);
      entry.maybeStored = true;
    }
    const tries: Promise<unknown>[] = [];
    const putIfAbsent: ObjectStore['putIfAbsent'] = (...object) => {
      const putting = store.putIfAbsent(...object);
      tries.push(putting);
      return putting;
    };
    const timeMs = Math.max(MIN_MS, until - clock.monotonic());
    const options = { store: { putIfAbsent }, bucket, cluster, topic, clock, timeMs };
    const lingering: Entry[] = [];
    await spill(entries, options, (inside, result) => {
      this.conclude(inside, result);
      if (result.kind === 'unknown') lingering.push(...inside);
      else for (const entry of inside) flush.get(entry)?.(entry);
    });
    if (lingering.length > 0) await within(Promise.allSettled(tries), LINGER_MS, { clock });
    for (const entry of lingering) flush.get(entry)?.(entry);
  }

  private conclude(inside: readonly Entry[], result: SpillResult): void {
    this.tell(inside, result);
    switch (result.kind) {
      case 'spilled':
        for (const entry of inside) entry.settle({ kind: 'spilled', object: result.object });
        break;
      case 'refused':
      case 'unknown':
        for (const entry of inside) {
          entry.maybeStored = result.kind === 'unknown';
          entry.settleUntaken(result.message);
        }
    }
  }

  /** One line for each way in which events of one object were given up, with the words of the first of them. */
  private tell(inside: readonly Entry[], result: SpillResult): void {
    const { log } = this.deps;
    for (const why of new Set(inside.map(({ gaveUp }) => gaveUp))) {
      const those = inside.filter(({ gaveUp }) => gaveUp === why);
      const fields = { events: those.length, why, reason: those[0]?.reason };
      switch (result.kind) {
        case 'spilled':
          log.warn('events spilled', { ...fields, object: `s3://${this.environment.spill}/${result.object}` });
          break;
        case 'refused':
          log.error('events not spilled: the spill store did not take them', { ...fields, store: result.message });
          break;
        case 'unknown':
          log.error('events spilled or not: the spill store did not say', { ...fields, store: result.message });
      }
    }
  }
}
