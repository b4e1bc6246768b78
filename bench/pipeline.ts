import {
  CreateTableCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startDynamoDb } from '../local/dynamodb';
import { Processes } from '../local/processes';
import { ratio, type Bench } from './measure';

const root = resolve(__dirname, '..');
const runs = 3;
const EVENTS = 10_000;
/** As the sample's consumer sends them: the record, the order and its customer, 33 events in a transaction. */
const EVENTS_PER_TRANSACTION = 33;
const AT_ONCE = 4;
const CUSTOMERS = 500;

interface RunResult {
  readonly eventsPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

export const pipeline: Bench = {
  name: 'pipeline',
  claim: `npm start -- --no-fault (${EVENTS} events) beside DynamoDB Local alone taking the same transactions`,
  measure: async (say) => {
    const alone: number[] = [];
    const whole: RunResult[] = [];
    for (let n = 0; n < runs; n++) {
      alone.push(await storeAlone());
      whole.push(await wholeRun());
      say(`run ${n + 1}: store alone ${alone[n]?.toFixed(0)} events/s, pipeline ${whole[n]?.eventsPerSecond} events/s`);
    }
    const rates = whole.map(({ eventsPerSecond }) => eventsPerSecond);
    return [
      { what: 'pipeline', unit: 'events/s', values: rates },
      { what: 'store alone', unit: 'events/s', values: alone },
      ratio('pipeline / store alone', rates, alone),
      { what: 'accept to effect, p50', unit: 'ms', values: whole.map(({ latencyMs }) => latencyMs.p50) },
      { what: 'accept to effect, p99', unit: 'ms', values: whole.map(({ latencyMs }) => latencyMs.p99) },
    ];
  },
};

async function wholeRun(): Promise<RunResult> {
  const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');
  const flags = ['run', '--no-fault', '--json', '--events', String(EVENTS)];
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...flags], { cwd: root });
  return JSON.parse(stdout) as RunResult;
}

async function storeAlone(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
  const processes = new Processes({ logDir: dir });
  try {
    const { endpoint } = await startDynamoDb({ processes });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
    for (const name of ['idempotency', 'orders', 'customers']) await createTable(client, name);
    const started = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, (_, worker) => writer(client, worker)));
    return EVENTS / ((performance.now() - started) / 1000);
  } finally {
    await processes.stopAll();
    await rm(dir, { recursive: true, force: true });
  }
}

const createTable = (client: DynamoDBClient, name: string) =>
  client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );

/** Each writer has customers of its own, as each partition has keys of its own. */
async function writer(client: DynamoDBClient, worker: number): Promise<void> {
  const own = Array.from({ length: EVENTS / AT_ONCE }, (_, n) => n * AT_ONCE + worker);
  for (let at = 0; at < own.length; at += EVENTS_PER_TRANSACTION) {
    const items = own.slice(at, at + EVENTS_PER_TRANSACTION).flatMap(writesOf);
    await client.send(new TransactWriteItemsCommand({ TransactItems: items }));
  }
}

function writesOf(n: number): TransactWriteItem[] {
  const place = { M: { partition: { N: String(n % 6) }, offset: { N: String(n) }, id: { S: `order-${n}` } } };
  return [
    {
      Put: {
        TableName: 'idempotency',
        Item: {
          id: { S: String(n).padStart(64, '0') },
          state: { S: 'done' },
          content: { S: 'c'.repeat(64) },
          topic: { S: 'orders' },
          partition: { N: String(n % 6) },
          offset: { N: String(n) },
          settledAt: { N: '1790000000000' },
        },
        ConditionExpression: 'attribute_not_exists(#state)',
        ExpressionAttributeNames: { '#state': 'state' },
      },
    },
    {
      Update: {
        TableName: 'orders',
        Key: { id: { S: `order-${n}` } },
        UpdateExpression: 'ADD timesApplied :one SET customer = :customer, amount = :amount',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':customer': { S: 'customer' }, ':amount': { N: '100' } },
      },
    },
    {
      Update: {
        TableName: 'customers',
        Key: { id: { S: `customer-${n % CUSTOMERS}` } },
        UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :empty), :this)',
        ExpressionAttributeValues: { ':empty': { L: [] }, ':this': { L: [place] } },
      },
    },
  ];
}
