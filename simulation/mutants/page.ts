import type { Try } from './hunt';
import type { PlantedSlip } from './mutant';
import { SLIPS } from './table';

/** By the name of the slip. */
export type Results = Readonly<Record<string, readonly Try[]>>;

/** What was found, by what, and after how long; then what no run finds, and why. */
export function tables(results: Results): string {
  const seen = SLIPS.filter(({ unseen }) => unseen === undefined);
  const rows = seen.map((slip) => `| \`${slip.name}\` | ${slip.describe} | ${found(slip, results[slip.name])} |`);
  const holes = SLIPS.flatMap(({ name, describe, unseen }) =>
    unseen === undefined ? [] : [`| \`${name}\` | ${describe} | ${unseen} |`],
  );
  return [
    `| mutant | what is wrong | found by | logical hours | budget | seeds |\n| --- | --- | --- | --- | --- | --- |`,
    ...rows,
    `\n## What no run finds\n\n| mutant | what is wrong | why, and what finds it |\n| --- | --- | --- |`,
    ...holes,
  ].join('\n');
}

function found({ hours }: PlantedSlip, tries: readonly Try[] = []): string {
  const hits = tries.filter(({ end }) => end === 'found');
  const checks = [...new Set(hits.flatMap(({ checks: [first] }) => first ?? []))].sort().join(', ');
  const median = hits.map((hit) => hit.hours).sort((a, b) => a - b)[Math.floor((hits.length - 1) / 2)];
  return [checks || '–', median?.toFixed(2) ?? '–', hours, `${hits.length} of ${tries.length}`].join(' | ');
}
