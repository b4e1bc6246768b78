import type { Clock } from './clock';

/** Between the start of an invocation, from which its timeout counts, and the handler. */
const STARTED_MS = 1_000;

/**
 * Milliseconds until the function is killed, whenever it is asked. Lambda's own answer is a difference of two wall clocks: it
 * is asked once, is not believed where it cannot be, and from then on time is told by what nobody sets.
 *
 * @param timeoutMs - of the function; where it is not known, Lambda's answer is believed
 */
export function timeLeft(
  context: { getRemainingTimeInMillis(): number },
  clock: Pick<Clock, 'monotonic'>,
  timeoutMs?: number,
): () => number {
  const told = context.getRemainingTimeInMillis();
  const isBelieved = timeoutMs === undefined || (told > 0 && told <= timeoutMs);
  const end = clock.monotonic() + (isBelieved ? told : timeoutMs - STARTED_MS);
  return () => end - clock.monotonic();
}
