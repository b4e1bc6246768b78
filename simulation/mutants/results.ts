import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import type { Hunted } from './hunt';
import { tables, type Results } from './page';

const PAGE = join('docs', 'simulation-mutants.md');
const MARK = '<!-- results -->';

export async function readResults(dir: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(join(dir, 'results.json'), 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Keeps what was found beside what was found before, and writes the page anew. */
export async function kept(dir: string, before: Results, hunted: readonly Hunted[]): Promise<void> {
  const results = { ...before, ...Object.fromEntries(hunted.map(({ slip, tries }) => [slip.name, tries])) };
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  const page = join(packageRoot(), PAGE);
  const [head] = (await readFile(page, 'utf8')).split(MARK);
  const { format, resolveConfig } = await import('prettier');
  const options = await resolveConfig(page);
  const text = `${head?.trimEnd()}\n\n${MARK}\n\n${tables(results)}\n`;
  await writeFile(page, await format(text, { ...options, parser: 'markdown' }));
}
