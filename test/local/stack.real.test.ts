import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBClient, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { startLocalStack, type LocalStack } from '../../local';
import { localClient } from '../../local/stores';
import { pipeline, writeAssembly } from './fixtures/assembly';

jest.setTimeout(300_000);

/** Writes down what it was given, fails for poison, and dies for a bomb as often as it is told to. */
const CONSUMER = `
const fs = require('node:fs');
const seen = __dirname + '/seen';
exports.handler = async (event) => {
  const records = Object.values(event.records).flat().map((r) => ({ ...r, text: Buffer.from(r.value, 'base64').toString() }));
  for (const r of records) if (r.text === 'bomb' && !fs.existsSync(seen + r.offset)) { fs.writeFileSync(seen + r.offset, ''); process.kill(process.pid, 'SIGKILL'); }
  if (records.some((r) => r.text === 'poison')) throw new Error('poison');
  fs.appendFileSync(seen, records.map((r) => r.partition + ' ' + r.offset + ' ' + r.text + '\\n').join(''));
  return null;
};`;
const INGEST = `
exports.handler = async (event) => {
  if (event.source === 'aws.events') return require('node:fs').writeFileSync(__dirname + '/fired', '');
  return { statusCode: 200, body: JSON.stringify({ got: JSON.parse(event.body), producer: JSON.parse(process.env.LOSSLESS_PRODUCER_ORDERS) }) };
};`;

const dir = mkdtempSync(join(tmpdir(), 'lossless-stack-'));
const { directory } = writeAssembly(
  pipeline({ mapping: { MaximumRetryAttempts: 3, BisectBatchOnFunctionError: true }, consumer: { Timeout: 30 } }),
  { ingest: INGEST, consumer: CONSUMER },
);
const logged: string[] = [];
let stack: LocalStack;
let kafka: Kafka;

beforeAll(async () => {
  process.env['SECRET_OF_THE_HOST'] = 'x';
  stack = await startLocalStack({ assembly: directory, dir, log: (line) => void logged.push(line) });
  kafka = new Kafka({
    brokers: stack.brokers.bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 20 },
  });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
});

