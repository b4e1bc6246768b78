import { DEFAULTS } from '../pipeline/settings';
import type { RunResult } from '../run';
import { brokenIn } from './broken';
import type { Case } from './case';

/** Runs a case. */
export type Runner = (one: Case) => Promise<RunResult>;

/** Runs that one failing case is given at most. */
const MOST_RUNS = 40;

/**
 * Makes a failing case smaller for as long as it fails alike: fewer faults, shorter, fewer events, fewer of everything that is not at
 * its default. Every candidate is a run of its own; after so many the smallest so far has to do.
 */
export async function shrink(failing: Case, result: RunResult, run: Runner, mostRuns = MOST_RUNS): Promise<Case> {
  const names = new Set(brokenIn(result));
  let smallest = failing;
  let left = mostRuns;
  let isSmaller = true;
  while (isSmaller && left > 0) {
    isSmaller = false;
    for (const candidate of candidatesOf(smallest)) {
      if (left-- <= 0) break;
      const found = await run(candidate);
      if (!brokenIn(found).some((name) => names.has(name))) continue;
      // It ends with the window in which it fails.
      smallest = { ...candidate, hours: Math.min(candidate.hours, found.hours) };
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** The boldest first. */
function* candidatesOf(from: Case): Generator<Case> {
  const { faults, settings, hours, windowMs } = from;
  if (faults.length > 1) {
    const half = Math.ceil(faults.length / 2);
    yield { ...from, faults: faults.slice(0, half) };
    yield { ...from, faults: faults.slice(half) };
  }
  if (hours * 3_600_000 > windowMs * 1.5) yield { ...from, hours: hours / 2 };
  const { rate = DEFAULTS.rate, consumers = DEFAULTS.consumers } = settings;
  if (rate > 0.2) yield { ...from, settings: { ...settings, rate: Number((rate / 2).toFixed(3)) } };
  if (consumers.length > 1) for (const one of consumers) yield { ...from, settings: { ...settings, consumers: [one] } };
  for (const name of Object.keys(settings) as (keyof typeof settings)[]) {
    if (name === 'rate' || name === 'consumers') continue;
    yield { ...from, settings: Object.fromEntries(Object.entries(settings).filter(([other]) => other !== name)) };
  }
  if (faults.length > 1) for (const name of faults) yield { ...from, faults: faults.filter((other) => other !== name) };
}
