import type { Clock } from '../time/clock';
import type { ObjectStore } from '../stores/object-store';
import { timedObjectStore } from '../stores/timed-object-store';

/** Milliseconds between two signs of life. */
const BEAT_MS = 5_000;
/** Milliseconds, by the watcher's own clock: who has given no sign of life for so long was killed. */
export const LEASE_MS = 20_000;
/** Longest wait for one answer of the store: two beats that fail cost no lease. */
const CALL_MS = 3_000;

export interface LeaseOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly bucket: string;
  /** Where the lease lies, apart from all else. */
  readonly folder: string;
  /** Milliseconds left to whoever asks. */
  readonly leftMs: () => number;
}

/**
 * The right to be the only one at work. It is an object whose name is a number, put only where none of that name is, so that
 * of several workers one gets it; its holder replaces it by the next number as a sign of life. Nobody compares clocks: who
 * finds a lease looks whether its number moves. Two at work at once, after a holder stood still for longer than a lease, send
 * some events twice and lose none, so that what goes wrong with a lease stops no work.
 */
export class Lease {
  private number = 0;
  private lost = false;
  private readonly owner: string;
  private readonly store: ObjectStore;
  private readonly over = new AbortController();
  private beating: Promise<void> = Promise.resolve();

  private constructor(private readonly options: LeaseOptions) {
    const { clock, store, leftMs } = options;
    this.owner = clock.uuid();
    this.store = timedObjectStore(store, clock, () => Math.min(CALL_MS, leftMs()));
  }

  /** Undefined: another is at work, or there is no time to see whether it still is. @throws what the store throws */
  static async take(options: LeaseOptions): Promise<Lease | undefined> {
    const lease = new Lease(options);
    const found = await lease.numbers();
    const newest = Math.max(0, ...found);
    if (newest > 0 && !(await lease.standsStill(newest))) return undefined;
    if (!(await lease.put(newest + 1))) return undefined;
    lease.beating = lease.beat();
    await Promise.allSettled(found.map((number) => lease.remove(number)));
    return lease;
  }

  /** Another has taken it over: it saw no sign of life. */
  get isLost(): boolean {
    return this.lost;
  }

  /** Never rejects: what is not given back stands still, and is taken over. */
  async release(): Promise<void> {
    this.over.abort();
    await this.beating;
    if (!this.lost) await this.remove(this.number).catch(() => undefined);
  }

  private async standsStill(number: number): Promise<boolean> {
    const { clock, leftMs } = this.options;
    const until = clock.monotonic() + LEASE_MS;
    if (leftMs() <= LEASE_MS) return false;
    while (clock.monotonic() < until) {
      await clock.sleep(Math.min(BEAT_MS, until - clock.monotonic()));
      if (Math.max(0, ...(await this.numbers())) !== number) return false;
    }
    return true;
  }

  private async beat(): Promise<void> {
    const { signal } = this.over;
    for (;;) {
      await this.options.clock.sleep(BEAT_MS, signal);
      if (signal.aborted || this.lost) return;
      const before = this.number;
      try {
        if (await this.put(before + 1)) await this.remove(before);
        else this.lost = true;
      } catch {
        // The next beat tries again; what is left of the number before is in nobody's way.
      }
    }
  }

  /** False: another has that number, or is past it and has removed it. */
  private async put(number: number): Promise<boolean> {
    const { bucket } = this.options;
    const name = this.name(number);
    const put = await this.store.putIfAbsent(bucket, name, this.owner);
    // It exists also where an earlier try was carried out and its answer lost.
    if (put === 'exists' && (await this.store.get(bucket, name)) !== this.owner) return false;
    if (Math.max(...(await this.numbers())) > number) {
      await this.remove(number);
      return false;
    }
    this.number = number;
    return true;
  }

  private remove(number: number): Promise<void> {
    return this.store.delete(this.options.bucket, this.name(number));
  }

  private async numbers(): Promise<number[]> {
    const { bucket, folder } = this.options;
    const numbers: number[] = [];
    for await (const { name } of this.store.list(bucket, folder)) numbers.push(Number(name.slice(folder.length)));
    return numbers.filter((number) => Number.isSafeInteger(number) && number > 0);
  }

  private name(number: number): string {
    return `${this.options.folder}${String(number).padStart(15, '0')}`;
  }
}
