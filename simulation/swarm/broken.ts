import type { RunResult } from '../run';

/** What of the promises a run broke, each by a short name: two runs that share one have failed alike. */
export function brokenIn({
  broken,
  lost,
  appliedTwice,
  stuck,
}: Pick<RunResult, 'broken' | 'lost' | 'appliedTwice' | 'stuck'>): string[] {
  // prettier-ignore
  const counted = Object.entries({ lost, appliedTwice, stuck }).filter(([, count]) => count > 0);
  return [...counted.map(([name]) => name), ...new Set(broken.map(({ check: { check } }) => check))];
}
