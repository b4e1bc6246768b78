import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import type { RetryStrategy } from '../contract';

/** Tries Kafka again until the deadline, and spills what it has not taken by then. */
export const untilDeadline = (): RetryStrategy => ({ kind: 'until-deadline' });

/**
 * Tries Kafka again at most `retries` times, and not after the deadline; spills what it has not taken by then.
 *
 * @param retries whole number above 0
 */
export const atMost = (retries: number): RetryStrategy => ({ kind: 'at-most', retries });

/** Tries Kafka once, and spills what it has not taken. */
export const none = (): RetryStrategy => ({ kind: 'none' });

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

/**
 * When the next try may begin: one for all partitions of a producer, so that in an outage, as long as no request is
 * answered, it makes two tries a second and not two per partition.
 */
export class Pace {
  private failuresInRow = 0;
  private nextAt = 0;
  private readonly waiting = new Set<AbortController>();

  constructor(private readonly clock: Clock) {}

  /**
   * Waits for its turn; undefined when that is now.
   *
   * @param failures of the caller itself, in a row: it waits for these first, exponentially and with jitter
   */
  turn(failures: number): Promise<void> | undefined {
    return failures === 0 && this.failuresInRow < OUTAGE_FAILURES ? undefined : this.wait(failures);
  }

  failed(): void {
    this.failuresInRow += 1;
  }

  /** Kafka answered: those who wait for each other need not wait any longer. */
  answered(): void {
    if (this.failuresInRow === 0) return;
    this.failuresInRow = 0;
    this.nextAt = 0;
    for (const turn of this.waiting) turn.abort('Kafka answers');
  }

  private async wait(failures: number): Promise<void> {
    if (failures > 0) await this.clock.sleep(backoffMs(failures, this.clock));
    if (this.failuresInRow === 0) return;
    const now = this.clock.now();
    const at = Math.max(now, this.nextAt);
    this.nextAt = at + SPACING_MS;
    const turn = new AbortController();
    this.waiting.add(turn);
    await this.clock.sleep(at - now, turn.signal);
    this.waiting.delete(turn);
  }
}
