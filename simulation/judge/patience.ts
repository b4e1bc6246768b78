import type { Load } from '../load/load';
import { givesUp, type Settings } from '../pipeline/settings';

/** A claim's lease, and the longest rest of the mapping. */
const LEASE_MS = 10_000;
const REST_MS = 5_000;
/** Deliveries that a killer has killed by the time it is known for one; one that turns in a loop takes all the time of each. */
const SPINS = 6;
/** Deliveries that a killer kills alone. */
const KILLS = 3;
/** Between two attempts at one event, at most. */
const PAUSE_MS = 1_000;

/**
 * As the judge of the real runs has it: two timeouts, a lease and a sweep, and for each killer what it takes to know it for one. What
 * fails is handled as often as it has attempts, with the pauses between them, one event of a key after the other. Where nobody can say that it
 * may be parked, it is delivered until the mapping gives up, batch after batch: in the real runs it never does.
 */
export const patienceMs = (
  settings: Settings,
  { killers, spinning, failing }: Pick<Load, 'killers' | 'spinning' | 'failing'>,
): number => {
  const { timeoutMs, sweepMs, attempts, handlerMs, batchSize, retryLimit } = settings;
  const untilGivenUp = givesUp(settings)
    ? Math.ceil(failing / batchSize) * (retryLimit + 1) * (timeoutMs + REST_MS)
    : 0;
  return (
    2 * timeoutMs +
    LEASE_MS +
    sweepMs +
    failing * (attempts * handlerMs + (attempts - 1) * PAUSE_MS) +
    untilGivenUp +
    killers * (timeoutMs + KILLS * (LEASE_MS + REST_MS)) +
    spinning * SPINS * (timeoutMs + REST_MS)
  );
};
