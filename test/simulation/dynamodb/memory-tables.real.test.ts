import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordBatch, type ConsumerRecord } from '../../../lambdas/runtime/event/records';
import { CLAIM_LEASE_MS } from '../../../lambdas/runtime/contract';
import { claim, giveBack } from '../../../lambdas/runtime/idempotency/claim';
import { deliveryOf } from '../../../lambdas/runtime/idempotency/delivery';
import { dynamoDbTransactions } from '../../../lambdas/runtime/stores/dynamodb';
import { doneUpdate, doneUpdateByOwner } from '../../../lambdas/runtime/idempotency/done';
import { attemptUpdate, parkedPut } from '../../../lambdas/runtime/idempotency/record';
import type { Transactions } from '../../../lambdas/runtime/stores/tables';
import { beginBatch } from '../../../lambdas/runtime/ledger';
import { put, transactItem } from '../../../lambdas/runtime/idempotency/operations';
import { startDynamoDb } from '../../../local/dynamodb';
import { startHttpProxy, type HttpMode, type HttpProxy } from '../../../faults/proxies/http';
import { dynamoDbAccessDenied, dynamoDbRefusal, transactionConflicts } from '../../../faults/proxies/refusals';
import { Processes } from '../../../local/processes';
import { tablesClient, type TableTrouble } from '../../../simulation/dynamodb/client';
import { MemoryTables } from '../../../simulation/dynamodb/memory-tables';
import { VirtualClock } from '../../../simulation/time/virtual-clock';
import type { LinkTrouble } from '../../../simulation/network/link';
import { environment, kafkaEvent } from '../../lambdas/runtime/simulation';
import { sandboxed, ToldTroubles } from '../sandboxed';

/** The store of the simulations answers as DynamoDB does: what they show is true of the real one. */
jest.setTimeout(120_000);

let processes: Processes;
let client: DynamoDBClient;
let proxy: HttpProxy;
/** Behind the proxy, with the patience of a test. */
let far: DynamoDBClient;
const logDir = mkdtempSync(join(tmpdir(), 'lossless-memory-'));

beforeAll(async () => {
  processes = new Processes({ logDir });
  const { endpoint } = await startDynamoDb({ processes });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  proxy = await startHttpProxy(() => 0);
  proxy.aim(endpoint);
  const requestHandler = { requestTimeout: 300, throwOnRequestTimeout: true, httpAgent: { keepAlive: false } };
  far = new DynamoDBClient({ endpoint: proxy.endpoint, region: 'us-east-1', credentials, maxAttempts: 1, requestHandler }); // prettier-ignore
});
afterAll(async () => {
  client.destroy();
  far.destroy();
  await proxy.stop();
  await processes.stopAll();
  rmSync(logDir, { recursive: true, force: true });
});

const NOW = 1_767_225_600_000;
const deliveries = [
  { offset: 1, id: 'a', key: 'k' },
  { offset: 2, id: 'a', key: 'k' },
  { offset: 3, id: 'a', key: 'k', value: { other: 'content' } },
  { offset: 4, id: 'a', key: 'k', headers: [['lossless-redrive', 'billing:2']] as const },
].map((given) =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0] as ConsumerRecord, environment),
);

/** Everything the protocol asks of the table, on one event and one ledger. */
function operation(name: string, which: number, owner: string, table: string) {
  const delivery = deliveries[which % deliveries.length]!;
  const to = { table, doneSeconds: 60, nowMs: NOW };
  const cause = { reason: 'handler-error', detail: 'x' } as const;
  const instant = {
    now: () => NOW,
    monotonic: () => NOW,
    sleep: () => Promise.resolve(),
    random: () => 0,
    uuid: () => 'u',
    timer: () => () => undefined,
    soon: (act: () => void) => act(),
  };
  // A watcher whose time jumps by a lease with every look: it takes over what stands still.
  let now = NOW;
  const patient = { ...instant, monotonic: () => (now += CLAIM_LEASE_MS) };
  const place = (transactions: Transactions) => ({
    environment: { ...environment, table },
    transactions,
    clock: instant,
  });
  const parked = { ...to, object: 'o', cause, owner, effect: 'unknown' } as const;
  return async (on: Transactions): Promise<unknown> => {
    now = NOW;
    switch (name) {
      case 'done':
        return on.transact([
          doneUpdate(delivery, to),
          transactItem(put({ TableName: table, Item: { key: `effect-${which}` } })),
        ]);
      case 'done by owner':
        return on.transact([doneUpdateByOwner(delivery, owner, to)]);
      case 'park':
        return on.transact([parkedPut(delivery, delivery.key, { kind: 'open', effect: 'none' }, parked)]);
      case 'park by owner':
        return on.transact([parkedPut(delivery, delivery.key, { kind: 'mine', owner, generation: 1 }, parked)]);
      case 'park redriven': {
        const from = { kind: 'redriven', later: false, generation: which % 2, effect: 'none' } as const;
        return on.transact([parkedPut(delivery, delivery.key, from, parked)]);
      }
      case 'attempt':
        return on.update(attemptUpdate(delivery, { table, owner, by: `code/${which}`, count: 1 }));
      case 'claim':
        return claim(delivery, owner, { ...place(on), clock: patient }, AbortSignal.timeout(5_000));
      case 'give back':
        return giveBack(delivery, owner, place(on));
      case 'begin': {
        const batch = {
          topic: 'orders',
          partition: 0,
          stretch: [which, which + 1] as const,
          id: owner,
          lifeMs: 60_000,
        };
        const ledger = await beginBatch(batch, place(on), AbortSignal.timeout(5_000));
        await ledger?.mark(which, () => false);
        const suspect = { offset: which, stage: 'handler', source: 'shop' } as const;
        const nothing = { succeededSince: false, hasDecoded: false, parkUpTo: false };
        const allowed = await ledger?.ask(suspect, nothing, [suspect]);
        if (which === 2) return allowed;
        return ledger?.end(
          { prefix: [{ offset: which, as: 'applied' }], unsettledFrom: which + 1 },
          AbortSignal.timeout(5_000),
        );
      }
      default:
        return on.read(table, delivery.key);
    }
  };
}

