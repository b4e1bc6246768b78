import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { MSKEvent } from 'aws-lambda';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../lambdas/runtime/time/clock';
import { consumer, type ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import { recordBatch, type ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { json } from '../../../../lambdas/runtime/event/decode';
import { conflictKeyOf, deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { dynamoDbTransactions } from '../../../../lambdas/runtime/stores/dynamodb';
import { check, put, transactItem } from '../../../../lambdas/runtime/idempotency/operations';
import { startDynamoDb } from '../../../../local/dynamodb';
import { Processes } from '../../../../local/processes';
import { environment, kafkaEvent, MemoryObjects, reported, type Given } from '../simulation';
import { counting } from '../counting';
import { oneMore } from '../../../../testing';

/** The semantics the promise rests on, on DynamoDB Local. What it cannot do (conflict, throttling) is scripted elsewhere. */
jest.setTimeout(120_000);

let logDir: string;
let processes: Processes;
let client: DynamoDBClient;
let requests = 0;
const objects = new MemoryObjects();

beforeAll(async () => {
  logDir = mkdtempSync(join(tmpdir(), 'lossless-idempotency-'));
  processes = new Processes({ logDir });
  const { endpoint } = await startDynamoDb({ processes });
  client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  client.middlewareStack.add((next) => (args) => (requests++, next(args)), { step: 'initialize', name: 'count' });
  for (const [TableName, key] of [
    ['idempotency', 'key'],
    ['orders', 'id'],
  ] as const) {
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
});

afterAll(async () => {
  client.destroy();
  await processes.stopAll();
  rmSync(logDir, { recursive: true, force: true });
});

function deliver<T>(event: MSKEvent, options: ConsumerOptions<T>, leftMs = 60_000) {
  const variables = { LOSSLESS_CONSUMER_Billing: JSON.stringify(environment) };
  const deps = { variables, transactions: dynamoDbTransactions(client), objects, clock: systemClock };
  return consumer({ ...options, deps })(event, { getRemainingTimeInMillis: () => leftMs });
}
async function timesApplied(id: string): Promise<number> {
  const { Item } = await client.send(new GetItemCommand({ TableName: 'orders', Key: { id: { S: id } } }));
  return Item ? Number(unmarshall(Item)['n']) : 0;
}
const deliveryFor = (given: Given) =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0] as ConsumerRecord, environment);
async function recordOf(key: string) {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: 'idempotency', Key: { key: { S: key } }, ConsistentRead: true }),
  );
  return Item && unmarshall(Item);
}

