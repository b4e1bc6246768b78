import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

/** Calls that last while others are given the same records. */
const SLOW_CALLS: Trial = {
  // Whoever is cut off at the margin has an attempt against it: that is not what is tried here.
  settings: { consumers: ['call'], pollers: 2, handlerMs: 20_000, rate: 0.4, timeoutMs: 60_000, attempts: 100 },
  windowMs: 240_000,
  faults: ['poller-stopped', 'rebalance'],
};

/** Slips in claims, which calls are made under. */
export const CLAIMS: readonly PlantedSlip[] = [
  { ...known('no-lease'), trial: SLOW_CALLS, hours: 1 },
  {
    name: 'no-beat',
    describe: 'A claim is not kept alive while its call runs.',
    search: 'for (let nextAt = sinceMs + BEAT_MS; ;) {',
    replace: 'for (let nextAt = sinceMs + 1_000_000; ;) {',
    trial: SLOW_CALLS,
    hours: 1,
  },
];
