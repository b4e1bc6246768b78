import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { hunt, MUTANTS, type Hunted } from '../faults/mutants';
import { planFor } from '../faults/mutants/hunt';
import { packageRoot } from '../local/toolchain';
import { interruption } from './interruption';
import { progressOn } from './progress';
import { runFolder } from './run-folder';
import { inMinutes, series } from './series';
import { synthesize } from './synthesize';

/** What `--mutant` takes: each by its name, or all of them. */
export const MUTANT_NAMES: readonly { readonly name: string }[] = [...MUTANTS, { name: 'all' }];

export interface MutantsOptions {
  /** One of `MUTANT_NAMES`. */
  readonly mutant: string;
  /** Runs of each at most. */
  readonly tries: number;
  /** Folder of an earlier sitting that is to go on. */
  readonly resume?: string;
  readonly json?: boolean;
}

/** Start of brokers and stores, drain and final read of one run, in seconds. */
const AROUND_A_RUN = 75;

/**
 * Hunts mutants of the product. Resolves to the exit code: 1 when one was not found that is not known to be a hole. Only in
 * a checkout: the sources are patched and bundled.
 */
export async function mutants({ mutant, tries, resume, json }: MutantsOptions): Promise<0 | 1> {
  const dir = resume ?? runFolder('mutants');
  await mkdir(dir, { recursive: true });
  const progress = progressOn(json ? process.stderr : process.stdout);
  const { signal, release } = interruption();
  try {
    const done = await series<Hunted>(dir, 'mutants', (hunted) => hunted.mutant);
    const wanted = MUTANTS.filter(({ name }) => mutant === 'all' || name === mutant);
    const left = wanted.filter(({ name }) => !done.has(name));
    const seconds = left.reduce((sum, each) => sum + planFor(each, 1).seconds + AROUND_A_RUN, 0);
    progress.say(
      `${left.length} of ${wanted.length} mutants to hunt, ${inMinutes(seconds)} if the first try finds each; results in ${dir}`,
    );
    const assembly = join(dir, 'cdk.out');
    await synthesize(packageRoot(), assembly, signal, 'chaos');
    for (const [n, each] of left.entries()) {
      progress.say(
        `${n + 1} of ${left.length}: ${each.name}. ${each.describe} ${each.finds.join(' or ')} must see it.`,
      );
      const say = (line: string) => progress.say(line);
      const count = (so: number, total: number, what: string) => progress.count(so, total, what);
      await done.add(await hunt(each, { dir, assembly, tries, signal, say, count }));
      await writeFile(join(dir, 'mutants.md'), asMarkdown(done.results));
    }
    progress.end();
    process.stdout.write(json ? `${JSON.stringify({ mutants: done.results, dir })}\n` : asTable(done.results, dir));
    return done.results.every((hunted) => hunted.foundBy !== undefined || hunted.hole !== undefined) ? 0 : 1;
  } finally {
    progress.end();
    release();
  }
}

const HEAD = ['mutant', 'what is wrong', 'found by', 'in tries', 'seconds', ''];

const rowOf = ({ mutant, describe, foundBy, tries, seconds, hole, failures }: Hunted): string[] => [
  mutant,
  describe,
  foundBy ?? '–',
  String(tries),
  String(seconds),
  foundBy
    ? 'found'
    : failures.length === tries
      ? `NOT RUN: ${failures.at(-1)}`
      : `a hole${hole ? `: ${hole}` : ', NOT KNOWN before'}`,
];

function asTable(hunted: readonly Hunted[], dir: string): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [28, 44, 10, 10, 9, 44],
  });
  table.push(...hunted.map(rowOf));
  const found = hunted.filter(({ foundBy }) => foundBy !== undefined).length;
  return `${table.toString()}\n${found} of ${hunted.length} found\nalso in ${dir}\n`;
}

const asMarkdown = (hunted: readonly Hunted[]): string =>
  [HEAD, HEAD.map(() => '---'), ...hunted.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
