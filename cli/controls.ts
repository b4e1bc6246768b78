import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { CONTROLS, tryControl, type Tried } from '../faults/controls';
import { packageRoot } from '../local/toolchain';
import { interruption } from './interruption';
import { progressOn } from './progress';
import { runFolder } from './run-folder';
import { inMinutes, series } from './series';
import { synthesize, type Variant } from './synthesize';

/** What `--control` takes: each by its name, or all of them. */
export const CONTROL_NAMES: readonly { readonly name: string }[] = [...CONTROLS, { name: 'all' }];

export interface ControlsOptions {
  /** One of `CONTROL_NAMES`. */
  readonly control: string;
  readonly tries: number;
  /** Folder of an earlier sitting that is to go on. */
  readonly resume?: string;
  readonly json?: boolean;
}

/**
 * Runs what is known to be broken and looks whether the judge says so. Resolves to the exit code: 1 when a control was
 * found in fewer than four of five tries.
 */
export async function controls({ control, tries, resume, json }: ControlsOptions): Promise<0 | 1> {
  const dir = resume ?? runFolder('controls');
  await mkdir(dir, { recursive: true });
  const progress = progressOn(json ? process.stderr : process.stdout);
  const { signal, release } = interruption();
  const assemblies = join(dir, 'cdk.out');
  const synthesized = new Map<Variant, Promise<string>>();
  const ground = {
    ...{ dir, signal },
    assembly: (variant: Variant) => {
      const known = synthesized.get(variant);
      if (known) return known;
      const folder = join(assemblies, variant);
      const made = synthesize(packageRoot(), folder, signal, variant).then(() => folder);
      synthesized.set(variant, made);
      return made;
    },
    say: (line: string) => progress.say(line),
    count: (done: number, total: number, what: string) => progress.count(done, total, what),
  };
  try {
    const done = await series<Tried>(dir, 'controls', (each) => each.control);
    const left = CONTROLS.filter(({ name }) => (control === 'all' || name === control) && !done.has(name));
    const takes = inMinutes(left.length * tries * TRY_SECONDS);
    progress.say(`${left.length} controls, ${tries} tries each: about ${takes}; results in ${dir}`);
    for (const [n, each] of left.entries()) {
      progress.say(`${n + 1} of ${left.length}: ${each.name}. ${each.describe} ${each.check} must see it.`);
      const came = await tryControl(each, tries, ground);
      await done.add(came);
      await writeFile(join(dir, 'controls.md'), asMarkdown(done.results));
      progress.say(`${came.control}: found in ${came.found} of ${tries}${came.asItMust ? '' : ', MISSED'}`);
    }
    const tried = done.results;
    progress.end();
    await rm(assemblies, { recursive: true, force: true });
    process.stdout.write(json ? `${JSON.stringify({ controls: tried, dir })}\n` : asTable(tried, dir));
    return tried.every(({ asItMust }) => asItMust) ? 0 : 1;
  } finally {
    progress.end();
    release();
  }
}

/** One try, on a machine with two cores: start, faults, drain, final read. */
const TRY_SECONDS = 50;

const HEAD = ['control', 'tries', 'found', 'by', 'needs', 'other checks broken', ''];

const rowOf = (tried: Tried): string[] => [
  tried.control,
  String(tried.tries.length),
  String(tried.found),
  tried.check,
  `${tried.needs} of ${tried.tries.length}`,
  others(tried),
  tried.asItMust ? 'found' : 'MISSED',
];

/** `P3 × 5, K4 × 1`. */
function others({ check, tries }: Tried): string {
  const broken = tries.flatMap((one) => one.broken).filter((each) => each !== check);
  return [...new Set(broken)].map((each) => `${each} × ${broken.filter((other) => other === each).length}`).join(', ');
}

function asTable(tried: readonly Tried[], dir: string): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  table.push(...tried.map(rowOf));
  const missed = tried.filter(({ asItMust }) => !asItMust).map(({ control }) => control);
  const last = missed.length === 0 ? 'every control was found' : `not found often enough: ${missed.join(', ')}: exit 1`;
  return `${table.toString()}\n${last}\nalso in ${dir}\n`;
}

const asMarkdown = (tried: readonly Tried[]): string =>
  [HEAD, HEAD.map(() => '---'), ...tried.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
