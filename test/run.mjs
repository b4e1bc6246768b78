/**
 * `npm test`: first what needs Node alone, then what runs on real brokers and stores, one file at a time, then one
 * line with the sums. `--unit` stops after the first. Further arguments go to jest (a file name, `-t <promise>`).
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const root = resolve(import.meta.dirname, '..');
const unitOnly = process.argv.includes('--unit');
const passedOn = process.argv.slice(2).filter((argument) => argument !== '--unit');
const reports = mkdtempSync(join(tmpdir(), 'lossless-test-'));

/** Once its report is written, jest has nothing left to do: what keeps it longer is a handle that a test left open. */
const LEAVES_WITHIN_MS = 30_000;

/** Runs one of jest's two projects; a run that leaves no report counts as one failure, never as nothing. */
async function run(project, ...flags) {
  const report = join(reports, `${project}.json`);
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    process.execPath,
    [
      ...['--report-on-signal', `--report-directory=${reports}`, jest],
      ...['--ci', '--selectProjects', project, '--json', '--outputFile', report, ...flags, ...passedOn],
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CDK_VALIDATION: 'false', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    },
  );
  const status = await ended(child, report);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    return { passed: numPassedTests, failed: failed || (status === 0 ? 0 : 1), skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Exit code; a process that stays after its report was written is named with what holds it, ended, and has none. */
function ended(child, report) {
  return new Promise((resolve) => {
    let writtenAt;
    const look = setInterval(() => {
      if (existsSync(report)) writtenAt ??= performance.now();
      if (writtenAt === undefined || performance.now() - writtenAt < LEAVES_WITHIN_MS) return;
      clearInterval(look);
      console.error('jest wrote its report and does not end: a test left something open. What holds it:');
      child.kill('SIGUSR2');
      setTimeout(() => {
        console.error(holding());
        child.kill('SIGKILL');
      }, 5_000);
    }, 1_000);
    child.on('exit', (code) => {
      clearInterval(look);
      resolve(code);
    });
  });
}

/** Of Node's own report on a process: the handles that keep its event loop alive. */
function holding() {
  const file = readdirSync(reports).find((name) => name.startsWith('report.'));
  if (!file) return 'nothing is known: the process did not answer, its event loop stands still';
  const { libuv, javascriptStack } = JSON.parse(readFileSync(join(reports, file), 'utf8'));
  const handles = libuv.filter((handle) => handle.is_active && handle.is_referenced);
  return JSON.stringify({ handles, javascriptStack }, null, 1);
}

const tolerant = passedOn.length > 0 ? ['--passWithNoTests'] : [];
const runs = [await run('unit', '--maxWorkers=100%', ...tolerant)];
if (!unitOnly) runs.push(await run('real', '--runInBand', ...tolerant));
rmSync(reports, { recursive: true, force: true });

const sum = (field) => runs.reduce((total, each) => total + each[field], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
