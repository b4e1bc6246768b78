import { DynamoDBClient, CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Kafka, logLevel, type IHeaders } from 'kafkajs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finalRead, keepEvidence, KafkaTools, type FinalRead } from '../../../faults/final-read';
import { readLog } from '../../../faults/final-read/log';
import type { DeadLetter, SpillObject } from '../../../lambdas/runtime/contract';
import { startBrokers, type Brokers } from '../../../local/brokers';
import { ClusterAdmin } from '../../../local/cluster-admin';
import { startDynamoDb } from '../../../local/dynamodb';
import { startMinistack } from '../../../local/ministack';
import { Processes } from '../../../local/processes';
import { localClient } from '../../../local/stores';

const TOPIC = 'orders';
const GROUP = 'orders-billing';
const TABLES = { orders: 'Orders', customers: 'Customers', idempotency: 'Idempotency' };
const BUCKETS = { deadLetters: 'dead-letters', spill: 'spill', onFailure: 'on-failure' };
/** Bytes that no text holds, and every character that could be taken for a separator. */
const BINARY = Buffer.concat([Buffer.from([0, 0xff, 0xfe, 0x80]), Buffer.from('\t\n\r\\x41:,|;"null')]);
const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? null;

describe('the final read', () => {
  let dir: string;
  let processes: Processes;
  let tools: KafkaTools;
  let brokers: Brokers;
  let read: FinalRead;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'final-read-'));
    processes = new Processes({ logDir: join(dir, 'logs') });
    tools = new KafkaTools(join(dir, 'tools'));
    const [kafka, dynamodb, s3] = await Promise.all([
      startBrokers({ dir, processes }),
      startDynamoDb({ processes }),
      startMinistack({ dir, processes }),
    ]);
    brokers = kafka;
    await writeTopic(brokers.bootstrap);
    await writeTables(dynamodb.endpoint);
    await writeBuckets(s3.endpoint);
    read = await finalRead(tools, {
      ...{ topic: TOPIC, group: GROUP, bootstrap: brokers.direct, tables: TABLES, buckets: BUCKETS },
      ...{ endpoints: { dynamodb: dynamodb.endpoint, s3: s3.endpoint }, counters: { InvokedEventCount: 3 } },
    });
  }, 180_000);

  afterAll(async () => {
    await tools.close();
    await processes.stopAll();
    await rm(dir, { recursive: true, force: true });
  }, 30_000);

  test('finds every record of every partition at its offset, with key and event id', () => {
    const [first, second] = read.partitions;
    expect(first?.records.map(({ offset, id, key }) => ({ offset, id, key }))).toEqual([
      { offset: 0, id: 'order-1', key: 'kunde-ä' },
      { offset: 1, id: null, key: null },
      { offset: 2, id: 'order-3', key: '' },
    ]);
    expect(second?.records).toHaveLength(500);
    expect(second?.records.map(({ offset }) => offset)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  test('sees that a dead letter holds what its record held, byte for byte, and when it does not', () => {
    const record = read.partitions[0]?.records[0];
    const [whole, altered] = read.deadLetters;
    expect(read.deadLetters).toHaveLength(2);
    expect(whole).toMatchObject({ id: 'order-1', partition: 0, offset: 0, parkedAt: 1_700_000_000_000 });
    const { keyHash, valueHash, headersHash } = record!;
    expect(whole).toMatchObject({ keyHash, valueHash, headersHash });
    expect(altered).toMatchObject({ keyHash, headersHash });
    expect(altered?.valueHash).not.toBe(valueHash);
  });

  test('tells a null value from an empty one', () => {
    const [, tombstone, empty] = read.partitions[0]!.records;
    expect(tombstone?.valueHash).not.toBe(empty?.valueHash);
  });

  test('knows how far the group has committed, and where it never has', () => {
    expect(read.partitions.map(({ committed }) => committed)).toEqual([2, null]);
  });

  test('reads what the sink kept and what the table records, past one page', () => {
    expect(Object.keys(read.effects.timesApplied)).toHaveLength(300);
    expect(read.effects.byKey).toEqual({ 'kunde-ä': [{ partition: 0, offset: 0, id: 'order-1' }] });
    expect(read.settled).toEqual([
      { state: 'parked', partition: 0, offset: 0, settledAt: 7, id: 'order-1', object: 'parked/1' },
    ]);
  });

  test('takes neither a claim nor a count of attempts nor a ledger for something settled', () => {
    expect(read.settled).toHaveLength(1);
    expect([...read.ledgers].sort((a, b) => a.partition - b.partition)).toEqual([
      { partition: 4, applied: 0, duplicate: 0, parked: 0 },
      { partition: 12, applied: 7, duplicate: 2, parked: 1 },
    ]);
  });

  test('names what is left in the spill store and in on-failure objects', () => {
    expect(read.spilled).toEqual(['order-9']);
    expect(read.onFailure).toEqual([{ partition: 1, offset: 4 }]);
  });

  test('keeps, as evidence, the brokers’ logs and the segments where records are missing', async () => {
    const evidence = join(dir, 'evidence');
    const files = brokers.brokers.map((broker) => ({
      ...{ id: broker.id, data: join(broker.dir, 'data'), logFile: broker.process.logFile },
    }));
    await keepEvidence(tools, evidence, { brokers: files, topic: TOPIC, missing: [{ partition: 0, offset: 1 }] });
    const kept = await readdir(evidence);
    expect(kept).toEqual(expect.arrayContaining(['broker-1.log', 'broker-2.log', 'broker-3.log']));
    for (const name of ['broker-1-segments.txt', 'broker-2-segments.txt', 'broker-3-segments.txt']) {
      expect(await readFile(join(evidence, name), 'utf8')).toMatch(/orders-0[^]* offset: 1 /);
    }
  }, 60_000);

  test('is refused for a topic that is not there: nothing read is not nothing there', async () => {
    const source = { topic: 'elsewhere', group: GROUP, bootstrap: brokers.direct };
    await expect(readLog(tools, source)).rejects.toThrow('GetOffsetShell ended with code 1');
  }, 60_000);
});

async function writeTopic(bootstrap: string): Promise<void> {
  const admin = new ClusterAdmin(bootstrap);
  await admin.createTopic({ name: TOPIC, partitions: 2, replicationFactor: 3 });
  await admin.close();
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const headers: IHeaders = { ce_id: 'order-1', blob: BINARY, twice: ['1', BINARY] };
  const odd = [
    { partition: 0, key: 'kunde-ä', value: BINARY, headers },
    { partition: 0, key: null, value: null },
    { partition: 0, key: '', value: '', headers: { ce_id: 'order-3' } },
  ];
  const many = Array.from({ length: 500 }, (_, n) => ({ partition: 1, key: `key-${n}`, value: 'x'.repeat(200) }));
  await producer.send({ topic: TOPIC, messages: [...odd, ...many] });
  await producer.disconnect();
  const offsets = kafka.admin();
  await offsets.connect();
  await offsets.setOffsets({ groupId: GROUP, topic: TOPIC, partitions: [{ partition: 0, offset: '2' }] });
  await offsets.disconnect();
}

async function writeTables(endpoint: string): Promise<void> {
  const client = new DynamoDBClient(localClient(endpoint));
  const tables = { [TABLES.orders]: 'id', [TABLES.customers]: 'id', [TABLES.idempotency]: 'key' };
  for (const [TableName, AttributeName] of Object.entries(tables)) {
    await client.send(
      new CreateTableCommand({
        ...{ TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName, KeyType: 'HASH' }] },
        AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
      }),
    );
  }
  const put = (TableName: string, item: object) => client.send(new PutItemCommand({ TableName, Item: marshall(item) }));
  const padding = 'x'.repeat(5000);
  // More than one page of a scan, which ends at 1 MB.
  for (let n = 0; n < 300; n++) await put(TABLES.orders, { id: `order-${n}`, timesApplied: 1, padding });
  await put(TABLES.customers, { id: 'kunde-ä', applied: [{ partition: 0, offset: 0, id: 'order-1' }] });
  const place = { partition: 0, offset: 0, settledAt: 7 };
  await put(TABLES.idempotency, { key: 'a', state: 'parked', ...place, id: 'order-1', object: 'parked/1' });
  await put(TABLES.idempotency, { key: 'b', attempts: 3 });
  await put(TABLES.idempotency, { key: 'c', state: 'claimed', ...place, owner: 'somebody', beat: 2 });
  const counts = { applied: 7, duplicate: 2, parked: 1, failures: 0 };
  await put(TABLES.idempotency, { key: 'ledger/c/orders-billing/orders/12', version: 3, open: [], ...counts });
  await put(TABLES.idempotency, { key: 'ledger/c/orders-billing/orders/4', version: 1, open: [{ id: 'begun' }] });
  client.destroy();
}