describe('answers of DynamoDB', () => {
  const transact = (...operations: Parameters<typeof transactItem>[0][]) =>
    dynamoDbTransactions(client).transact(operations.map(transactItem));

  test('each item has its reason, in order, with the old item where it is asked for', async () => {
    await transact(put({ TableName: 'orders', Item: { id: 'there', n: 7 } }));
    const absent = { TableName: 'orders', ConditionExpression: 'attribute_not_exists(id)' };
    const outcome = await dynamoDbTransactions(client).transact([
      transactItem(oneMore('orders', 'answers-1')),
      { Put: { ...absent, Item: marshall({ id: 'there' }), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
    ]);
    expect(outcome).toMatchObject({
      kind: 'cancelled',
      reasons: [{ code: 'None' }, { code: 'ConditionalCheckFailed', item: { id: 'there', n: 7 } }],
    });
    expect(await timesApplied('answers-1')).toBe(0);
  });

  test('two operations on one item are invalid as a whole', async () => {
    expect(await transact(oneMore('orders', 'x'), oneMore('orders', 'x'))).toMatchObject({ kind: 'invalid' });
  });

  test('a missing table is refused, and no fault of the event', async () => {
    expect(await transact(put({ TableName: 'nowhere', Item: { id: 'a' } }))).toMatchObject({ kind: 'refused' });
  });

  test('nobody listening is unknown', async () => {
    const away = new DynamoDBClient({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    expect(await dynamoDbTransactions(away).transact([transactItem(oneMore('orders', 'x'))])).toMatchObject({
      kind: 'unknown',
    });
  });

  test('a record is read as it is, and undefined where there is none', async () => {
    await client.send(new PutItemCommand({ TableName: 'idempotency', Item: marshall({ key: 'k', state: 'done' }) }));
    const transactions = dynamoDbTransactions(client);
    expect(await transactions.read('idempotency', 'k')).toEqual({ key: 'k', state: 'done' });
    expect(await transactions.read('idempotency', 'none')).toBeUndefined();
  });
});

test('an event is applied once, however often it is delivered and by however many at once', async () => {
  const event = kafkaEvent(
    ...Array.from({ length: 60 }, (_, i): Given => ({ offset: i, id: `once-${i}`, key: `k${i % 20}` })),
  );
  const answers = await Promise.all(Array.from({ length: 4 }, () => deliver(event, counting)));
  answers.push(await deliver(event, counting));
  expect(answers.flatMap(reported)).toEqual([]);
  for (let i = 0; i < 60; i++) expect(await timesApplied(`once-${i}`)).toBe(1);
});

test('an answer lost after the commit applies nothing twice', async () => {
  let lost = 0;
  const real = dynamoDbTransactions(client);
  const transactions = {
    ...real,
    transact: async (items: Parameters<typeof real.transact>[0]) => {
      const outcome = await real.transact(items);
      return lost++ === 0 ? ({ kind: 'unknown', detail: 'TimeoutError' } as const) : outcome;
    },
  };
  const variables = { LOSSLESS_CONSUMER_Billing: JSON.stringify(environment) };
  const handler = consumer({ ...counting, deps: { variables, transactions, objects } });
  const answer = await handler(kafkaEvent({ offset: 1, id: 'lost-1' }, { offset: 2, id: 'lost-2' }), {
    getRemainingTimeInMillis: () => 60_000,
  });
  expect(reported(answer)).toEqual([]);
  expect([await timesApplied('lost-1'), await timesApplied('lost-2')]).toEqual([1, 1]);
});

test('a refused condition parks its event alone, and nothing of it is written', async () => {
  const write = (_: unknown, { event }: { event: { id: string } }) => [
    oneMore('orders', event.id),
    ...(event.id === 'cond-3'
      ? [check({ TableName: 'orders', Key: { id: 'none' }, ConditionExpression: 'attribute_exists(id)' })]
      : []),
  ];
  const given = Array.from({ length: 6 }, (_, i): Given => ({ offset: i, id: `cond-${i}`, key: `k${i}` }));
  expect(reported(await deliver(kafkaEvent(...given), { decode: json(), write }))).toEqual([]);
  expect(await recordOf(deliveryFor({ offset: 3, id: 'cond-3', key: 'k3' }).key)).toMatchObject({
    state: 'parked',
    reason: 'write-refused',
  });
  expect(await timesApplied('cond-3')).toBe(0);
  expect(await timesApplied('cond-4')).toBe(1);
});

test('an item that DynamoDB will never take parks its event alone', async () => {
  const write = (_: unknown, { event }: { event: { id: string } }) =>
    event.id === 'big-1'
      ? [put({ TableName: 'orders', Item: { id: 'big', text: 'x'.repeat(410_000) } })]
      : [oneMore('orders', event.id)];
  const given = Array.from({ length: 3 }, (_, i): Given => ({ offset: i, id: `big-${i}`, key: `k${i}` }));
  expect(reported(await deliver(kafkaEvent(...given), { decode: json(), write }))).toEqual([]);
  expect(await recordOf(deliveryFor({ offset: 1, id: 'big-1', key: 'k1' }).key)).toMatchObject({
    state: 'parked',
    reason: 'write-refused',
  });
  expect([await timesApplied('big-0'), await timesApplied('big-2')]).toEqual([1, 1]);
});

test('a wrong type in an update parks its event alone', async () => {
  await client.send(new PutItemCommand({ TableName: 'orders', Item: marshall({ id: 'type-1', n: 'text' }) }));
  const given = Array.from({ length: 3 }, (_, i): Given => ({ offset: i, id: `type-${i}`, key: `k${i}` }));
  expect(reported(await deliver(kafkaEvent(...given), counting))).toEqual([]);
  expect(await recordOf(deliveryFor({ offset: 1, id: 'type-1', key: 'k1' }).key)).toMatchObject({
    state: 'parked',
    reason: 'write-refused',
  });
});

test('a missing table of the user parks nothing and is reported', async () => {
  const write = () => [put({ TableName: 'not-deployed-yet', Item: { id: 'a' } })];
  const answer = await deliver(kafkaEvent({ offset: 1, id: 'table' }), { decode: json(), write }, 11_000);
  expect(reported(answer)).toEqual(['orders-0@1']);
  expect(await recordOf(deliveryFor({ offset: 1, id: 'table' }).key)).toBeUndefined();
});

test.each([undefined, '', 'my table'])(
  'a table of the user that is called %j parks nothing and is reported',
  async (name) => {
    const given = Array.from({ length: 30 }, (_, i): Given => ({ offset: i, id: `nameless-${i}`, key: `k${i}` }));
    const write = () => [put({ TableName: name as string, Item: { id: 'a' } })];
    const before = objects.names('dead-letters').length;
    expect(reported(await deliver(kafkaEvent(...given), { decode: json(), write }, 11_000))).toHaveLength(30);
    expect(objects.names('dead-letters')).toHaveLength(before);
    const records = await Promise.all(given.map((each) => recordOf(deliveryFor(each).key)));
    expect(records.filter((record) => record !== undefined)).toEqual([]);
  },
);

test.each([
  ['a tombstone', null],
  ['a number', 7],
])('%s that a handler takes for an item is parked, and does not hold up its key', async (what, value) => {
  const bad: Given = { offset: 1, id: `${what}-1`, key: 'k', value };
  const good: Given = { offset: 2, id: `${what}-2`, key: 'k', value: { id: what } };
  const write = (order: unknown) => [put({ TableName: 'orders', Item: order as Record<string, unknown> })];
  expect(reported(await deliver(kafkaEvent(bad, good), { decode: json(), write }))).toEqual([]);
  expect(await recordOf(deliveryFor(bad).key)).toMatchObject({ state: 'parked', reason: 'write-refused' });
  expect(await recordOf(deliveryFor(good).key)).toMatchObject({ state: 'done' });
});

test.each([
  ['parked', {}, 0, 'parked'],
  ['redriven', { generation: 2 }, 1, 'done'],
])('an event found %s of the same content', async (state, more, applied, after) => {
  const given = { offset: 1, id: `found-${state}` };
  const { key, content } = deliveryFor(given);
  await client.send(new PutItemCommand({ TableName: 'idempotency', Item: marshall({ key, content, state, ...more }) }));
  expect(reported(await deliver(kafkaEvent(given), counting))).toEqual([]);
  expect(await timesApplied(given.id)).toBe(applied);
  expect(await recordOf(key)).toMatchObject({ state: after });
});

test.each([
  [0, { state: 'redriven' }],
  [1, { state: 'redriven' }],
  [2, { state: 'parked', generation: 2 }],
])('an undecodable delivery of generation %p finds redriven (2)', async (generation, after) => {
  const headers = generation > 0 ? [['lossless-redrive', `billing:${generation}`] as const] : [];
  const given: Given = { offset: 1, id: `again-${generation}`, value: '{', headers };
  const { key, content } = deliveryFor(given);
  await client.send(
    new PutItemCommand({
      TableName: 'idempotency',
      Item: marshall({ key, content, state: 'redriven', generation: 2 }),
    }),
  );
  expect(reported(await deliver(kafkaEvent(given), counting))).toEqual([]);
  expect(await recordOf(key)).toMatchObject(after);
});

test('other content of the same id is parked under a key of its own', async () => {
  await deliver(kafkaEvent({ offset: 1, id: 'conflict', value: 1 }), counting);
  const other: Given = { offset: 2, id: 'conflict', value: 2 };
  expect(reported(await deliver(kafkaEvent(other), counting))).toEqual([]);
  expect(await timesApplied('conflict')).toBe(1);
  expect(await recordOf(conflictKeyOf(deliveryFor(other)))).toMatchObject({ state: 'parked', reason: 'id-conflict' });
});

test('1,000 events of one put each take at most 40 requests', async () => {
  const given = Array.from({ length: 1_000 }, (_, i): Given => ({ offset: i, id: `many-${i}`, key: `k${i}` }));
  const write = (_: unknown, { event }: { event: { id: string } }) => [
    put({ TableName: 'orders', Item: { id: event.id } }),
  ];
  const before = requests;
  expect(reported(await deliver(kafkaEvent(...given), { decode: json(), write }))).toEqual([]);
  expect(requests - before).toBeLessThanOrEqual(40);
  const { Count } = await client.send(
    new ScanCommand({
      TableName: 'orders',
      Select: 'COUNT',
      FilterExpression: 'begins_with(id, :m)',
      ExpressionAttributeValues: { ':m': { S: 'many-' } },
    }),
  );
  expect(Count).toBe(1_000);
});

test('one request of DynamoDB holds 100 items and no more', async () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ Put: { TableName: 'orders', Item: { id: { S: `limit-${i}` } } } }));
  await expect(client.send(new TransactWriteItemsCommand({ TransactItems: items(100) }))).resolves.toBeDefined();
  expect(await dynamoDbTransactions(client).transact(items(101))).toMatchObject({ kind: 'invalid' });
});
