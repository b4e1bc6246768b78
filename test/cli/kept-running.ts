import { execFile, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const root = resolve(__dirname, '../..');
const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');

/** What a stack that is kept running says of itself. */
export interface Told {
  readonly stack: string;
  readonly doors: readonly [string];
  readonly endpoints: Readonly<Record<'dynamodb' | 's3', string>>;
  readonly tables: readonly string[];
  readonly buckets: readonly string[];
  readonly environmentFile: string;
}

export interface KeptRunning {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly told: Told;
  /** A command, told of the stack by nothing but its environment; rejects where that does not end with 0. */
  run(...args: string[]): Promise<string>;
}

/** The sample's stack on this machine, as a person leaves it up. */
export async function keptRunning(): Promise<KeptRunning> {
  const running = execFile(process.execPath, [command, 'run', '--keep-running', '--json'], { cwd: root });
  const ended = new Promise<number | null>((done) => running.on('exit', done));
  let [out, said] = ['', ''];
  running.stdout?.on('data', (text: string) => (out += text));
  running.stderr?.on('data', (text: string) => (said += text));
  while (!out.includes('\n')) {
    if (running.exitCode !== null) throw new Error(`the stack did not come up:\n${said}`);
    await wait(100);
  }
  const told = JSON.parse(out) as Told;
  return {
    ...{ process: running, ended, told },
    run: (...args) =>
      new Promise((done, fail) => {
        const given = { cwd: root, env: environment(told), maxBuffer: 16 * 1024 * 1024 };
        execFile(
          process.execPath,
          [command, ...args],
          given,
          (error, stdout, stderr) =>
          error ? fail(Object.assign(new Error(`${error.message}\n${stdout}\n${stderr}`), { code: error.code, stdout })) : done(stdout), // prettier-ignore
        );
      }),
  };
}

/** As a shell reads the file, and with nothing else of this process's environment that speaks of AWS. */
function environment({ environmentFile }: Told): Record<string, string> {
  const lines = readFileSync(environmentFile, 'utf8').matchAll(/^export (\w+)='([^']*)'$/gm);
  const set = [...lines].map(([, name = '', value = '']) => [name, value] as const);
  return { PATH: process.env['PATH'] ?? '', ...Object.fromEntries(set) };
}

/** An order at the door, which its consumer can bill if the amount is a number. Resolves to the door's status. */
export async function order(door: string, id: string, amount: unknown, customer = 'ann'): Promise<number> {
  const event = {
    ...{ specversion: '1.0', id, source: 'shop', type: 'order.placed', partitionkey: customer },
    data: { id, customer, amount },
  };
  const headers = { 'content-type': 'application/cloudevents+json' };
  return (await fetch(door, { method: 'POST', headers, body: JSON.stringify(event) })).status;
}
