import { chancesOf } from '../kernel/chances';
import type { RunResult } from '../run';
import { brokenIn } from './broken';
import type { Case } from './case';
import { drawCase } from './draw';
import { shrink, type Runner } from './shrink';
import { added, NOTHING, type Totals } from './totals';

export interface SwarmOptions {
  /** All seeds come from it. */
  readonly seed: number;
  /** Logical hours, of all runs together. */
  readonly hours: number;
  readonly run: Runner;
  /** Runs at once. */
  readonly atOnce: number;
  /** Failing cases that are made smaller; the others are only told. @default 3 */
  readonly shrunk?: number;
  /** Hears of each run, and what all have come to by then. */
  readonly onRun?: (totals: Totals, result: RunResult, hasFailed: boolean) => void;
  /** Hears of each failing case, as small as it could be made. */
  readonly onFailure?: (failure: Failure) => void;
}

export interface Failure {
  readonly found: Case;
  readonly result: RunResult;
  readonly smallest: Case;
}

/** Runs one case after another, each drawn from a seed of its own, until there are so many hours. */
export async function swarm(options: SwarmOptions): Promise<Totals> {
  const { seed, hours, run, atOnce, shrunk = 3, onRun, onFailure } = options;
  const seeds = chancesOf(seed)('seeds');
  let totals: Totals = { seed, ...NOTHING };
  let left = shrunk;
  const next = async (): Promise<void> => {
    while (totals.hours < hours) {
      const found = drawCase(seeds.whole(0, 2 ** 32 - 1));
      const result = await run(found);
      const hasFailed = brokenIn(result).length > 0;
      totals = added(totals, result, hasFailed);
      onRun?.(totals, result, hasFailed);
      if (!hasFailed) continue;
      const smallest = left-- > 0 ? await shrink(found, result, run) : found;
      onFailure?.({ found, result, smallest });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return totals;
}
