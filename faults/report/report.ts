import type { Verdict } from '../checker';
import type { Measures } from '../measures';
import type { FaultTally } from '../schedule';

export interface Report {
  readonly verdict: Verdict;
  readonly measures: Measures;
  /** What the faults hit; unknown when only a history is at hand. */
  readonly tallies?: readonly FaultTally[];
  /** The command that runs the same again: same scenario or same seed. */
  readonly command: string;
}
