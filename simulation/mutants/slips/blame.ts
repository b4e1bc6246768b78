import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

const KILLERS: Trial = {
  settings: { kinds: { killer: 0.002 }, timeoutMs: 12_000, timeMarginMs: 4_000 },
  faults: ['function-killed', 'dynamodb-errors', 'rebalance'],
  faultEveryMs: 30_000,
};

const DEPLOYS: Trial = {
  settings: { timeoutMs: 12_000, timeMarginMs: 4_000 },
  faults: ['bad-deploy'],
  faultEveryMs: 60_000,
  windowMs: 240_000,
};

/** Slips in who is to blame: the circuit breaker, and what is done about records that kill. */
export const BLAME: readonly PlantedSlip[] = [
  { ...known('killers-never-known'), trial: KILLERS, hours: 1 },
  {
    name: 'markers-never-pruned',
    describe: 'The marker of a batch stays when it has ended.',
    search: 'open: left(state.open, id, isCovered, nowMs),',
    replace: 'open: left(state.open, id, () => isCovered([-1, -1]), nowMs).concat(state.open),',
    trial: {
      settings: { timeoutMs: 12_000, timeMarginMs: 4_000 },
      faults: ['customers-in-conflict'],
      windowMs: 240_000,
    },
    hours: 2,
  },
  { ...known('breaker-never-opens'), trial: DEPLOYS, hours: 1 },
  {
    name: 'breaker-never-closes',
    describe: 'A success does not give back what was used of the budget.',
    search: 'const proven = Math.max(code.proven, provenTo);',
    replace: 'const proven = Math.max(code.proven, 0 * provenTo);',
    trial: { settings: { kinds: { failing: 0.1 }, rate: 3, batchSize: 2, partitions: 1 }, faults: ['bad-deploy'] },
    hours: 2,
  },
  {
    name: 'budget-not-spent',
    describe: 'An event that is let through on the budget does not use it up.',
    search: "return ruled === 'within budget' ? spent(after, suspect) : after;",
    replace: "return ruled === 'within budget' ? (spent(after, suspect), after) : after;",
    trial: DEPLOYS,
    hours: 1,
  },
];