async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 120_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: did not come in ${ms} ms; the stack said:\n${logged.join('\n')}`);
    await wait(100);
  }
}

async function produce(values: readonly string[], { partition = (index: number) => index % 3 } = {}) {
  const producer = kafka.producer();
  await producer.connect();
  // One send a partition at a time: kafkajs must not be able to lose what this test counts.
  for (const [index, value] of values.entries()) {
    await producer.send({ topic: 'orders', acks: -1, messages: [{ partition: partition(index), value }] });
  }
  await producer.disconnect();
}

const seen = () => {
  const file = join(directory, 'asset.consumer', 'seen');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines
    .map((line) => line.split(' '))
    .map(([partition, offset, text]) => ({ partition: Number(partition), offset: Number(offset), text }));
};
const caughtUp = () => until('a lag of 0', async () => (await stack.mappings[0]!.lag()) === 0);

/** Environments of the processes below this one, as the kernel holds them, by their command. */
function environments(): { command: string; environment: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const readOf = (pid: string, what: string) => {
    try {
      return readFileSync(`/proc/${pid}/${what}`, 'utf8');
    } catch (error) {
      if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''; // it has just ended
      throw error;
    }
  };
  const parents = new Map(pids.map((pid) => [pid, /^PPid:\s*(\d+)/m.exec(readOf(pid, 'status'))?.[1] ?? '']));
  const isOurs = (pid: string): boolean =>
    pid === String(process.pid) || (parents.has(pid) && isOurs(parents.get(pid)!));
  return pids
    .filter((pid) => pid !== String(process.pid) && isOurs(pid))
    .map((pid) => ({ command: readOf(pid, 'cmdline').replaceAll('\0', ' '), environment: readOf(pid, 'environ') }));
}

(existsSync('/proc/self/environ') ? test : test.skip)('no process of the stack knows a secret of this machine', () => {
  const started = environments().filter(({ environment }) => environment !== '');
  const knows = (what: RegExp) => started.filter(({ command }) => what.test(command)).length;
  expect([knows(/kafka\.Kafka/), knows(/LoopbackDynamoDb/), knows(/ministack/), knows(/reaper/)]).toEqual([4, 1, 1, 1]);
  expect(started.filter(({ environment }) => environment.includes('SECRET_OF_THE_HOST'))).toEqual([]);
});

test('a door, a schedule, tables and buckets of the template are there, and a function reaches them', async () => {
  const [door] = stack.doors;
  expect(door).toMatchObject({ path: 'POST /events', functionId: 'Ingest' });
  const response = await fetch(door!.url, {
    method: 'POST',
    body: '{"id":1}',
    headers: { 'content-type': 'application/json' },
  });
  const answer = (await response.json()) as { got: unknown; producer: { brokers: string } };
  expect([answer.got, answer.producer.brokers]).toEqual([{ id: 1 }, stack.brokers.bootstrap]);
  await stack.fireSchedules();
  expect(existsSync(join(directory, 'asset.ingest', 'fired'))).toBe(true);
  const dynamodb = new DynamoDBClient(localClient(stack.endpoints.dynamodb));
  expect(
    (await dynamodb.send(new DescribeTableCommand({ TableName: stack.tables[0]!.name }))).Table?.KeySchema,
  ).toHaveLength(1);
  dynamodb.destroy();
});

test('every record reaches the function, in the order of its partition, although the leader is killed meanwhile', async () => {
  const values = Array.from({ length: 600 }, (_, index) => `v${index}`);
  const leader = await stack.admin.leaderOf('orders', 0);
  const broker = stack.brokers.brokers.find(({ id }) => id === leader)!;
  const fault = wait(500)
    .then(() => broker.kill('SIGKILL'))
    .then(() => wait(8_000))
    .then(() => broker.start());
  await produce(values);
  await fault;
  await caughtUp();
  const end = await stack.admin.endOffsets('orders');
  for (const [partition, offset] of end) {
    const first = [
      ...new Set(
        seen()
          .filter((each) => each.partition === partition)
          .map((each) => each.offset),
      ),
    ];
    expect(first).toEqual(Array.from({ length: offset }, (_, index) => index));
  }
  expect(new Set(seen().map(({ text }) => text))).toEqual(new Set(values));
});

test('a record that kills the function is delivered again', async () => {
  await produce(['before', 'bomb', 'after'], { partition: () => 1 });
  await caughtUp();
  expect(seen().filter(({ text }) => text === 'bomb')).toHaveLength(1);
  expect(stack.functions.find(({ id }) => id === 'Consumer')!.stats.crashes).toBeGreaterThan(0);
});

test('a record that never succeeds goes whole to the on-failure bucket, and its neighbours are delivered', async () => {
  await produce(['good', 'poison', 'fine'], { partition: () => 2 });
  await caughtUp();
  const s3 = new S3Client({ ...localClient(stack.endpoints.s3), forcePathStyle: true });
  const Bucket = stack.buckets[0]!.name;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: Contents[0]!.Key }));
  const document = JSON.parse(await Body!.transformToString()) as {
    payload: string;
    requestContext: { condition: string };
  };
  const { records } = JSON.parse(document.payload) as { records: Record<string, { value: string }[]> };
  expect(document.requestContext.condition).toBe('RetryAttemptsExhausted');
  expect(
    Object.values(records)
      .flat()
      .map(({ value }) => Buffer.from(value, 'base64').toString()),
  ).toEqual(['poison']);
  expect(seen().map(({ text }) => text)).toEqual(expect.arrayContaining(['good', 'fine']));
  expect(stack.mappings[0]!.counters).toMatchObject({
    DroppedEventCount: 0,
    OnFailureDestinationDeliveredEventCount: 1,
  });
  s3.destroy();
});
