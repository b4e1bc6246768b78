import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import type { Context, MSKEvent } from 'aws-lambda';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumer, json, put, type Transactions } from '../lambdas/runtime';
import type { ConsumerEnvironment } from '../lambdas/runtime/contract';
import { dynamoDbTransactions } from '../lambdas/runtime/stores/dynamodb';
import { startDynamoDb } from '../local/dynamodb';
import { Processes } from '../local/processes';
import { ratio, type Bench, type Row } from './measure';

const RECORDS = 1_000;
const PARTITIONS = 3;
const ROUNDS = 5;
const BEST_CONCURRENCY = [50, 100, 200];
const NO_OP_RECORDS = 10_000;

export const consumerBench: Bench = {
  name: 'consumer',
  claim: `${RECORDS} new records, one put each, beside Powertools idempotency (one makeIdempotent per record) on the same DynamoDB Local`,
  measure: async (say, { quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    const processes = new Processes({ logDir: dir });
    try {
      const { endpoint } = await startDynamoDb({ processes });
      const store = await storeAt(endpoint);
      const rows = await compared(store, quick ? 2 : ROUNDS, say);
      return [...rows, ...(await overhead(quick ? 2 : ROUNDS)), ...(await memory())];
    } finally {
      await processes.stopAll();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** One client for both sides, whose requests and consumed capacity are counted. */
interface Store {
  readonly client: DynamoDBClient;
  readonly counted: { requests: number; capacity: number };
}

async function storeAt(endpoint: string): Promise<Store> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config: DynamoDBClientConfig = { endpoint, region: 'us-east-1', credentials };
  const client = new DynamoDBClient(config);
  const counted = { requests: 0, capacity: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      counted.requests++;
      const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
      const result = await next({ ...args, input: input });
      counted.capacity += capacityOf(result.output);
      return result;
    },
    { step: 'initialize', name: 'counted' },
  );
  const tables = [
    ['idempotency', 'key'],
    ['powertools', 'id'],
    ['orders', 'id'],
  ] as const;
  for (const [TableName, key] of tables) {
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  return { client, counted };
}

function capacityOf(output: unknown): number {
  const { ConsumedCapacity: consumed } = output as { ConsumedCapacity?: unknown };
  const each = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  return each.reduce((sum, part) => sum + (part?.CapacityUnits ?? 0), 0);
}

interface Run {
  readonly ms: number;
  readonly requests: number;
  readonly capacity: number;
}

async function compared(store: Store, rounds: number, say: (line: string) => void): Promise<Row[]> {
  const theirs = await powertoolsSide(store);
  let batch = 0;
  const timed = async (side: (event: MSKEvent) => Promise<unknown>): Promise<Run> => {
    const event = recordsOf(batch++, RECORDS);
    Object.assign(store.counted, { requests: 0, capacity: 0 });
    const started = performance.now();
    await side(event);
    return { ms: performance.now() - started, ...store.counted };
  };
  const ours = oursOn(dynamoDbTransactions(store.client));
  // Both warm, and the store's compiler too.
  for (let warm = 0; warm < 2; warm++) {
    await timed(ours);
    await timed((event) => theirs(event, 100));
  }
  const best = { concurrency: 0, ms: Infinity };
  for (const concurrency of BEST_CONCURRENCY) {
    const { ms } = await timed((event) => theirs(event, concurrency));
    if (ms < best.ms) Object.assign(best, { concurrency, ms });
  }
  const runs: Record<'ours' | 'best' | 'serial', Run[]> = { ours: [], best: [], serial: [] };
  for (let round = 0; round < rounds; round++) {
    runs.ours.push(await timed(ours));
    runs.best.push(await timed((event) => theirs(event, best.concurrency)));
    runs.serial.push(await timed((event) => theirs(event, 1)));
    say(
      `round ${round + 1}: ours ${runs.ours.at(-1)!.ms.toFixed(0)} ms, Powertools ${runs.best.at(-1)!.ms.toFixed(0)} and ${runs.serial.at(-1)!.ms.toFixed(0)} ms`,
    );
  }
  const of = (side: keyof typeof runs, what: keyof Run) => runs[side].map((run) => run[what]);
  const named = {
    ours: 'ours',
    best: `Powertools, ${best.concurrency} at once`,
    serial: 'Powertools, one by one',
  } as const;
  const rows = (Object.keys(named) as (keyof typeof named)[]).flatMap((side): Row[] => [
    { what: `${named[side]}: time`, unit: 'ms', values: of(side, 'ms') },
    { what: `${named[side]}: requests`, unit: '', values: of(side, 'requests') },
    { what: `${named[side]}: capacity`, unit: 'units', values: of(side, 'capacity') },
  ]);
  return [
    ...rows,
    ratio('Powertools at its best / ours: time', of('best', 'ms'), of('ours', 'ms')),
    ratio('Powertools one by one / ours: time', of('serial', 'ms'), of('ours', 'ms')),
    ratio('Powertools / ours: requests', of('best', 'requests'), of('ours', 'requests')),
  ];
}

const environment: ConsumerEnvironment = {
  ...{ cluster: 'arn:bench', topic: 'orders', group: 'bench', table: 'idempotency', deadLetters: 'none' },
  ...{ timeMarginMs: 1_000, doneSeconds: 86_400 },
};
export const silent = {
  ...{ received: () => undefined, applied: () => undefined, duplicate: () => undefined, parked: () => undefined },
  canary: () => undefined,
  ...{ retried: () => undefined, breakerOpen: () => undefined, flush: () => undefined },
};
const LAMBDA = { getRemainingTimeInMillis: () => 600_000 };

function oursOn(transactions: Transactions) {
  const handler = consumer({
    decode: json(),
    write: (_, { event }) => [put({ TableName: 'orders', Item: { id: event.id } })],
    deps: { variables: { LOSSLESS_CONSUMER_Bench: JSON.stringify(environment) }, transactions, meter: silent },
  });
  return async (event: MSKEvent): Promise<void> => {
    const { batchItemFailures } = await handler(event, LAMBDA);
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} records not settled`);
  };
}

/** As much of Powertools as is used here: it lives in bench/package.json, which the project's own types do not know. */
interface Powertools {
  readonly makeIdempotent: (
    effect: (payload: { id: string }) => Promise<string>,
    options: object,
  ) => (payload: { id: string }) => Promise<string>;
  readonly IdempotencyConfig: new (options: object) => { registerLambdaContext(context: Context): void };
  readonly DynamoDBPersistenceLayer: new (options: { tableName: string; awsSdkV3Client: DynamoDBClient }) => object;
}

async function powertools(): Promise<Powertools> {
  const parts = ['@aws-lambda-powertools/idempotency', '@aws-lambda-powertools/idempotency/dynamodb'];
  try {
    const modules = (await Promise.all(parts.map((name) => import(name)))) as object[];
    return Object.assign({}, ...modules) as Powertools;
  } catch (cause) {
    throw new Error('Powertools: got no module, want the one of bench/package.json; run `npm install` in bench/', {
      cause,
    });
  }
}

/** As its documentation shows it: one idempotent function, called for each record; its effect is the same put. */
async function powertoolsSide({ client }: Store): Promise<(event: MSKEvent, concurrency: number) => Promise<void>> {
  const { makeIdempotent, IdempotencyConfig, DynamoDBPersistenceLayer } = await powertools();
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'powertools', awsSdkV3Client: client });
  const config = new IdempotencyConfig({});
  config.registerLambdaContext({ ...LAMBDA } as unknown as Context);
  const apply = makeIdempotent(
    async ({ id }: { id: string }) => {
      await client.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: id } } }));
      return id;
    },
    { persistenceStore, config },
  );
  return async (event, concurrency) => {
    const records = Object.values(event.records).flat();
    const ids = records.map(({ headers }) => Buffer.from(headers[1]!['ce_id']!).toString());
    const worker = async () => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) await apply({ id });
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  };
}

/** A batch as the mapping hands it over. */
export function recordsOf(batch: number, count: number, bytes = 100): MSKEvent {
  const records: Record<string, unknown[]> = {};
  const value = Buffer.from(JSON.stringify({ amount: 1, note: 'x'.repeat(bytes) })).toString('base64');
  for (let i = 0; i < count; i++) {
    const partition = i % PARTITIONS;
    const header = (name: string, text: string) => ({ [name]: [...Buffer.from(text)] });
    (records[`orders-${partition}`] ??= []).push({
      ...{
        topic: 'orders',
        partition,
        offset: batch * count + i,
        timestamp: 1_767_225_600_000,
        timestampType: 'LOG_APPEND_TIME',
      },
      ...{ key: Buffer.from(`k${batch}-${i}`).toString('base64'), value },
      headers: [
        header('ce_specversion', '1.0'),
        header('ce_id', `e${batch}-${i}`),
        header('ce_source', 'bench'),
        header('ce_type', 't'),
      ],
    });
  }
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:bench',
    bootstrapServers: '',
    records,
  } as unknown as MSKEvent;
}

/** A store that answers at once: what is left is the runtime's own work. */
const instant: Transactions = {
  transact: () => Promise.resolve({ kind: 'committed' }),
  update: () => Promise.resolve({ kind: 'written', item: { version: 1 } }),
  read: () => Promise.resolve(undefined),
  readMany: () => Promise.resolve(new Map()),
};

async function overhead(rounds: number): Promise<Row[]> {
  const handler = consumer({
    decode: json(),
    write: () => [],
    deps: { variables: { LOSSLESS_CONSUMER_Bench: JSON.stringify(environment) }, transactions: instant, meter: silent },
  });
  const micros: number[] = [];
  for (let round = 0; round < rounds + 2; round++) {
    const event = recordsOf(round, NO_OP_RECORDS, 10);
    const started = performance.now();
    await handler(event, LAMBDA);
    micros.push(((performance.now() - started) * 1_000) / NO_OP_RECORDS);
  }
  return [{ what: `no effect, no store, ${NO_OP_RECORDS} records`, unit: 'µs a record', values: micros.slice(2) }];
}

/** Resident memory a batch of 6 MB adds at its end. */
async function memory(): Promise<Row[]> {
  const handler = oursOn(instant);
  const before = process.memoryUsage();
  const event = recordsOf(1, 1_000, 4_100);
  await handler(event);
  const after = process.memoryUsage();
  return [
    {
      what: `${(JSON.stringify(event).length / 1e6).toFixed(1)} MB batch: memory`,
      unit: 'MB',
      values: [(after.rss - before.rss) / 1e6],
    },
  ];
}
