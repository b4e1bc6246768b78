import type { Counts, RunResult } from '../run';

/** What a swarm came to. */
export interface Totals extends Counts {
  readonly seed: number;
  readonly runs: number;
  /** Seeds of runs that broke a promise. */
  readonly failed: readonly number[];
}

export const nothingYet = (seed: number): Totals => ({
  ...{ seed, runs: 0, hours: 0, events: 0, faults: 0, lost: 0, appliedTwice: 0, stuck: 0, seconds: 0 },
  ...{ failed: [], reached: {} },
});

export function added(totals: Totals, result: RunResult, hasFailed: boolean): Totals {
  const reached: Record<string, number> = { ...totals.reached };
  for (const [name, count] of Object.entries(result.reached)) reached[name] = (reached[name] ?? 0) + count;
  const sum = (name: 'hours' | 'events' | 'faults' | 'lost' | 'appliedTwice' | 'stuck') => totals[name] + result[name];
  return {
    ...{ ...totals, runs: totals.runs + 1, hours: sum('hours'), events: sum('events'), faults: sum('faults') },
    ...{ lost: sum('lost'), appliedTwice: sum('appliedTwice'), stuck: sum('stuck') },
    failed: hasFailed ? [...totals.failed, result.seed] : totals.failed,
    reached,
  };
}
