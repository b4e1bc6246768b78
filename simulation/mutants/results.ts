import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import type { Hunted } from './hunt';
import { tables, type Results } from './page';

const PAGE = join(packageRoot(), 'docs', 'simulation-mutants.md');
/** Behind it the page has the tables. */
export const MARK = '<!-- results -->';
/** Lies beside the table of slips, and not among what is built: whoever hunts one of them keeps what was found of the others. */
const RESULTS = join(packageRoot(), 'simulation', 'mutants', 'results.json');

export const readResults = async (): Promise<Results> => JSON.parse(await readFile(RESULTS, 'utf8')) as Results;

/** Keeps what was found beside what was found before, and writes the page anew. */
export async function kept(before: Results, hunted: readonly Hunted[]): Promise<void> {
  const results = { ...before, ...Object.fromEntries(hunted.map(({ slip, tries }) => [slip.name, tries])) };
  const { format, resolveConfig } = await import('prettier');
  const options = await resolveConfig(PAGE);
  await writeFile(RESULTS, await format(JSON.stringify(results), { ...options, parser: 'json' }));
  const [head] = (await readFile(PAGE, 'utf8')).split(MARK);
  const page = `${head?.trimEnd()}\n\n${MARK}\n\n${tables(results)}\n`;
  await writeFile(PAGE, await format(page, { ...options, parser: 'markdown' }));
}