const makeTable = (TableName: string) =>
  client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );

/** An answer without DynamoDB's words for people. */
const told = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer ?? null, (name, value: unknown) =>
      name === 'message' || name === 'detail' ? undefined : value,
    ),
  );

const operations = fc.array(
  fc.tuple(
    fc.constantFrom('done', 'done by owner', 'park', 'park by owner', 'attempt', 'claim', 'give back', 'begin', 'read'),
    fc.nat(3),
    fc.constantFrom('me', 'you'),
  ),
  { minLength: 1, maxLength: 12 },
);

test('the simulated table answers everything the protocol asks as DynamoDB does, and holds the same items after it', async () => {
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(operations, fc.boolean(), async (asked, redriven) => {
      const TableName = `trial-${tables++}`;
      await makeTable(TableName);
      const clock = Object.assign(new VirtualClock(), { sleep: () => Promise.resolve() });
      const memory = new MemoryTables({ [TableName]: 'key' }, clock);
      const real = dynamoDbTransactions(client);
      if (redriven) {
        const { key, content } = deliveries[0]!;
        const item = { key, content, state: 'redriven', generation: 2, object: 'o' };
        for (const each of [memory, real]) await each.transact([transactItem(put({ TableName, Item: item }))]);
      }
      for (const [name, which, owner] of asked) {
        const act = operation(name, which, owner, TableName);
        expect({ name, answer: told(await act(memory)) }).toEqual({ name, answer: told(await act(real)) });
      }
      const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
      const sorted = (items: Record<string, unknown>[]) =>
        items.sort((a, b) => (String(a['key']) < String(b['key']) ? -1 : 1));
      expect(sorted(memory.items(TableName))).toEqual(sorted(Items.map((item) => unmarshall(item))));
    }),
    { numRuns: 40 },
  );
});

test('an event that was sent back and is applied keeps the number of its redrive: a delivery of that redrive which stood still parks nothing once it is sent back again', async () => {
  const TableName = 'numbers';
  await makeTable(TableName);
  const delivery = deliveries[0]!;
  const { key, content } = delivery;
  const to = { table: TableName, doneSeconds: 60, nowMs: NOW };
  const cause = { reason: 'handler-error', detail: 'x' } as const;
  const from = { kind: 'redriven', later: false, generation: 1, effect: 'none' } as const;
  const stoodStill = parkedPut(delivery, key, from, { ...to, object: 'long deleted', cause, owner: 'me', effect: 'none' }); // prettier-ignore
  const clock = Object.assign(new VirtualClock(), { sleep: () => Promise.resolve() });
  for (const on of [new MemoryTables({ [TableName]: 'key' }, clock), dynamoDbTransactions(client)]) {
    const redriven = { key, content, state: 'redriven', generation: 1, object: 'o', source: 's', id: 'a', reason: 'handler-error', effect: 'none', owner: 'me' }; // prettier-ignore
    await on.transact([transactItem(put({ TableName, Item: redriven }))]);
    expect(await on.transact([doneUpdate(delivery, to)])).toEqual({ kind: 'committed' });
    const { topic, partition, offset, timestamp } = delivery.record;
    expect(await on.read(TableName, key)).toEqual({
      ...{ key, content, state: 'done', generation: 1, topic, partition, offset, timestamp },
      ...{ settledAt: NOW, expiresAt: NOW / 1_000 + 60 },
    });
    await on.update({
      TableName,
      Key: { key: { S: key } },
      UpdateExpression: 'SET #state = :redriven, #effect = :none ADD #generation :one',
      ExpressionAttributeNames: { '#state': 'state', '#effect': 'effect', '#generation': 'generation' },
      ExpressionAttributeValues: { ':redriven': { S: 'redriven' }, ':none': { S: 'none' }, ':one': { N: '1' } },
    });
    expect(await on.transact([stoodStill])).toMatchObject({ kind: 'cancelled', reasons: [{ code: 'ConditionalCheckFailed' }] }); // prettier-ignore
  }
});

