import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER, RECORD } from '../../../lambdas/runtime/contract';
import { dynamoDbTransactions } from '../../../lambdas/runtime/stores/dynamodb';
import type { Transactions } from '../../../lambdas/runtime/stores/tables';
import { startDynamoDb } from '../../../local/dynamodb';
import { Processes } from '../../../local/processes';
import { MemoryTables } from '../../../simulation/dynamodb/memory-tables';
import { anyItems, anyRequests, FAULT_NAMES, harmless, spoiled, type Request } from './any-request';
import { RESERVED } from '../../../simulation/dynamodb/expression-syntax';

/**
 * The store of the simulations takes, refuses and words every request as DynamoDB does. Where DynamoDB Local is kinder
 * than DynamoDB itself, the model follows DynamoDB's pages, and `KINDER` says so.
 */
jest.setTimeout(300_000);

let processes: Processes;
let client: DynamoDBClient;
let real: Transactions;
const logDir = mkdtempSync(join(tmpdir(), 'lossless-model-'));

beforeAll(async () => {
  processes = new Processes({ logDir });
  const { endpoint } = await startDynamoDb({ processes });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  real = dynamoDbTransactions(client);
});
afterAll(async () => {
  client.destroy();
  await processes.stopAll();
  rmSync(logDir, { recursive: true, force: true });
});

let tables = 0;
async function twins(): Promise<{ table: string; memory: MemoryTables }> {
  const table = `trial-${tables++}`;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  return { table, memory: new MemoryTables({ [table]: 'key' }, { sleep: () => Promise.resolve() }) };
}

/** Faults of an update that DynamoDB gives as the reason of one write, and the local part as a fault of the whole. */
const KINDER = /^ValidationException: (An operand in the update|The provided expression refers|Item size to update)/;

/** An answer in one form: reasons end in a full stop or not, and a fault of the whole names no write. */
function told(answer: unknown): unknown {
  const text = JSON.stringify(answer ?? null, (_, value: unknown) =>
    value instanceof Set ? [...value].sort() : value,
  );
  const plain = JSON.parse(text.replaceAll('failed."', 'failed"').replace(/Payload Size: \d+/, 'Payload Size')) as {
    kind?: string;
    detail?: string;
    reasons?: { code: string; message?: string }[];
  } | null;
  const fault = plain?.reasons?.find(({ message }) => KINDER.test(`ValidationException: ${message}`));
  if (plain?.kind === 'cancelled' && fault) return { kind: 'invalid', detail: `ValidationException: ${fault.message}` };
  return plain;
}

const ask = (on: Transactions, request: Request, table: string): Promise<unknown> => {
  switch (request.kind) {
    case 'transact':
      return on.transact(request.items);
    case 'update':
      return on.update({ ...request.input, TableName: table });
    case 'read':
      return on.read(table, request.key);
  }
};

async function itemsOf(table: string): Promise<unknown[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Items.map((item) => unmarshall(item));
}
const byKey = (items: unknown[]): unknown[] =>
  items.map((item) => told(item) as { key: string }).sort((a, b) => (a.key < b.key ? -1 : 1));

/** Requests are made for a table of this name, and sent to the one of their trial. */
const NAME = 'trial';
const sentTo = <T>(request: T, table: string): T =>
  JSON.parse(JSON.stringify(request).replaceAll(`"TableName":"${NAME}"`, `"TableName":"${table}"`)) as T;

/** Of several faults in one update expression either may be told; what each one says is held fast fault by fault below. */
const whichever = (answer: unknown): unknown => {
  const { kind, detail } = (answer ?? {}) as { kind?: string; detail?: string };
  return kind === 'invalid' && KINDER.test(detail ?? '') ? { kind, detail: 'a fault of the update' } : answer;
};

test('whatever is asked of it, the model answers as DynamoDB does, and holds the same items after it', async () => {
  await fc.assert(
    fc.asyncProperty(anyRequests(NAME), async (requests) => {
      const { table, memory } = await twins();
      for (const each of requests) {
        const request = sentTo(each, table);
        const [model, part] = [told(await ask(memory, request, table)), told(await ask(real, request, table))];
        expect({ request, answer: whichever(model) }).toEqual({ request, answer: whichever(part) });
      }
      expect(byKey(memory.items(table))).toEqual(byKey(await itemsOf(table)));
    }),
    { numRuns: 250 },
  );
});

test.each(FAULT_NAMES)(
  'a transaction with %s ends as it ends in DynamoDB, whatever its other writes do',
  async (fault) => {
    await fc.assert(
      fc.asyncProperty(anyItems(NAME, harmless), async (items) => {
        const { table, memory } = await twins();
        const request = spoiled(fault, sentTo(items, table), table);
        const [model, part] = [await memory.transact(request), await real.transact(request)];
        expect(told(model)).toEqual(told(part));
        expect(byKey(memory.items(table))).toEqual(byKey(await itemsOf(table)));
      }),
      { numRuns: 8 },
    );
  },
);

test('of a hundred items read at once, what is over 16 MB is left out, as in DynamoDB', async () => {
  const { table, memory } = await twins();
  const keys = Array.from({ length: 45 }, (_, n) => `k${n}`);
  for (const key of keys) {
    const items = [{ Put: { TableName: table, Item: { key: { S: key }, v: { S: 'x'.repeat(400_000) } } } }];
    for (const on of [memory, real]) expect(await on.transact(items)).toEqual({ kind: 'committed' });
  }
  const [model, part] = [await memory.readMany(table, keys), await real.readMany(table, keys)];
  expect(model.size).toBe(part.size);
  expect(part.size).toBeLessThan(keys.length);
});

test('a read of an empty key, or of another table, rejects as it does in DynamoDB', async () => {
  const { table, memory } = await twins();
  for (const [name, key] of [
    [table, ''],
    ['not-there', 'a'],
  ] as const) {
    const errors = await Promise.all(
      [memory, real].map((on) => on.read(name, key).catch((error: Error) => `${error.name}: ${error.message}`)),
    );
    expect(errors[0]).toBe(errors[1]);
  }
});

test('the model knows which names of ours are words of DynamoDB', async () => {
  const { table } = await twins();
  const names = [...new Set([...Object.values(RECORD), ...Object.values(LEDGER), ...RESERVED])].filter(
    (name) => name !== 'key',
  );
  const reserved: string[] = [];
  for (const name of names) {
    const outcome = await real.update({
      ...{ TableName: table, Key: { key: { S: 'a' } }, UpdateExpression: `SET ${name} = :v` },
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    });
    if (outcome.kind === 'invalid') reserved.push(name);
  }
  expect(names.filter((name) => RESERVED.has(name))).toEqual(reserved);
});
