import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

const OUTAGES: Trial = { faults: ['two-brokers-down', 'broker-isolated', 'sends-lost', 'crash-of-sweeps'] };

/** Slips in the replay of what was spilled. */
export const SPILLED: readonly PlantedSlip[] = [
  { ...known('spill-deleted-early'), trial: OUTAGES, hours: 1 },
  {
    name: 'spill-deleted-before-offered',
    describe: 'A spilled object is deleted when it is read.',
    search: "case 'spilled': {\n          const { events, spilledAt } = found.spilled;",
    replace:
      "case 'spilled': {\n          await this.remove(name, run);\n          const { events, spilledAt } = found.spilled;",
    trial: OUTAGES,
    hours: 1,
  },
  {
    name: 'replay-stops-at-the-head',
    describe: 'Nothing behind an object that waits is tried.',
    search: '    return !waits;',
    replace: '    return counts.left === 0;',
    trial: { faults: ['two-brokers-down', 'newer-spill-object'], windowMs: 180_000 },
    hours: 2,
  },
  {
    name: 'unreadable-spill-dropped',
    describe: known('unreadable-spill-dropped').describe,
    search: known('unreadable-spill-dropped').search,
    replace: known('unreadable-spill-dropped').replace,
    trial: OUTAGES,
    hours: 1,
    unseen:
      'nobody but the producer writes into the spill store, and it writes no such object. `replay/replay.test.ts`',
  },
];
