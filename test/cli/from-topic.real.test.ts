/** What a real topic holds is read by partition and offset, as no member of a group, and sent again by the command. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { CompressionTypes, Kafka, logLevel, type Message } from 'kafkajs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redriveFromTopic } from '../../cli/dead-letters/from-topic';
import { kafkajsReader } from '../../lambdas/runtime/kafka/kafkajs-reader';
import type { ReadRecord, TopicReader } from '../../lambdas/runtime/kafka/topic-reader';
import { again, isAgainRequest, redrive } from '../../lambdas/runtime/redrive';
import { systemClock, type Clock } from '../../lambdas/runtime/time/clock';
import { startBrokers, type Brokers } from '../../local/brokers';
import { Processes } from '../../local/processes';
import { oneMore } from '../../testing';
import { realStores } from './dead-letters/real-stores';
import { CLUSTER, environment, RecordingLog, type Given } from '../lambdas/runtime/simulation';
import { producerEnvironment } from '../lambdas/runtime/simulation/scripted-producer';

jest.setTimeout(240_000);

const HOUR_MS = 3_600_000;
const { deadLetters } = environment;
let dir: string;
let processes: Processes;
let brokers: Brokers;
let kafka: Kafka;
let reader: TopicReader;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-from-topic-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  brokers = await startBrokers({ dir, processes });
  kafka = new Kafka({ brokers: brokers.direct.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = [
    { topic: 'orders' },
    { topic: 'mixed' },
    { topic: 'zipped', configEntries: [{ name: 'compression.type', value: 'zstd' }] },
  ];
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((each) => ({ ...each, numPartitions: 1, replicationFactor: 3 })),
  });
  await admin.disconnect();
  const own = { brokers: brokers.direct, authentication: 'none' } as const;
  reader = kafkajsReader({ environment: own, clock: systemClock });
});

afterAll(async () => {
  await reader.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

async function written(topic: string, messages: Message[], compression = CompressionTypes.None): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages, compression });
  await producer.disconnect();
}

async function allOf(topic: string): Promise<ReadRecord[]> {
  const { start, end } = (await reader.bounds(topic, 0))!;
  const records: ReadRecord[] = [];
  for (let at = start; at < end;) {
    const fetched = await reader.fetch(topic, 0, at);
    records.push(...fetched.records);
    at = fetched.next;
  }
  return records;
}

test('records come as they were written, one batch after the other; those of aborted transactions and control records do not', async () => {
  await written('mixed', [
    { key: 'k', value: 'one', headers: { a: ['1', '2'], b: '' } },
    { key: null, value: null },
  ]);
  await written('mixed', [{ value: 'zipped 1' }, { value: 'zipped 2' }], CompressionTypes.GZIP);
  for (const [end, behindIts] of [
    ['abort', 6],
    ['commit', 8],
  ] as const) {
    const producer = kafka.producer({
      transactionalId: `t-${end}`,
      maxInFlightRequests: 1,
      idempotent: true,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'mixed', messages: [{ value: end }] });
    await transaction[end]();
    await producer.disconnect();
    // The transaction has ended before its marker is in the log.
    while ((await reader.bounds('mixed', 0))!.end < behindIts) await systemClock.sleep(20);
  }
  await written('mixed', [{ value: 'last' }]);
  const records = await allOf('mixed');
  const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();
  expect(records.map(({ offset, value }) => [offset, text(value)])).toEqual([
    [0, 'one'],
    [1, null],
    [2, 'zipped 1'],
    [3, 'zipped 2'],
    [6, 'commit'],
    [8, 'last'],
  ]);
  expect([text(records[0]!.key), records[1]!.key]).toEqual(['k', null]);
  expect(records[0]!.headers.map(([name, value]) => [name, text(value)])).toEqual([
    ['a', '1'],
    ['a', '2'],
    ['b', ''],
  ]);
  expect(records[0]!.timestamp).toBeGreaterThan(1_700_000_000_000);
  // From the middle of a batch on.
  const { records: rest, next } = await reader.fetch('mixed', 0, 3);
  expect([rest[0]!.offset, next]).toEqual([3, 9]);
  expect(await reader.bounds('mixed', 7)).toBeUndefined();
});

test('records in a codec that the client does not have are named by offsets and codec; what retention has deleted is not there', async () => {
  await written('zipped', [{ value: 'a' }, { value: 'b' }]);
  await written('zipped', [{ value: 'c' }]);
  expect(await reader.fetch('zipped', 0, 1)).toEqual({
    records: [],
    packed: [
      { from: 1, to: 1, codec: 'zstd' },
      { from: 2, to: 2, codec: 'zstd' },
    ],
    next: 3,
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.fetchTopicOffsets('zipped'); // it has to know the topic before
  await admin.deleteTopicRecords({ topic: 'zipped', partitions: [{ partition: 0, offset: '2' }] });
  await admin.disconnect();
  expect(await reader.bounds('zipped', 0)).toEqual({ start: 2, end: 3 });
});

const events = ['early', 'late', 'open'].map((id, offset): Given => ({ offset, id, key: 'k', value: { id } }));

test('a range is sent again by the command: an event applied before the time once more, one after it not, one that was never settled once', async () => {
  const { dynamodb, store, transactions, said, ...stores } = await realStores({ dir, processes });
  const write = (_: unknown, { event }: { event: { id: string } }) => [oneMore('orders', event.id)];
  const deliver = (given: readonly Given[], clock?: Clock) => stores.deliver({ write }, given, clock);
  /** As the mapping hands over what lies from that offset on. */
  const heldFrom = async (offset: number): Promise<Given[]> =>
    (await allOf('orders')).slice(offset).map((record): Given => ({
      ...{ offset: record.offset, timestamp: record.timestamp, key: 'k', value: Buffer.from(record.value!).toString() },
      headers: record.headers.map(([name, value]) => [name, Buffer.from(value!).toString()] as const),
    }));

  const headers = (id: string) => ({ ce_specversion: '1.0', ce_id: id, ce_source: 'shop', ce_type: 'order.placed' });
  await written(
    'orders',
    events.map(({ id = '', value }) => ({ key: 'k', value: JSON.stringify(value), headers: headers(id) })),
  );
  const [early, late] = await heldFrom(0);
  await deliver([early!], { ...systemClock, now: () => Date.now() - HOUR_MS });
  await deliver([late!]);

  const variables = {
    LOSSLESS_REPLAY_O: JSON.stringify({ cluster: CLUSTER, topic: 'orders', spill: 'spill', deadLetters }),
    LOSSLESS_PRODUCER_O: JSON.stringify({
      ...producerEnvironment,
      cluster: CLUSTER,
      brokers: brokers.direct,
      authentication: 'none',
    }),
  };
  const own = { store, transactions, variables, log: new RecordingLog() };
  const [looking, redriving] = [again(own), redrive(own)];
  const context = { getRemainingTimeInMillis: () => 120_000 };
  const around = stores.around((request) => (isAgainRequest(request) ? looking : redriving)(request, context));
  const range = {
    stack: ['Shop'],
    fromTopic: 'orders',
    partition: 0,
    offsets: { from: 0, to: 2 },
    again: Date.now() - HOUR_MS / 2,
    maxRedrives: 3,
    concurrency: 4,
  };

  expect(await redriveFromTopic(range, around)).toBe(0);
  expect(said()).toMatch(/2 │ sent again[^]*1 │ not sent: their events are applied/);
  const copies = await heldFrom(3);
  expect(copies).toHaveLength(2);
  await deliver([...(await heldFrom(0))]);
  expect(await redriveFromTopic(range, around)).toBe(0);
  expect(said()).toMatch(/3 │ not sent: their events are applied/);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'orders' }));
  const times = Items.map((item) => [item['id']?.S, Object.values(item).find(({ N }) => N !== undefined)?.N]);
  expect(Object.fromEntries(times)).toEqual({ early: '2', late: '1', open: '1' });

  await expect(redriveFromTopic({ ...range, offsets: { from: 0, to: 5 } }, around)).rejects.toThrow(
    /--offsets: got 5, which is not written yet, want 0 to 4, which are there/,
  );
  const groups = kafka.admin();
  await groups.connect();
  expect((await groups.listGroups()).groups).toEqual([]);
  await groups.disconnect();
  stores.destroy();
});
