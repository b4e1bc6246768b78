/**
 * `npm test`: first what needs Node alone, then what runs on real brokers and stores, one file at a time, then one
 * line with the sums. `--unit` stops after the first. Further arguments go to jest (a file name, `-t <promise>`).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const unitOnly = process.argv.includes('--unit');
const passedOn = process.argv.slice(2).filter((argument) => argument !== '--unit');
const reports = mkdtempSync(join(tmpdir(), 'lossless-test-'));

/** Runs one of jest's two projects; a run that leaves no report counts as one failure, never as nothing. */
function run(project, ...flags) {
  const report = join(reports, `${project}.json`);
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = spawnSync(
    process.execPath,
    [jest, '--ci', '--selectProjects', project, '--json', '--outputFile', report, ...flags, ...passedOn],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CDK_VALIDATION: 'false', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    },
  );
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

const tolerant = passedOn.length > 0 ? ['--passWithNoTests'] : [];
const runs = [run('unit', '--maxWorkers=100%', ...tolerant)];
if (!unitOnly) runs.push(run('real', '--runInBand', ...tolerant));
rmSync(reports, { recursive: true, force: true });

const sum = (field) => runs.reduce((total, each) => total + each[field], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
