import type { Chance } from '../../faults/random';
import type { Pipeline } from '../pipeline';

/** One fault that was struck. */
export interface Struck {
  /** What was done, in words. */
  readonly what: string;
  /** Makes it good again. */
  heal(): void;
}

/** Something that may go wrong with the world, for a while. */
export interface Fault {
  readonly name: string;
  /** How long it lasts: milliseconds, from and to. */
  readonly lastsMs: readonly [number, number];
  /** Undefined: there is nothing to strike right now. */
  strike(pipeline: Pipeline, chance: Chance): Struck | undefined;
}
