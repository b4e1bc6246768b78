import type { Clock } from './clock';

/** Milliseconds that may pass from the start of an invocation, when its timeout begins, until the handler is called. */
const STARTED_MS = 1_000;
/** Milliseconds that a sweep keeps free to answer; what is under way then is left to the next one. */
export const ANSWER_MS = 2_000;

/**
 * Milliseconds until the function is killed, whenever it is asked. Lambda's own answer is a difference of two wall clocks,
 * which somebody may set: it is asked once, not believed where it is more than the timeout or nothing, and from then on the monotonic
 * clock counts.
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
