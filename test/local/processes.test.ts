import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Processes } from '../../local/processes';

jest.setTimeout(60_000);

let logDir: string;
let processes: Processes;

beforeEach(() => {
  logDir = mkdtempSync(join(tmpdir(), 'lossless-processes-'));
  processes = new Processes({ logDir });
});

afterEach(async () => {
  await processes.stopAll(0);
  rmSync(logDir, { recursive: true });
});

const node = (name: string, script: string) =>
  processes.spawn({ name, command: process.execPath, args: ['-e', script] });
const UNTIL_KILLED = 'setInterval(() => {}, 1000);';

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; pids.some(exists); tries++) {
    if (tries > 200) throw new Error(`still there: ${pids.filter(exists).join(', ')}`);
    await wait(50);
  }
}

describe('a process of the local stack', () => {
  test('says how it ended and what it wrote', async () => {
    const child = node('worker', "console.log('one'); console.error('two'); process.exit(3)");
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(child.alive).toBe(false);
    expect(await child.tail(5)).toBe('one\ntwo');
    expect(readFileSync(join(logDir, 'worker.log'), 'utf8')).toBe('one\ntwo\n');
  });

  test('is ready when it has written the line that is waited for', async () => {
    const child = node('server', `console.log('listening on port 4711'); ${UNTIL_KILLED}`);
    const [, port] = await child.untilLogged(/listening on port (\d+)/, 20_000);
    expect(port).toBe('4711');
  });

  test('is not taken for ready by a line of its predecessor', async () => {
    await node('server', "console.log('ready')").exited;
    const again = node('server', "console.log('no')");
    await expect(again.untilLogged(/ready/, 20_000)).rejects.toThrow('ended before it was ready');
  });

  test('that ends before it is ready gives one error with its last lines and the path of its log', async () => {
    const child = node('server', "console.log('bad setting: colour'); process.exit(1)");
    await expect(child.untilLogged(/ready/, 20_000)).rejects.toThrow(
      `server ended before it was ready; its last lines (all in ${join(logDir, 'server.log')}):\n  bad setting: colour`,
    );
  });

  test('that does not get ready in time gives an error that says so', async () => {
    const child = node('server', UNTIL_KILLED);
    await expect(child.untilLogged(/ready/, 0)).rejects.toThrow('server was not ready after 0 s');
  });

  test('of a command that is not there gives an error that names the command', async () => {
    const child = processes.spawn({ name: 'broker', command: 'no-such-java' });
    await expect(child.untilLogged(/ready/, 20_000)).rejects.toThrow(/no-such-java.*not found/);
  });

  test('is not hurt by a signal sent after its end', async () => {
    const child = node('worker', '');
    await child.exited;
    expect(() => child.kill('SIGKILL')).not.toThrow();
  });
});

describe('stopAll', () => {
  test('lets a process end in its own way, also one that is stopped', async () => {
    const polite = `process.on('SIGTERM', () => process.exit(7)); console.log('ready'); ${UNTIL_KILLED}`;
    const [running, stopped] = [node('running', polite), node('stopped', polite)];
    await Promise.all([running, stopped].map((child) => child.untilLogged(/ready/, 20_000)));
    stopped.kill('SIGSTOP');
    await processes.stopAll(20_000);
    expect(await running.exited).toEqual({ code: 7, signal: null });
    expect(await stopped.exited).toEqual({ code: 7, signal: null });
  });

  test('ends a process that ignores SIGTERM, one that is stopped, and what a process has started itself', async () => {
    const deaf = node('deaf', `process.on('SIGTERM', () => {}); console.log('ready'); ${UNTIL_KILLED}`);
    const stopped = node('stopped', `console.log('ready'); ${UNTIL_KILLED}`);
    const family = node(
      'family',
      `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', '${UNTIL_KILLED}']);
       console.log('child ' + pid); process.on('SIGTERM', () => {}); ${UNTIL_KILLED}`,
    );
    await Promise.all([deaf, stopped].map((child) => child.untilLogged(/ready/, 20_000)));
    const [, grandchild] = await family.untilLogged(/child (\d+)/, 20_000);
    stopped.kill('SIGSTOP');
    await processes.stopAll(100);
    await gone([deaf.pid, stopped.pid, family.pid, Number(grandchild)]);
  });

  test('is final: nothing is started afterwards', async () => {
    await processes.stopAll();
    expect(() => node('late', '')).toThrow('late: not started, the local stack is stopping');
  });
});

describe('a run that is killed with SIGKILL', () => {
  const started: number[] = [];
  afterEach(() =>
    started
      .splice(0)
      .filter(exists)
      .forEach((pid) => process.kill(pid, 'SIGKILL')),
  );

  async function startParent(): Promise<{ parent: ChildProcess; pids: number[] }> {
    const parent = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'fixtures', 'parent.ts'), logDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    started.push(Number(parent.pid), ...pids);
    return { parent, pids };
  }

  const reaperOf = (parent: ChildProcess): number =>
    Number(execFileSync('pgrep', ['-P', String(parent.pid), '-f', 'reaper.mjs'], { encoding: 'utf8' }));

  test('leaves no process behind', async () => {
    const { parent, pids } = await startParent();
    const reaper = reaperOf(parent);
    expect(pids.every(exists)).toBe(true);
    parent.kill('SIGKILL');
    await gone([...pids, reaper]);
  });

  test('leaves no process behind when the one that cleans up was killed before', async () => {
    const { parent, pids } = await startParent();
    const first = reaperOf(parent);
    process.kill(first, 'SIGKILL');
    await gone([first]);
    for (let tries = 0; tries < 200; tries++) {
      if (
        execFileSync('pgrep', ['-P', String(parent.pid)], { encoding: 'utf8' })
          .trim()
          .split('\n').length === 3
      )
        break;
      await wait(50);
    }
    parent.kill('SIGKILL');
    await gone(pids);
  });
});
