import { FAULTS, type Fault } from '../faults';
import { peopleFaults } from '../people';
import type { Settings } from '../pipeline/settings';
import type { RunOptions } from '../run';

/** Everything that decides a run, as plain data: it can be printed, handed to another process, and made smaller. */
export interface Case {
  readonly seed: number;
  readonly hours: number;
  readonly settings: Partial<Settings>;
  /** Names of the faults that are on. */
  readonly faults: readonly string[];
  readonly windowMs: number;
  readonly faultEveryMs: number;
}

/** Every fault that may be drawn: of the world, and of people. */
export const ALL_FAULTS: readonly Fault[] = [...FAULTS, ...peopleFaults];

/** @throws when it names a fault that there is not */
export function optionsOf({ faults, ...rest }: Case): RunOptions {
  return { ...rest, faults: faults.map(faultNamed) };
}

function faultNamed(name: string): Fault {
  const found = ALL_FAULTS.find((fault) => fault.name === name);
  if (found) return found;
  throw new Error(`fault: got '${name}', want one of ${ALL_FAULTS.map((fault) => fault.name).join(', ')}; the case may be of another version`); // prettier-ignore
}

/** @throws when it is no case */
export function readCase(text: string): Case {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error(`case: got ${text.slice(0, 80)}, want the JSON that a swarm printed`, { cause });
  }
  const { seed, hours, settings, faults, windowMs, faultEveryMs } = Object(parsed) as Partial<Case>;
  const numbers = [seed, hours, windowMs, faultEveryMs].every((each) => typeof each === 'number');
  if (!numbers || typeof settings !== 'object' || !Array.isArray(faults))
    throw new Error(`case: got ${text.slice(0, 80)}, want seed, hours, settings, faults, windowMs and faultEveryMs`);
  return parsed as Case;
}
