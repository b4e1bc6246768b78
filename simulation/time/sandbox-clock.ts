import type { Clock } from '../../lambdas/runtime/time/clock';

/** By how many milliseconds the wall clock of a sandbox is ahead of time (below 0: behind), until somebody sets it, and then. */
export interface WallClock {
  readonly aheadMs: number;
  readonly thenMs: number;
  /** Milliseconds of the sandbox's life after which it is set. */
  readonly setAfterMs: number;
}

/** It is right, and nobody sets it. */
export const RIGHT: WallClock = { aheadMs: 0, thenMs: 0, setAfterMs: 0 };

/**
 * The clocks of one sandbox, from now on: time passes as it does for all of them, but its wall clock shows what it likes, and its
 * monotonic clock begins with it. What two of them show says nothing about each other.
 */
export function clocksOf(
  time: Pick<Clock, 'now' | 'monotonic'>,
  { aheadMs, thenMs, setAfterMs }: WallClock,
): Pick<Clock, 'now' | 'monotonic'> {
  const began = time.monotonic();
  const lived = () => time.monotonic() - began;
  return { now: () => time.now() + (lived() < setAfterMs ? aheadMs : thenMs), monotonic: lived };
}
