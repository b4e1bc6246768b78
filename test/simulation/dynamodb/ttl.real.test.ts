/** What simulated tables forget in time, DynamoDB forgets, and what they keep it keeps. */
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'; // prettier-ignore
import { marshall } from '@aws-sdk/util-dynamodb';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TABLE_EXPIRY } from '../../../lambdas/runtime/contract';
import { startDynamoDb } from '../../../local/dynamodb';
import { Processes } from '../../../local/processes';
import { MemoryTables } from '../../../simulation/dynamodb/memory-tables';
import { expireItems } from '../../../simulation/dynamodb/ttl';
import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { BEGINNING } from '../../../simulation/kernel/trace';

jest.setTimeout(180_000);

const TABLE = 'forgetful';
const YEAR = 365 * 86_400;
/** By their names: what each says of its end, in seconds from now. */
const ENDS: Readonly<Record<string, (nowSeconds: number) => unknown>> = {
  past: (now) => now - 10,
  'past, with a fraction': (now) => now - 9.5,
  soon: (now) => now + 5,
  far: (now) => now + YEAR,
  'in milliseconds': (now) => now * 1_000 - 10_000,
  'as a text': (now) => String(now - 10),
  'four years ago': (now) => now - 4 * YEAR,
  'six years ago': (now) => now - 6 * YEAR,
  'at zero': () => 0,
  never: () => undefined,
};
const itemsAt = (nowSeconds: number) =>
  Object.entries(ENDS).map(([key, end]) => ({ key, ...(end(nowSeconds) !== undefined && { [TABLE_EXPIRY]: end(nowSeconds) }) })); // prettier-ignore
const LEFT = ['as a text', 'at zero', 'far', 'in milliseconds', 'never', 'six years ago'];

test('an item goes some time after its end and not before; what says no time of these five years stays', async () => {
  const logDir = mkdtempSync(join(tmpdir(), 'lossless-ttl-'));
  const processes = new Processes({ logDir });
  try {
    const { endpoint } = await startDynamoDb({ processes });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
    await client.send(
      new CreateTableCommand({
        TableName: TABLE,
        KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const TimeToLiveSpecification = { Enabled: true, AttributeName: TABLE_EXPIRY };
    await client.send(new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification }));
    const now = Math.floor(Date.now() / 1_000);
    for (const item of itemsAt(now)) await client.send(new PutItemCommand({ TableName: TABLE, Item: marshall(item) }));
    const names = async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }));
      return Items.map((item) => item['key']!.S!).sort();
    };
    for (let left = await names(); left.length > LEFT.length; left = await names()) {
      // The time of the look counts: the clock is the one that the store has.
      if (!left.includes('soon')) expect(Date.now() / 1_000).toBeGreaterThan(now + 5);
      await sleep(500);
    }
    // Another of its looks, which come every ten seconds.
    await sleep(11_000);
    expect(await names()).toEqual(LEFT);
    client.destroy();
  } finally {
    await processes.stopAll();
    rmSync(logDir, { recursive: true, force: true });
  }
});

test.each([0, 600_000, 172_800_000])('in simulation, too, where an item may stay %d ms', async (lagMs) => {
  const scheduler = new Scheduler();
  const tables = new MemoryTables({ [TABLE]: 'key' }, scheduler);
  for (const item of itemsAt(BEGINNING / 1_000)) tables.write(TABLE, item);
  expireItems(tables, TABLE, { scheduler, chance: chancesOf(1)('ttl'), lagMs });
  const pass = async (ms: number) => {
    let over = false;
    scheduler.after(ms, () => (over = true));
    await scheduler.run(() => over);
  };
  const names = () => tables.items(TABLE).map(({ key }) => String(key)).sort(); // prettier-ignore
  await pass(4_000);
  expect(names()).toEqual(Object.keys(ENDS).sort());
  await pass(2 * lagMs + 120_000);
  expect(names()).toEqual(LEFT);
});
