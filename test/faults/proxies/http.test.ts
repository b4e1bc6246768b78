import {
  DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { startHttpProxy, type HttpMode, type HttpProxy } from '../../../faults/proxies/http';
import {
  dynamoDbAccessDenied,
  dynamoDbServerErrors,
  dynamoDbThrottling,
  s3Refusals,
  throttledLedgers,
  transactionConflicts,
} from '../../../faults/proxies/refusals';

/** Carries out everything it is asked, and remembers it. */
class Store {
  readonly carriedOut: {
    readonly method: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[] = [];
  connections = 0;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Store> {
    const server = createServer();
    const store = new Store(server);
    server.on('connection', () => (store.connections += 1));
    server.on('request', (request, response) => void store.answer(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.carriedOut.push({
      method: request.method ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'x-store': 'mine' });
    response.end(request.method === 'GET' ? 'an object' : '{}');
  }
}

let store: Store;
let proxy: HttpProxy;
let random = 0.5;

beforeEach(async () => {
  random = 0.5;
  store = await Store.start();
  proxy = await startHttpProxy(() => random);
  proxy.aim(store.endpoint);
});

afterEach(async () => {
  await proxy.stop();
  await store.stop();
});

const access = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };
const dynamodb = () => new DynamoDBClient({ ...access, endpoint: proxy.endpoint });
const s3 = () => new S3Client({ ...access, endpoint: proxy.endpoint, forcePathStyle: true });
const put = new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' } } });
const item = { Put: { TableName: 'orders', Item: { id: { S: '1' } } } };
const transaction = new TransactWriteItemsCommand({ TransactItems: [item, item, item] });
const object = new PutObjectCommand({ Bucket: 'spill', Key: 'a', Body: 'text', IfNoneMatch: '*' });
const nameOf = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'done',
    (error: Error) => error.name,
  );

test('in pass mode a request and its answer go through as they are, over connections that are kept', async () => {
  const [tables, objects] = [dynamodb(), s3()];
  for (let n = 0; n < 20; n++) await tables.send(put);
  await objects.send(object);
  const got = await objects.send(new GetObjectCommand({ Bucket: 'spill', Key: 'a' }));
  expect(await got.Body?.transformToString()).toBe('an object');
  expect(store.carriedOut).toHaveLength(22);
  expect(store.carriedOut[0]?.headers['x-amz-target']).toBe('DynamoDB_20120810.PutItem');
  expect(JSON.parse(store.carriedOut[0]?.body ?? '')).toEqual(put.input);
  expect(store.carriedOut[20]?.headers['if-none-match']).toBe('*');
  expect(store.connections).toBe(1);
});

test('a slow store carries everything out', async () => {
  proxy.set({ kind: 'slow', ms: 20, jitterMs: 20 });
  await dynamodb().send(put);
  expect(proxy.set({ kind: 'pass' })).toBe(1);
});

test('a store that is down resets connections, carries nothing out, and is there again when healed', async () => {
  const client = dynamodb();
  await client.send(put);
  proxy.set({ kind: 'down' });
  expect(await nameOf(client.send(put))).not.toBe('done');
  expect(await nameOf(dynamodb().send(put))).not.toBe('done');
  expect(store.carriedOut).toHaveLength(1);
  expect(proxy.set({ kind: 'pass' })).toBeGreaterThanOrEqual(2);
  expect(await nameOf(client.send(put))).toBe('done');
});

test('a silent store never answers and carries nothing out; healed, the caller hears of a broken connection', async () => {
  proxy.set({ kind: 'silent' });
  let settled = false;
  const answer = nameOf(dynamodb().send(put)).finally(() => (settled = true));
  await wait(200);
  expect(settled).toBe(false);
  expect(proxy.set({ kind: 'pass' })).toBe(1);
  expect(await answer).not.toBe('done');
  expect(store.carriedOut).toHaveLength(0);
});

test('an answer that is lost: the store has carried it out, and the caller does not hear of it', async () => {
  proxy.set({ kind: 'lose-answers', share: 1 });
  expect(await nameOf(dynamodb().send(put))).not.toBe('done');
  expect(await nameOf(s3().send(object))).not.toBe('done');
  expect(store.carriedOut).toHaveLength(2);
  expect(proxy.set({ kind: 'pass' })).toBe(2);
});

test.each([0.39, 0.41])('a share of 0.4 hits what is drawn below it (%p)', async (drawn) => {
  random = drawn;
  proxy.set({ kind: 'lose-answers', share: 0.4 });
  expect((await nameOf(dynamodb().send(put))) === 'done').toBe(drawn > 0.4);
});

const refuse = (...refusals: Extract<HttpMode, { kind: 'refuse' }>['refusals']): HttpMode => ({
  kind: 'refuse',
  share: 1,
  refusals,
});

test.each([
  ['ProvisionedThroughputExceededException', dynamoDbThrottling[0]!],
  ['ThrottlingException', dynamoDbThrottling[1]!],
  ['RequestLimitExceeded', dynamoDbThrottling[2]!],
  ['InternalServerError', dynamoDbServerErrors[0]!],
  ['ServiceUnavailable', dynamoDbServerErrors[1]!],
  ['AccessDeniedException', dynamoDbAccessDenied],
])('the SDK reads a refusal of DynamoDB as %s, and nothing is carried out', async (name, refusal) => {
  proxy.set(refuse(refusal));
  expect(await nameOf(dynamodb().send(put))).toBe(name);
  expect(store.carriedOut).toHaveLength(0);
});

test.each([
  ['the record of an event', 0, ['TransactionConflict', 'None', 'None']],
  ['what its users write', 1, ['None', 'None', 'TransactionConflict']],
])(
  'a conflict over %s gives a reason for each item, and other operations never conflict',
  async (_, which, reasons) => {
    proxy.set(refuse(transactionConflicts[which]!));
    const error = await dynamodb()
      .send(transaction)
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransactionCanceledException);
    const { CancellationReasons } = error as TransactionCanceledException;
    expect(CancellationReasons?.map(({ Code }) => Code)).toEqual(reasons);
    expect(await nameOf(dynamodb().send(put))).toBe('done');
  },
);

test('ledgers are throttled from the next transaction on, and whatever else is written is carried out', async () => {
  proxy.set(refuse(...throttledLedgers()));
  const update = (key: string) =>
    nameOf(dynamodb().send(new UpdateItemCommand({ TableName: 'idempotency', Key: { key: { S: key } } })));
  expect(await update('ledger/orders/0')).toBe('done');
  expect(await nameOf(dynamodb().send(transaction))).toBe('done');
  expect(await update('ledger/orders/0')).toBe('ProvisionedThroughputExceededException');
  expect(store.carriedOut).toHaveLength(2);
  expect([await update('3f2a'), await nameOf(dynamodb().send(transaction))]).toEqual(['done', 'done']);
});

test.each([
  ['SlowDown', s3Refusals[0]!],
  ['InternalError', s3Refusals[1]!],
  ['AccessDenied', s3Refusals[2]!],
])('the SDK reads a refusal of S3 as %s', async (name, refusal) => {
  proxy.set(refuse(refusal));
  expect(await nameOf(s3().send(object))).toBe(name);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a strike %s the store carried it out acts once, on that operation alone', async (when, carriedOut) => {
  const act = jest.fn(() => Promise.resolve(expect(store.carriedOut).toHaveLength(1 + carriedOut)));
  proxy.set({ kind: 'strike', operation: 'TransactWriteItems', when, times: 1, act });
  await dynamodb().send(put);
  expect(await nameOf(dynamodb().send(transaction))).not.toBe('done');
  expect(store.carriedOut).toHaveLength(1 + carriedOut);
  expect(await nameOf(dynamodb().send(transaction))).toBe('done');
  expect(act).toHaveBeenCalledTimes(1);
  expect(proxy.set({ kind: 'pass' })).toBe(1);
});

test('a request that is held reaches the store when it is let go, late; the others pass it', async () => {
  let letGo: () => void = () => undefined;
  const act = jest.fn(() => new Promise<void>((resolve) => (letGo = resolve)));
  proxy.set({ kind: 'hold', which: ({ operation }) => operation === 'TransactWriteItems', act });
  const held = nameOf(dynamodb().send(transaction));
  while (act.mock.calls.length === 0) await wait(5);
  await dynamodb().send(put);
  expect(store.carriedOut).toHaveLength(1);
  letGo();
  expect(await held).toBe('done');
  expect(store.carriedOut).toHaveLength(2);
  expect(await nameOf(dynamodb().send(transaction))).toBe('done');
  expect(act).toHaveBeenCalledTimes(1);
  expect(proxy.set({ kind: 'pass' })).toBe(1);
});

test('a stopped proxy gives its port back, whatever callers hold open', async () => {
  await dynamodb().send(put);
  proxy.set({ kind: 'silent' });
  const answer = nameOf(dynamodb().send(put));
  await wait(50);
  await proxy.stop();
  expect(await answer).not.toBe('done');
  const again = createServer().listen(Number(new URL(proxy.endpoint).port), '127.0.0.1');
  await once(again, 'listening');
  await new Promise((closed) => again.close(closed));
  proxy = await startHttpProxy(() => random);
});
