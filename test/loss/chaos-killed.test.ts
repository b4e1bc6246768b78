import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processesOf } from './processes';

const root = resolve(__dirname, '../..');
const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');
const runs = join(root, '.lossless', 'runs');

interface Judged {
  readonly ok: boolean;
  readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
  readonly notMade: readonly { readonly check: string }[];
  readonly totals: { readonly accepted: number };
}

function check(history: string, ...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const all = [command, 'chaos', '--check', history, ...flags];
    const child = execFile(process.execPath, all, { cwd: root }, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

jest.setTimeout(240_000);

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a chaos run that is killed leaves no process behind, and its history can still be checked', async () => {
  const flags = ['chaos', '--seed', '3', '--seconds', '60', '--rate', '60', '--json'];
  const child = execFile(process.execPath, [command, ...flags], { cwd: root });
  const ended = new Promise((done) => child.on('exit', done));
  let said = '';
  child.stderr?.on('data', (text: string) => (said += text));
  // Of a fresh clone there is no such folder before the first run.
  const folderOf = () =>
    (existsSync(runs) ? readdirSync(runs) : []).find((name) => name.endsWith(`-${child.pid}`)) ?? '';
  const written = () => {
    const file = join(runs, folderOf(), 'history.ndjson');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  while (!written().includes('"outcome":"acked"') && child.exitCode === null) await wait(100);
  if (child.exitCode !== null) throw new Error(`the run ended by itself:\n${said}`);
  child.kill('SIGKILL');
  await ended;

  const folder = folderOf();
  for (let tries = 0; tries < 100 && processesOf(folder).length > 0; tries++) await wait(100);
  expect(processesOf(folder)).toEqual([]);

  const history = join(runs, folder, 'history.ndjson');
  expect(existsSync(history)).toBe(true);
  const { code, stdout } = await check(history, '--json');
  const { ok, checks, notMade, totals } = JSON.parse(stdout) as Judged;
  expect(totals.accepted).toBeGreaterThan(0);
  expect(checks.filter((made) => !made.ok)).toEqual([]);
  expect(checks.length + notMade.length).toBe(17);
  expect({ ok, code }).toEqual({ ok: false, code: 1 });
  const words = await check(history);
  expect(words.stdout).toMatch(/14 checks could not be made; nothing that could be checked is broken: exit 1/);
  await rm(join(runs, folder), { recursive: true });
});
