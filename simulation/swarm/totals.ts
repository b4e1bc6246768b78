import type { Counts, RunResult } from '../run';

/** What is counted of many runs. */
export interface Tally extends Counts {
  readonly runs: number;
  /** Seeds of runs that broke a promise. */
  readonly failed: readonly number[];
}

/** What a swarm came to. */
export interface Totals extends Tally {
  readonly seed: number;
}

export const NOTHING: Tally = {
  ...{ runs: 0, hours: 0, events: 0, faults: 0, lost: 0, appliedTwice: 0, stuck: 0, seconds: 0 },
  ...{ failed: [], reached: {} },
};

/** `seconds` stays: runs may have been under way at once. */
export function added<Of extends Tally>(totals: Of, result: RunResult, hasFailed: boolean): Of {
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
