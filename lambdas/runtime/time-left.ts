import type { Clock } from './clock';

/**
 * Milliseconds until the function is killed, whenever it is asked. Lambda's own answer is a difference of wall clocks: it
 * is asked once, and from then on time is told by what nobody sets.
 */
export function timeLeft(
  context: { getRemainingTimeInMillis(): number },
  clock: Pick<Clock, 'monotonic'>,
): () => number {
  const end = clock.monotonic() + context.getRemainingTimeInMillis();
  return () => end - clock.monotonic();
}