async function writeBuckets(endpoint: string): Promise<void> {
  const client = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  for (const Bucket of Object.values(BUCKETS)) await client.send(new CreateBucketCommand({ Bucket }));
  const put = (Bucket: string, Key: string, body: object) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(body) }));
  const letter = {
    ...{ version: 1, cluster: 'c', group: GROUP, topic: TOPIC, partition: 0, offset: 0, timestamp: 1 },
    ...{ key: base64(Buffer.from('kunde-ä')), value: base64(BINARY), source: 's', id: 'order-1' },
    headers: [['ce_id', 'order-1'], ['blob', BINARY], ['twice', '1'], ['twice', BINARY]] // prettier-ignore
      .map(([name, value]) => [String(name), Buffer.from(value!).toString('base64')] as const),
    ...{ reason: 'handler-error', detail: 'd', effect: 'none', parkedAt: '2023-11-14T22:13:20.000Z' },
  } as const satisfies DeadLetter;
  await put(BUCKETS.deadLetters, 'parked/1', letter);
  const flipped = Buffer.from(BINARY);
  flipped[0] = 1;
  await put(BUCKETS.deadLetters, 'parked/2', { ...letter, value: base64(flipped) });
  // How people ended events lies beside their letters, and is none.
  await put(BUCKETS.deadLetters, 'ended/parked/0', { version: 1, kind: 'discarded', object: 'parked/0' });
  await put(BUCKETS.deadLetters, 'amendments/parked/0/id', letter);
  const spilled: SpillObject = {
    ...{ version: 1, cluster: 'c', topic: TOPIC, spilledAt: '2023-11-14T22:13:20.000Z' },
    events: [{ partition: 1, key: null, value: null, headers: [['ce_id', Buffer.from('order-9').toString('base64')]] }],
  };
  await put(BUCKETS.spill, 'spilled/1', spilled);
  const records = { 'orders-1': [{ topic: TOPIC, partition: 1, offset: 4, value: '' }] };
  await put(BUCKETS.onFailure, 'failed/1', { version: '1.0', payload: JSON.stringify({ records }) });
  client.destroy();
}
