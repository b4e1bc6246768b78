import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { localClient } from '../../local/stores';
import { processesOf } from '../loss/processes';
import { keptRunning, order as orderAt, type KeptRunning, type Told } from './kept-running';

/** The commands for a deployed stack work on one that is kept running here, told by nothing but its environment. */
jest.setTimeout(240_000);

const root = resolve(__dirname, '../..');

let kept: KeptRunning;
let told: Told;
/** The letter that the session discards. */
let discarded: string;

beforeAll(async () => {
  kept = await keptRunning();
  told = kept.told;
});
afterAll(async () => {
  kept.process.kill('SIGINT');
  await kept.ended;
});

const run = (...args: string[]): Promise<string> => kept.run(...args);

interface Letter {
  readonly object: string;
  readonly id: string;
  readonly offset: number;
  readonly state: string;
}
async function listed(): Promise<Letter[]> {
  const lines = (await run('dead-letters', 'list', '--json', '--stack', told.stack)).split('\n');
  // The last line holds counts.
  return lines.filter((line) => line.startsWith('{"object"')).map((line) => JSON.parse(line) as Letter);
}

async function until(arrived: (letters: readonly Letter[]) => boolean): Promise<readonly Letter[]> {
  for (let tries = 0; tries < 60; tries++) {
    const letters = await listed();
    if (arrived(letters)) return letters;
    await wait(1000);
  }
  throw new Error(`the letters stay as they are: ${JSON.stringify(await listed())}`);
}

async function order(id: string, amount: unknown): Promise<void> {
  expect(await orderAt(told.doors[0], id, amount)).toBe(202);
}

/** What is another in each run, and as long. */
const alike = (text: string): string =>
  text
    .replace(/arn!003a\S+/g, '<object>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, '2026-01-01T00:00:00.000Z')
    .replace(/amended-[0-9a-f]{16}/g, 'amended-0123456789abcdef')
    .trimEnd();

/** The commands of the page below a heading, each with what it prints there. */
function session(heading: string): { readonly args: readonly string[]; readonly prints: string }[] {
  const page = readFileSync(join(root, 'docs', 'redrive.md'), 'utf8');
  const below = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const block = /```console\n([\s\S]*?)```/.exec(below)?.[1] ?? '';
  return block
    .split(/^(?=\$ )/m)
    .map((step) => /^\$ npx cdk-lossless-kafka ([^\n]*)\n([\s\S]*)$/.exec(step))
    .map((step) => ({
      args: [...(step?.[1] ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
      prints: alike(step?.[2] ?? ''),
    }));
}

test('the session of the page goes as it is printed there, on real brokers and stores', async () => {
  const corrected = join(dirname(told.environmentFile), 'corrected.json');
  writeFileSync(corrected, JSON.stringify({ id: 'o-1', customer: 'ann', amount: 7 }));
  const steps = session('A session');
  expect(steps.map(({ args }) => args[1])).toEqual(['list', 'show', 'redrive', 'redrive', 'amend', 'discard', 'list']);
  await order('o-1', 'seven');
  await until((letters) => letters.length === 1);
  for (const { args, prints } of steps) {
    if (args[1] === 'discard') {
      await order('o-2', 'eight');
      await until((letters) => letters.length === 1);
    }
    const [letter] = await listed();
    if (args[1] === 'discard') discarded = letter!.object;
    const meant: Record<string, string | undefined> = { '<object>': letter?.object, 'corrected.json': corrected };
    expect(alike(await run(...args.map((word) => meant[word] ?? word)))).toBe(prints);
    if (args[1] === 'redrive' && !args.includes('--dry-run')) await until(([again]) => again?.offset === 1);
  }
});

test('the event that was amended is applied once, corrected', async () => {
  const dynamodb = new DynamoDBClient(localClient(told.endpoints.dynamodb));
  const TableName = told.tables.find((name) => name.startsWith('OrdersTable'))!;
  const billed = async () =>
    (await dynamodb.send(new ScanCommand({ TableName }))).Items?.map((item) => unmarshall(item)) ?? [];
  for (let tries = 0; (await billed()).length === 0 && tries < 60; tries++) await wait(1000);
  expect(await billed()).toEqual([{ id: 'o-1', customer: 'ann', amount: 7, timesApplied: 1 }]);
  dynamodb.destroy();
});

test('the event that was discarded has left who, why and when, and nothing of itself', async () => {
  const s3 = new S3Client({ ...localClient(told.endpoints.s3), forcePathStyle: true });
  const Bucket = told.buckets.find((name) => name.startsWith('ordersdeadletters'))!;
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: discarded }),
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `ended/${discarded}` }));
  const note = await Body!.transformToString();
  s3.destroy();
  expect([Versions, DeleteMarkers]).toEqual([[], []]);
  expect(JSON.parse(note)).toMatchObject({
    ...{ kind: 'discarded', by: 'arn:aws:iam::000000000000:user/local', why: 'a test order' },
  });
});

test('the session on what the topic still holds goes as it is printed there: an event whose letter somebody deleted is sent again', async () => {
  const steps = session('What the topic still holds');
  expect(steps.map(({ args }) => args[1])).toEqual(['list', 'redrive', 'redrive', 'list']);
  await order('o-3', 'nine');
  const [letter] = await until((letters) => letters.length === 1);
  const s3 = new S3Client({ ...localClient(told.endpoints.s3), forcePathStyle: true });
  const Bucket = told.buckets.find((name) => name.startsWith('ordersdeadletters'))!;
  await s3.send(new DeleteObjectCommand({ Bucket, Key: letter!.object }));
  s3.destroy();
  for (const { args, prints } of steps) {
    expect(alike(await run(...args))).toBe(prints);
    if (args[1] === 'redrive' && !args.includes('--dry-run')) await until(([again]) => again?.id === 'o-3');
  }
});

test('a stack of another name is refused, with the name of the one that runs', async () => {
  await expect(run('dead-letters', 'list', '--stack', 'Other')).rejects.toThrow('the one that runs here is Orders');
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('Ctrl-C ends it in order: no process and no file of its own is left', async () => {
  kept.process.kill('SIGINT');
  expect(await kept.ended).toBe(0);
  expect(processesOf(`-${kept.process.pid}/`)).toEqual([]);
  expect(existsSync(dirname(told.environmentFile))).toBe(false);
});
