/**
 * Whole bundled handlers, each in a process of its own, on the Node that runs this test: `npm run nodes` runs it on each
 * that Lambda has. What they answer is written down here once, so it is the same on all of them.
 */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startBrokers, type Brokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { startDynamoDb } from '../../local/dynamodb';
import { startMinistack } from '../../local/ministack';
import { Processes } from '../../local/processes';
import { createBuckets, createTables, localClient } from '../../local/stores';
import { environment, kafkaEvent, type Given } from '../lambdas/runtime/simulation';
import { producerEnvironment } from '../lambdas/runtime/simulation/scripted-producer';
import { bundleHandlers, INVOKE, sandboxVariables } from './sandbox';
import { valuesIn } from './values-in';

jest.setTimeout(180_000);

/** Neighbours above 2^53, which JavaScript makes one number of. */
const INEXACT = ['9007199254740993', '1524831183200260097', '-9007199254740993', '1e400'];
let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
let s3: S3Client;
let dynamodb: DynamoDBClient;
let variables: NodeJS.ProcessEnv;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-nodes-'));
  bundleHandlers(dir, { files: [join(__dirname, 'publish.ts'), join(__dirname, 'billing.ts')] });
  processes = new Processes({ logDir: join(dir, 'logs') });
  const starting = [startMinistack({ dir, processes }), startDynamoDb({ processes })] as const;
  brokers = await startBrokers({ dir, processes });
  admin = new ClusterAdmin(brokers.direct);
  const configs = { 'min.insync.replicas': '2' };
  await admin.createTopic({ name: 'orders', partitions: 1, replicationFactor: 3, configs });
  const [objects, tables] = (await Promise.all(starting)).map(({ endpoint }) => endpoint) as [string, string];
  const bucket = (name: string) => ({ name, versioned: true }) as never;
  await createBuckets(objects, ['spill', 'dead-letters', 'on-failure'].map(bucket));
  await createTables(tables, [tableOf('idempotency', 'key'), tableOf('orders', 'id')]);
  s3 = new S3Client(localClient(objects));
  dynamodb = new DynamoDBClient(localClient(tables));
  variables = variablesFor(objects, tables);
});

afterAll(async () => {
  s3.destroy();
  dynamodb.destroy();
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const tableOf = (name: string, key: string) =>
  ({
    name,
    create: {
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    },
  }) as never;

function variablesFor(objects: string, tables: string): NodeJS.ProcessEnv {
  const { cluster, topic, deadLetters, spill } = producerEnvironment;
  return {
    ...sandboxVariables(objects),
    AWS_ENDPOINT_URL_DYNAMODB: tables,
    LOSSLESS_INGEST: JSON.stringify({ unnamedCallers: 'a test' }),
    LOSSLESS_PRODUCER_Orders: JSON.stringify({ ...producerEnvironment, brokers: brokers.bootstrap }),
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill, deadLetters }),
    LOSSLESS_CONSUMER_Billing: JSON.stringify(environment),
    LOSSLESS_UNPACK_Billing: JSON.stringify({ ...environment, onFailure: 'on-failure' }),
  };
}

interface Answered {
  readonly answers: readonly unknown[];
  /** What stands in its standard error beside its own log: warnings of Node, traces of what nobody caught. */
  readonly warnings: readonly string[];
}

/** Hands the events to one sandbox, one after the other. Its connections stay open for a moment after, as between two events. */
async function invoke(handler: string, ...events: readonly unknown[]): Promise<Answered> {
  const file = join(dir, handler, 'index.js');
  const sandbox = fork(INVOKE, [file], { env: variables, execArgv: [], silent: true });
  let stderr = '';
  sandbox.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  sandbox.stdout?.resume();
  const died = once(sandbox, 'exit').then(() => Promise.reject(new Error(`${handler} ended by itself:\n${stderr}`)));
  const answers: unknown[] = [];
  try {
    for (const event of events) {
      const said = once(sandbox, 'message');
      sandbox.send(event as object);
      answers.push((await Promise.race([said, died]))[0]);
    }
    await Promise.race([wait(300), died]);
  } finally {
    died.catch(() => undefined);
    sandbox.kill('SIGKILL');
  }
  return { answers, warnings: stderr.split('\n').filter((line) => line !== '' && !isLogged(line)) };
}

