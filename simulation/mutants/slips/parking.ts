import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

const MISFITS: Trial = {
  settings: { kinds: { misfit: 0.1 } },
  faults: ['dynamodb-errors', 's3-errors', 's3-slow-down', 'dynamodb-answers-lost'],
};

/** The mapping gives up, and unpack parks what it gave up. */
const GIVEN_UP: Trial = {
  settings: { retryLimit: 2, timeoutMs: 12_000, timeMarginMs: 4_000 },
  faults: ['function-killed', 'dynamodb-errors', 'dynamodb-out', 's3-errors'],
};

/** Slips in how events are parked, by consumers and by unpack. */
export const PARKING: readonly PlantedSlip[] = [
  { ...known('parked-without-record'), trial: MISFITS, hours: 1 },
  { ...known('parked-without-object'), trial: MISFITS, hours: 1 },
  { ...known('letter-not-whole'), trial: MISFITS, hours: 1 },
  { ...known('unpack-deletes-first'), trial: GIVEN_UP, hours: 2 },
  {
    name: 'unpack-does-not-count',
    describe: 'What unpack has parked is not counted in the ledger.',
    search: 'await count(settled, { ...sweep, environment }, where);',
    replace: 'await count(settled.slice(settled.length), { ...sweep, environment }, where);',
    trial: GIVEN_UP,
    hours: 2,
  },
];
