import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { execFile, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { localClient } from '../../local/stores';
import { processesOf } from '../loss/processes';

/** The commands for a deployed stack work on one that is kept running here, told by nothing but its environment. */
jest.setTimeout(240_000);

const root = resolve(__dirname, '../..');
const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');

interface Told {
  readonly stack: string;
  readonly doors: readonly [string];
  readonly endpoints: Readonly<Record<'dynamodb' | 's3', string>>;
  readonly tables: readonly string[];
  readonly buckets: readonly string[];
  readonly environmentFile: string;
}

let running: ChildProcess;
let ended: Promise<number | null>;
let told: Told;

beforeAll(async () => {
  running = execFile(process.execPath, [command, 'run', '--keep-running', '--json'], { cwd: root });
  ended = new Promise((done) => running.on('exit', done));
  let [out, said] = ['', ''];
  running.stdout?.on('data', (text: string) => (out += text));
  running.stderr?.on('data', (text: string) => (said += text));
  while (!out.includes('\n')) {
    if (running.exitCode !== null) throw new Error(`the stack did not come up:\n${said}`);
    await wait(100);
  }
  told = JSON.parse(out) as Told;
});
afterAll(async () => {
  running.kill('SIGINT');
  await ended;
});

/** As a shell reads the file, and with nothing else of this process's environment that speaks of AWS. */
function environment(): Record<string, string> {
  const lines = readFileSync(told.environmentFile, 'utf8').matchAll(/^export (\w+)='([^']*)'$/gm);
  const set = [...lines].map(([, name = '', value = '']) => [name, value] as const);
  return { PATH: process.env['PATH'] ?? '', ...Object.fromEntries(set) };
}

async function deadLetters(...args: string[]): Promise<string> {
  return new Promise<string>((done, fail) => {
    const given = ['dead-letters', ...args, '--stack', told.stack];
    execFile(process.execPath, [command, ...given], { cwd: root, env: environment() }, (error, stdout, stderr) =>
      error ? fail(new Error(`${error.message}\n${stdout}\n${stderr}`)) : done(stdout),
    );
  });
}

interface Letter {
  readonly object: string;
  readonly id: string;
  readonly offset: number;
  readonly state: string;
}
async function listed(): Promise<Letter[]> {
  const lines = (await deadLetters('list', '--json')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Letter);
}

async function until(arrived: (letters: readonly Letter[]) => boolean): Promise<readonly Letter[]> {
  for (let tries = 0; tries < 60; tries++) {
    const letters = await listed();
    if (arrived(letters)) return letters;
    await wait(1000);
  }
  throw new Error(`the letters stay as they are: ${JSON.stringify(await listed())}`);
}

/** Which its consumer can bill if the amount is a number. */
async function order(id: string, amount: unknown): Promise<void> {
  const event = {
    ...{ specversion: '1.0', id, source: 'shop', type: 'order.placed', partitionkey: 'ann' },
    data: { id, customer: 'ann', amount },
  };
  const headers = { 'content-type': 'application/cloudevents+json' };
  expect((await fetch(told.doors[0], { method: 'POST', headers, body: JSON.stringify(event) })).status).toBe(202);
}

test('an event parked by a local stack is listed, shown, and sent back to its topic by the commands', async () => {
  await order('o-1', 'seven');
  const [parked] = await until((letters) => letters.length === 1);
  expect(parked).toMatchObject({ id: 'o-1', offset: 0, state: 'parked' });
  expect(await deadLetters('show', parked!.object)).toMatch(/why +undecodable: .*amount/);
  expect(await deadLetters('redrive', '--dry-run')).toMatch(
    /1 letters would go to topic orders[\s\S]*nothing was sent/,
  );
  expect(await deadLetters('redrive')).toMatch(/1 │ sent back/);

  const [again] = await until(([letter]) => letter?.offset === 1);
  expect(await deadLetters('show', again!.object)).toMatch(/lossless-redrive: .*:1/);
});

test('a parked event that is amended is applied once, corrected, and its letter is gone', async () => {
  const [letter] = await listed();
  const file = join(dirname(told.environmentFile), 'corrected.json');
  writeFileSync(file, JSON.stringify({ id: 'o-1', customer: 'ann', amount: 7 }));
  expect(await deadLetters('amend', letter!.object, '--value', file, '--yes')).toMatch(/amended/);
  const dynamodb = new DynamoDBClient(localClient(told.endpoints.dynamodb));
  const TableName = told.tables.find((name) => name.startsWith('OrdersTable'))!;
  const billed = async () =>
    (await dynamodb.send(new ScanCommand({ TableName }))).Items?.map((item) => unmarshall(item)) ?? [];
  for (let tries = 0; (await billed()).length === 0 && tries < 60; tries++) await wait(1000);
  expect(await billed()).toEqual([{ id: 'o-1', customer: 'ann', amount: 7, timesApplied: 1 }]);
  dynamodb.destroy();
  expect(await listed()).toEqual([]);
});

test('a parked event that is discarded leaves who, why and when, and nothing of itself', async () => {
  await order('o-2', 'eight');
  const [letter] = await until((letters) => letters.length === 1);
  expect(await deadLetters('discard', letter!.object, '--reason', 'a test order', '--yes')).toMatch(/1 │/);
  expect(await listed()).toEqual([]);
  const s3 = new S3Client({ ...localClient(told.endpoints.s3), forcePathStyle: true });
  const Bucket = told.buckets.find((name) => name.startsWith('ordersdeadletters'))!;
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: letter!.object }),
  );
  const note = await s3.send(new GetObjectCommand({ Bucket, Key: `ended/${letter!.object}` }));
  s3.destroy();
  expect([Versions, DeleteMarkers]).toEqual([[], []]);
  expect(JSON.parse(await note.Body!.transformToString())).toMatchObject({
    ...{ kind: 'discarded', by: 'arn:aws:iam::000000000000:user/local', why: 'a test order' },
  });
});

test('a stack of another name is refused, with the name of the one that runs', async () => {
  await expect(deadLetters('list', '--stack', 'Other')).rejects.toThrow('the one that runs here is Orders');
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('Ctrl-C ends it in order: no process and no file of its own is left', async () => {
  running.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(processesOf(`-${running.pid}/`)).toEqual([]);
  expect(existsSync(dirname(told.environmentFile))).toBe(false);
});
