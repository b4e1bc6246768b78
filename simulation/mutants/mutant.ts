import type { Mutant } from '../../faults/mutants';
import type { Settings } from '../pipeline/settings';

/** A slip in the runtime's sources: a text that occurs once, and what stands there instead. */
export type Slip = Pick<Mutant, 'name' | 'describe' | 'search' | 'replace'>;

/** What a run looks like in which a slip should show. */
export interface Trial {
  /** @default - those of the simulation, but few events */
  readonly settings?: Partial<Settings>;
  /** Names of faults. @default - all of the simulation */
  readonly faults?: readonly string[];
  /** Milliseconds with load before everything is judged. @default 90_000 */
  readonly windowMs?: number;
  /** Milliseconds between two faults, on average. @default 12_000 */
  readonly faultEveryMs?: number;
}

/** A slip that was put into the product on purpose, and the run that should find it. */
export interface PlantedSlip extends Slip {
  readonly trial: Trial;
  /** Logical hours within which each seed must find it. */
  readonly hours: number;
  /** Why no run finds it, and what does: said openly. */
  readonly unseen?: string;
}
