import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processesOf } from './processes';

const root = resolve(__dirname, '../..');
const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...flags: string[]): Promise<Outcome> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [command, 'run', ...flags], { cwd: root }, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const account = (outcome: Outcome) => {
  try {
    return JSON.parse(outcome.stdout) as Record<string, number>;
  } catch {
    throw new Error(`no JSON on stdout; stderr:\n${outcome.stderr}`);
  }
};

jest.setTimeout(240_000);

test('2,000 accepted events survive the death of a leader, and none is applied twice', async () => {
  const outcome = await run('--events', '2000', '--json');
  const { accepted, applied, parked, lost, appliedTwice } = account(outcome);
  expect({ accepted, settled: (applied ?? 0) + (parked ?? 0), lost, appliedTwice, code: outcome.code }).toEqual({
    accepted: 2000,
    settled: 2000,
    lost: 0,
    appliedTwice: 0,
    code: 0,
  });
});

describe('the run sees what it claims to see', () => {
  test('acks=1 and a leader that dies before its followers have copied: lost events are reported', async () => {
    const outcome = await run('--events', '1000', '--break', 'acks', '--json');
    expect(account(outcome)['lost']).toBeGreaterThan(0);
    expect(outcome.code).toBe(1);
  });

  test('commit before the effect and a crash in between: lost events are reported', async () => {
    const outcome = await run('--events', '1000', '--break', 'commit', '--json');
    expect(account(outcome)['lost']).toBeGreaterThan(0);
    expect(outcome.code).toBe(1);
  });

  test('no idempotency and a redelivery: events applied twice are reported', async () => {
    const outcome = await run('--events', '1000', '--break', 'idempotency', '--json');
    expect(account(outcome)['appliedTwice']).toBeGreaterThan(0);
    expect(outcome.code).toBe(1);
  });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

/** A run that has begun to take events. What is tested is its end, so a start that failed is told and tried once more. */
async function runUnderWay() {
  for (let tries = 1; ; tries++) {
    const child = execFile(process.execPath, [command, 'run', '--json'], { cwd: root });
    const ended = new Promise((done) => child.on('exit', done));
    let said = '';
    child.stderr?.on('data', (text: string) => (said += text));
    while (!/accepted [1-9]/.test(said) && child.exitCode === null) await wait(100);
    if (child.exitCode === null) return { child, ended };
    if (tries === 2) throw new Error(`the run ended by itself:\n${said}`);
    console.warn(`the run ended by itself and is started once more:\n${said}`);
  }
}

onLinux.each(['SIGINT', 'SIGKILL'] as const)('a run ended by %s leaves no process behind', async (signal) => {
  const { child, ended } = await runUnderWay();
  const folder = `-${child.pid}/`;
  expect(processesOf(folder).length).toBeGreaterThan(3);
  child.kill(signal);
  await ended;
  for (let tries = 0; tries < 100 && processesOf(folder).length > 0; tries++) await wait(100);
  expect(processesOf(folder)).toEqual([]);
});

describe('bad input', () => {
  test.each([
    [['--frobnicate'], /unknown option '--frobnicate'/],
    [['--events', 'many'], /want a whole number of at least 1/],
    [['--break', 'everything'], /want one of acks, commit, idempotency/],
  ])('%j is refused with one clear error and exit code 2', async (flags, message) => {
    const outcome = await run(...flags);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.code).toBe(2);
  });
});
