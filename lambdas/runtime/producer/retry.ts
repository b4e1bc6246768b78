import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import type { RetryStrategy } from '../contract';

/** True while an event whose tries failed so many times is to be tried again. Its deadline ends them all. */
export function triesAgain(strategy: RetryStrategy, failures: number): boolean {
  switch (strategy.kind) {
    case 'until-deadline':
      return true;
    case 'at-most':
      return failures <= strategy.retries;
    case 'none':
      return false;
  }
}

/** After so many failures in a row, over all partitions, the first try of an event waits for its turn, too. */
const OUTAGE_FAILURES = 3;
/** Time between two tries while nothing is answered: each may ask for metadata, and so does every other sandbox. */
const SPACING_MS = 500;

/** One that waits for its turn. */
interface Waiting {
  readonly go: () => void;
  /** False once it has nothing left to try. */
  readonly wanted: () => boolean;
}

/**
 * When the next try may begin: one for all partitions of a producer, so that in an outage, as long as no request is
 * answered, it makes two tries a second and not two per partition. Turns are given, not booked: who has nothing left to
 * try when its turn comes costs the others no time, and who has not failed itself yet goes first.
 */
export class Pace {
  private failuresInRow = 0;
  private lastAt = Number.NEGATIVE_INFINITY;
  private readonly untried: Waiting[] = [];
  private readonly failedBefore: Waiting[] = [];
  private cancel?: () => void;

  constructor(private readonly clock: Clock) {}

  /**
   * Waits for its turn; undefined when that is now.
   *
   * @param failures of the caller itself, in a row: it waits for these first, exponentially and with jitter
   * @param wanted false when the caller has nothing left to try
   */
  turn(failures: number, wanted: () => boolean): Promise<void> | undefined {
    return failures === 0 && this.failuresInRow < OUTAGE_FAILURES ? undefined : this.wait(failures, wanted);
  }

  failed(): void {
    this.failuresInRow += 1;
  }

  /** Kafka answered: those who wait for each other need not wait any longer. */
  answered(): void {
    if (this.failuresInRow === 0) return;
    this.failuresInRow = 0;
    this.lastAt = Number.NEGATIVE_INFINITY;
    this.cancel?.();
    this.cancel = undefined;
    for (const { go } of [...this.untried.splice(0), ...this.failedBefore.splice(0)]) go();
  }

  private async wait(failures: number, wanted: () => boolean): Promise<void> {
    if (failures > 0) await this.clock.sleep(backoffMs(failures, this.clock));
    if (this.failuresInRow === 0) return;
    const turn = new Promise<void>((go) => (failures === 0 ? this.untried : this.failedBefore).push({ go, wanted }));
    this.next();
    await turn;
  }

  private next(): void {
    if (this.cancel !== undefined || this.untried.length + this.failedBefore.length === 0) return;
    const inMs = this.lastAt + SPACING_MS - this.clock.monotonic();
    this.cancel = this.clock.timer(Math.max(0, inMs), () => {
      this.cancel = undefined;
      this.give();
      this.next();
    });
  }

  private give(): void {
    for (let one = this.take(); one !== undefined; one = this.take()) {
      const wanted = one.wanted();
      one.go();
      if (!wanted) continue;
      this.lastAt = this.clock.monotonic();
      return;
    }
  }

  private take(): Waiting | undefined {
    return this.untried.shift() ?? this.failedBefore.shift();
  }
}