test.each([
  [undefined],
  [''],
  ['ab'],
  ['my table'],
  ['x'.repeat(256)],
  ['not-there'],
  ['arn:aws:dynamodb:us-east-1:1:table/orders'],
])(
  'the simulated table answers a request for a table called %j as DynamoDB does, alone, before and after one that is not there',
  async (TableName) => {
    const memory = new MemoryTables({}, Object.assign(new VirtualClock(), { sleep: () => Promise.resolve() }));
    const writes = [TableName, 'neither'].map((name) => ({ Put: { TableName: name, Item: { id: { S: 'a' } } } }));
    const input = { TableName, Key: { id: { S: 'a' } }, UpdateExpression: 'SET n = id' };
    const answers = async (on: Transactions) => [
      ...[await on.transact(writes.slice(0, 1)), await on.transact(writes), await on.transact([...writes].reverse())],
      await on.update(input),
    ];
    const kinds = async (on: Transactions) => (await answers(on)).map(({ kind }) => kind);
    expect(await kinds(memory)).toEqual(await kinds(dynamoDbTransactions(client)));
  },
);

const refusing = (type: string, status?: number): HttpMode => ({ kind: 'refuse', share: 1, refusals: [dynamoDbRefusal(type, 'no', status)] }); // prettier-ignore
const CALLS = ['transact', 'update', 'read', 'readMany'] as const;
type Call = (typeof CALLS)[number];

/** What may go wrong with a request in a simulation, and the fault of a real one on which the product's client says the same. */
const TROUBLES: readonly [TableTrouble | LinkTrouble, Partial<Record<Call, HttpMode>>][] = [
  ['throttled', Object.fromEntries(CALLS.map((call) => [call, refusing('ThrottlingException')]))],
  [
    'conflict',
    {
      transact: { kind: 'refuse', share: 1, refusals: [transactionConflicts[0]!] },
      update: refusing('TransactionConflictException'),
    },
  ],
  ['server-error', Object.fromEntries(CALLS.map((call) => [call, refusing('InternalServerError', 500)]))],
  ['refused', Object.fromEntries(CALLS.map((call) => [call, { kind: 'refuse', share: 1, refusals: [dynamoDbAccessDenied] }]))], // prettier-ignore
  ['no-reasons', { transact: refusing('TransactionCanceledException') }],
  ['answer-lost', { transact: { kind: 'lose-answers', share: 1 }, update: { kind: 'lose-answers', share: 1 } }],
  ['request-lost', Object.fromEntries(CALLS.map((call) => [call, { kind: 'silent' }]))],
];

test.each(
  TROUBLES.flatMap(([trouble, modes]) =>
    Object.entries(modes).map(([call, mode]) => [trouble, call as Call, mode] as const),
  ),
)(
  'a simulated request with %s (%s) ends as the product tells it of DynamoDB, and leaves the same items',
  async (trouble, call, mode) => {
    const TableName = `client-${trouble}-${call}`;
    await makeTable(TableName);
    const { scheduler, home, way, link, run } = sandboxed();
    const troubles = new ToldTroubles<TableTrouble>();
    const tables = new MemoryTables({ [TableName]: 'key' }, scheduler);
    const model = tablesClient({ tables, home, link, troubles });
    const asked = (on: Transactions): Promise<unknown> => {
      const answer = {
        transact: () => on.transact([{ Put: { TableName, Item: { key: { S: 'a' } } } }, { Put: { TableName, Item: { key: { S: 'b' } } } }], 300), // prettier-ignore
        update: () => on.update({ TableName, Key: { key: { S: 'a' } }, UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': { N: '1' } } }, 300), // prettier-ignore
        read: () => on.read(TableName, 'a'),
        readMany: () => on.readMany(TableName, ['a', 'b']),
      }[call]();
      return answer.then(told, ({ name }: Error) => ({ rejected: name }));
    };
    for (const each of [troubles, way]) each.left.set(trouble, 1);
    const ours = await run(asked(model));
    proxy.set(mode);
    const theirs = await asked(dynamoDbTransactions(far));
    proxy.set({ kind: 'pass' });
    expect(ours).toEqual(theirs);
    const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
    expect(tables.items(TableName).length).toBe(Items.length);
  },
);
