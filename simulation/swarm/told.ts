import type { RunResult } from '../run';
import { brokenIn } from './broken';
import type { Case } from './case';

/** A failing case as a test that can be pasted into `test/simulation/`. */
export function asTest(one: Case, result: RunResult): string {
  return [
    `test('seed ${one.seed}: ${brokenIn(result).join(', ')}', async () => {`,
    `  const result = await simulate(optionsOf(${JSON.stringify(one)}));`,
    '  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });',
    '});',
  ].join('\n');
}

/** The command that runs it again. */
export const asCommand = (one: Case): string => `npm run simulate -- --case '${JSON.stringify(one)}'`;

/** What a run broke, with examples. */
export function findingsOf(result: RunResult): string[] {
  return [
    `broken: ${brokenIn(result).join(', ')}; lost ${result.lost}, applied twice ${result.appliedTwice}, stuck ${result.stuck}`,
    ...result.broken.flatMap(({ window, check: { check, title, examples } }) => [
      `${check} in window ${window}: ${title}`,
      ...examples.map((example) => `  ${example}`),
    ]),
  ];
}
