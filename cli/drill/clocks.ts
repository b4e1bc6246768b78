import type { SentCanary, SettledCanary } from './canaries';

type Timed = readonly (readonly [SentCanary, SettledCanary])[];

/**
 * Milliseconds by which the consumer's clock is certainly ahead of this one, or behind where it is below 0; 0 where nothing speaks for either. A
 * canary is settled after it was sent, and before it was seen to be.
 */
export function skewOf(timed: Timed): number {
  const least = Math.max(...timed.map(([, { settledMs, seenMs }]) => settledMs - seenMs));
  const most = Math.min(...timed.map(([{ sentMs }, { settledMs }]) => settledMs - sentMs));
  if (timed.length === 0 || (least <= 0 && most >= 0)) return 0;
  return least > 0 ? least : most;
}

/** When it took effect, by this clock: never before it was sent, nor after it was seen. */
export const effectMs = ([{ sentMs }, { settledMs, seenMs }]: Timed[number], skewMs: number): number =>
  Math.min(seenMs, Math.max(sentMs, settledMs - skewMs));
