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
      faults: ['dynamodb-errors', 'dynamodb-out', 'function-responses-lost'],
    },
    hours: 2,
  },
  {
    name: 'careful-mode-waits',
    describe: 'Where records are taken one at a time, one that waits holds up all others.',
    search: 'const ended = await within(taken, Math.max(SLICE.leastMs, steps.leftMs() * SLICE.share), steps);',
    replace: 'const ended = await within(taken, 1e9, steps);',
    trial: KILLERS,
    hours: 1,
  },
  {
    name: 'one-strike',
    describe: 'A record is parked as a killer after one delivery that did not end.',
    search: 'export const STRIKES = 3;',
    replace: 'export const STRIKES = 1;',
    trial: { ...KILLERS, settings: { ...KILLERS.settings, kinds: {} }, faults: ['function-killed'] },
    hours: 1,
  },
  { ...known('breaker-never-opens'), trial: DEPLOYS, hours: 1 },
  {
    name: 'breaker-never-closes',
    describe: 'A success does not give back what was used of the budget.',
    search: 'const proven = Math.max(code.proven, provenTo);',
    replace: 'const proven = Math.max(code.proven, 0 * provenTo);',
    trial: DEPLOYS,
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
  {
    name: 'old-success-absolves',
    describe: 'A success shows an event to be at fault, also one that came before it failed.',
    search: 'if (failedAt === undefined || latest <= failedAt) return false;',
    replace: 'if (failedAt === undefined || latest === 0) return false;',
    trial: DEPLOYS,
    hours: 1,
  },
  {
    name: 'attempts-of-all-codes',
    describe: 'Attempts under a bad deploy count on under the good one.',
    search: 'return by === to.by ? outcome : transactions.update(attemptRestart(delivery, { ...to, insteadOf: by }));',
    replace: 'return by === to.by ? outcome : transactions.update(attemptUpdate(delivery, { ...to, by: String(by) }));',
    trial: DEPLOYS,
    hours: 2,
  },
];
