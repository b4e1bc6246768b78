import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** cfn-lint and checkov, in a virtual environment of their own. */

const root = resolve(__dirname, '..', '..');
const REQUIREMENTS = join(root, 'local', 'judges.txt');
const HOME = join(root, '.lossless', 'judges');

export interface Finding {
  readonly judge: string;
  readonly rule: string;
  /** Name of the template's file. */
  readonly file: string;
  readonly logicalId: string;
}

/** Installs the judges where that has not been done for this list of versions. */
export function install(say: (line: string) => void): void {
  const stamp = join(HOME, 'stamp');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing cfn-lint and checkov (about 290 MB, once) …');
  rmSync(HOME, { recursive: true, force: true });
  run('python3', ['-m', 'venv', HOME]);
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
  run(join(HOME, 'bin', 'python'), [
    '-m',
    'pip',
    'install',
    ...quiet,
    '--require-hashes',
    '--requirement',
    REQUIREMENTS,
  ]);
  writeFileSync(stamp, wanted);
}

/** Far longer than a judge takes; one that asks a network which does not answer would else stay for ever. */
export const JUDGE_MS = 600_000;

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: JUDGE_MS });
  if (status === 0) return;
  const got = error?.message ?? `exit ${status}`;
  throw new Error(`${command}: got ${got}, want it to install the judges; check the network and the settings of pip`);
}

/** Everything that both say about the templates, unaccepted as it is. */
export async function judge(files: readonly string[]): Promise<Finding[]> {
  return [...(await cfnLint(files)), ...(await checkov(files))];
}

interface LintMatch {
  readonly Rule: { readonly Id: string };
  readonly Filename: string;
  readonly Location: { readonly Path?: readonly (string | number)[] };
}

async function cfnLint(files: readonly string[]): Promise<Finding[]> {
  const matches = await answer<LintMatch[]>('cfn-lint', ['--format', 'json', '--', ...files]);
  return matches.map(({ Rule, Filename, Location: { Path = [] } }) => ({
    judge: 'cfn-lint',
    rule: Rule.Id,
    file: basename(Filename),
    logicalId: Path[0] === 'Resources' ? String(Path[1]) : '-',
  }));
}

interface CheckovReport {
  readonly results?: { readonly failed_checks: readonly { check_id: string; file_path: string; resource: string }[] };
  readonly summary?: { readonly parsing_errors: number };
}

async function checkov(files: readonly string[]): Promise<Finding[]> {
  const quiet = ['--framework', 'cloudformation', '--skip-download', '--compact', '--quiet', '--output', 'json'];
  const { results, summary } = await answer<CheckovReport>('checkov', [...quiet, '--file', ...files]);
  if (summary?.parsing_errors !== 0 || !results) {
    throw new Error(`checkov: got ${summary?.parsing_errors ?? 'no'} templates it cannot read, want 0; run it by hand`);
  }
  return results.failed_checks.map(({ check_id: rule, file_path: file, resource }) => ({
    ...{ judge: 'checkov', rule, file: basename(file), logicalId: resource.split('.')[1] ?? '-' },
  }));
}

/** What a judge prints. Any exit code is an answer if that is JSON: with findings none is 0. */
async function answer<T>(name: string, args: readonly string[]): Promise<T> {
  const command = join(HOME, 'bin', name);
  const judging = promisify(execFile)(command, args, { maxBuffer: 2 ** 28, timeout: JUDGE_MS });
  judging.child.stdin?.end();
  const { stdout, stderr } = await judging.catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error) return error;
    throw error;
  });
  try {
    return JSON.parse(String(stdout)) as T;
  } catch (cause) {
    throw new Error(`${name}: got ${String(stderr).slice(-500)}, want findings in JSON; run it by hand`, { cause });
  }
}
