import { MUTANTS } from '../../faults/mutants';
import type { Slip } from './mutant';

/** A slip that the real chaos hunts, too. @throws when its table does not have it */
export function known(name: string): Slip {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (!mutant) throw new Error(`mutant: got ${name}, want one of faults/mutants/table.ts`);
  const { describe, search, replace } = mutant;
  return { name, describe, search, replace };
}