const isLogged = (line: string): boolean => line.startsWith('{"level":"');

const posted = (body: string) => ({
  headers: { 'content-type': 'application/cloudevents+json' },
  body,
  isBase64Encoded: false,
  requestContext: {},
});
const outcomesOf = (answers: readonly unknown[]): unknown[] =>
  (answers as { answer: { statusCode: number; body: string } }[]).map(({ answer: { statusCode, body } }) => [
    statusCode,
    ((JSON.parse(body) as { results?: { outcome: string }[] }).results ?? []).map(({ outcome }) => outcome),
  ]);

test('the door publishes every number as it was written, refuses what is no JSON, and warns of nothing', async () => {
  const order = (number: string) => `{"id":"d${number}","type":"order.placed","data":{"n":${number}}}`;
  const { answers, warnings } = await invoke('ingest', ...INEXACT.map(order).map(posted), posted(order('01')));
  expect(outcomesOf(answers)).toEqual([...INEXACT.map(() => [202, ['acked']]), [400, []]]);
  expect(await valuesIn(brokers.direct, 'orders', INEXACT.length)).toEqual(INEXACT.map((number) => `{"n":${number}}`));
  expect(warnings).toEqual([]);
});

test('a function that publishes is told of a number that JSON readers change, and what is exact is acknowledged', async () => {
  const { answers, warnings } = await invoke(
    'publish',
    { id: 'p1', data: { n: 2 ** 53 } },
    { id: 'p2', data: { n: 2 ** 53 - 1 } },
  );
  const reason = expect.stringContaining('event data.n: got a value that JSON cannot hold (9007199254740992') as string;
  expect(answers).toEqual([
    { answer: { kind: 'rejected', id: 'p1', source: 'urn:test', code: 'INVALID_EVENT', reason } },
    { answer: expect.objectContaining({ kind: 'acked', id: 'p2' }) as object },
  ]);
  expect(warnings).toEqual([]);
});

test('json() hands on what is exact and parks what is not, and warns of nothing', async () => {
  const numbers = [...INEXACT, '9007199254740991', '0.1'];
  const given = numbers.map((number, offset): Given => ({
    offset,
    id: `c${offset}`,
    key: 'k',
    value: `{"n":${number}}`,
  }));
  const { answers, warnings } = await invoke('billing', kafkaEvent(...given));
  expect(answers).toEqual([{ answer: { batchItemFailures: [] } }]);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'orders', ConsistentRead: true }));
  expect(Items.map((item) => unmarshall(item)).sort((a, b) => (a['id'] < b['id'] ? -1 : 1))).toEqual([
    { id: 'c4', data: { n: 9007199254740991 } },
    { id: 'c5', data: { n: 0.1 } },
  ]);
  expect(await parkedValues()).toEqual(INEXACT.map((number) => `{"n":${number}}`));
  expect(warnings).toEqual([]);
});

async function parkedValues(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'dead-letters' }));
  const texts = Contents.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'dead-letters', Key }));
    const { value } = JSON.parse((await Body?.transformToString()) ?? '') as { value: string };
    return Buffer.from(value, 'base64').toString();
  });
  return Promise.all(texts);
}

test('replay and unpack, woken with nothing to do, say so and warn of nothing', async () => {
  const replayed = await invoke('replay', {});
  const unpacked = await invoke('unpack', {});
  expect(replayed).toEqual({ answers: [{ answer: [{ replayed: 0, parked: 0, left: 0 }] }], warnings: [] });
  expect(unpacked).toEqual({ answers: [{ answer: expect.objectContaining({ objects: 0 }) as object }], warnings: [] });
});
