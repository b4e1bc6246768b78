import type { Settings } from '../pipeline/settings';
import { FAULTS, type Fault } from '../faults';
import type { RunOptions } from '../run';
import { peopleFaults } from '../people';
import { MORE_FAULTS } from './faults';
import type { Trial } from './mutant';

/** Few events: a slip shows in each of them, and hours are cheap then. */
const FEW: Partial<Settings> = { rate: 8, callers: 6, keys: 4, sweepMs: 20_000 };
const WINDOW_MS = 90_000;
const FAULT_EVERY_MS = 12_000;

const known = new Map([...FAULTS, ...peopleFaults, ...MORE_FAULTS].map((fault) => [fault.name, fault]));

/** What the simulation is given for a trial. @throws when it names a fault that there is not */
export function runOptions({ settings, faults, windowMs, faultEveryMs }: Trial): Omit<RunOptions, 'seed' | 'hours'> {
  return {
    settings: { ...FEW, ...settings },
    faults: faults?.map(faultNamed) ?? [...FAULTS, ...peopleFaults],
    windowMs: windowMs ?? WINDOW_MS,
    faultEveryMs: faultEveryMs ?? FAULT_EVERY_MS,
  };
}

function faultNamed(name: string): Fault {
  const fault = known.get(name);
  if (fault) return fault;
  throw new Error(`fault: got ${name}, want one of ${[...known.keys()].join(', ')}`);
}
