import type { FaultTally } from '../schedule';
import { STATES, type StateCounts, type StateName } from './state';

export interface Reached {
  readonly name: StateName;
  readonly title: string;
  readonly times: number;
  /**
   * `reached`; `missed`: a fault that leads there took hold, and it was not; `not asked`: no fault that leads there came,
   * or none took hold.
   */
  readonly verdict: 'reached' | 'missed' | 'not asked';
  /** Faults of the run that lead there. */
  readonly by: readonly string[];
}

/** Holds the states that a run reached against those that its faults lead to. */
export function reachOf(counts: StateCounts, tallies: readonly FaultTally[]): Reached[] {
  const tookHold = new Set(tallies.filter(({ hits }) => hits > 0).map(({ name }) => name));
  return STATES.map(({ name, title, by: leading }) => {
    const times = counts[name];
    const by = leading.filter((fault) => tookHold.has(fault));
    const verdict = times > 0 ? 'reached' : by.length > 0 ? 'missed' : 'not asked';
    return { name, title, times, verdict, by };
  });
}

export const missed = (reach: readonly Reached[]): Reached[] => reach.filter(({ verdict }) => verdict === 'missed');
