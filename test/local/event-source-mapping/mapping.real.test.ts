import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { startBrokers, type Brokers } from '../../../local/brokers';
import { ClusterAdmin } from '../../../local/cluster-admin';
import { startMapping, SWITCHES, type LocalMapping, type MappingSwitches } from '../../../local/event-source-mapping';
import type { Outcome } from '../../../local/function-host';
import { startMinistack } from '../../../local/ministack';
import { Processes } from '../../../local/processes';
import { createBuckets, localClient } from '../../../local/stores';
import type { MappingSettings } from '../../../local/template/mappings';
import { settings } from '../fixtures/records';

jest.setTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), 'lossless-mapping-'));
const processes = new Processes({ logDir: join(dir, 'logs') });
const logged: string[] = [];
const running: LocalMapping[] = [];
let brokers: Brokers;
let admin: ClusterAdmin;
let kafka: Kafka;
let s3: S3Client;

beforeAll(async () => {
  for (const folder of ['kafka', 'ministack']) mkdirSync(join(dir, folder));
  const [cluster, ministack] = await Promise.all([
    startBrokers({ dir: join(dir, 'kafka'), processes }),
    startMinistack({ dir: join(dir, 'ministack'), processes }),
  ]);
  brokers = cluster;
  admin = new ClusterAdmin(brokers.direct);
  s3 = new S3Client({ ...localClient(ministack.endpoint), forcePathStyle: true });
  await createBuckets(ministack.endpoint, [
    { logicalId: 'GivenUp', path: 'GivenUp', name: 'given-up', versioned: false },
  ]);
  kafka = new Kafka({ brokers: brokers.bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } });
});
afterAll(async () => {
  await Promise.all(running.map((mapping) => mapping.stop()));
  await admin?.close();
  await brokers?.stop();
  await processes.stopAll();
  s3?.destroy();
  rmSync(dir, { recursive: true, force: true });
});

const newTopic = (name: string, configs?: Record<string, string>) =>
  admin.createTopic({ name, partitions: 1, replicationFactor: 3, configs });

async function produce(topic: string, values: readonly (string | Buffer | Message)[]) {
  const producer = kafka.producer();
  await producer.connect();
  const message = (value: string | Buffer | Message): Message =>
    typeof value === 'string' || Buffer.isBuffer(value) ? { value } : value;
  for (const value of values) await producer.send({ topic, acks: -1, messages: [{ partition: 0, ...message(value) }] });
  await producer.disconnect();
}

async function until(what: string, probe: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await probe())) {
    if (Date.now() > end) throw new Error(`${what}: did not come in ${ms} ms; the mapping said:\n${logged.join('\n')}`);
    await wait(50);
  }
}

type Handed = { readonly offset: number; readonly value: string | null };
const everything = (): Outcome => ({ kind: 'success', payload: 'null' });

/** A mapping on a topic, whose function writes down the offsets it is given and answers as it is told. */
async function map(
  changes: Partial<MappingSettings> & { readonly topic: string },
  answer: (records: readonly Handed[]) => Outcome = everything,
  switches: Partial<MappingSwitches> = {},
) {
  const offsets: number[] = [];
  const lines: string[] = [];
  const mapping = await startMapping({
    settings: settings({ group: `g-${changes.topic}`, ...changes }),
    ...{ bootstrap: brokers.bootstrap, admin, s3, switches },
    invoke: (payload) => {
      const { records } = JSON.parse(payload) as { records: Record<string, Handed[]> };
      const batch = Object.values(records).flat();
      offsets.push(...batch.map(({ offset }) => offset));
      return Promise.resolve(answer(batch));
    },
    log: (line) => {
      lines.push(line);
      logged.push(line);
    },
  });
  running.push(mapping);
  const caughtUp = () => until(`a lag of 0 on ${changes.topic}`, async () => (await mapping.lag()) === 0);
  return { mapping, offsets, lines, caughtUp };
}

/** All values that a topic holds. */
async function read(topic: string, count: number): Promise<{ key: string | undefined; value: string }[]> {
  const consumer = kafka.consumer({ groupId: `reads-${topic}` });
  const found: { key: string | undefined; value: string }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      found.push({ key: message.key?.toString(), value: message.value?.toString() ?? '' });
      return Promise.resolve();
    },
  });
  await until(`${count} records in ${topic}`, () => found.length >= count);
  await consumer.disconnect();
  return found;
}

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html', () => {
  test('TRIM_HORIZON starts at the oldest record, LATEST behind the newest, AT_TIMESTAMP at the first of that time', async () => {
    await newTopic('positions');
    await produce('positions', [
      { value: 'a', timestamp: '1700000000000' },
      { value: 'b', timestamp: '1700000001000' },
      { value: 'c', timestamp: '1700000002000' },
    ]);
    const starts = [
      { kind: 'TRIM_HORIZON' },
      { kind: 'LATEST' },
      { kind: 'AT_TIMESTAMP', timestamp: 1_700_000_001_000 },
    ] as const;
    const mappings = await Promise.all(
      starts.map((start) => map({ topic: 'positions', group: `g-${start.kind}`, start })),
    );
    await produce('positions', [{ value: 'd', timestamp: '1700000003000' }]);
    await Promise.all(mappings.map(({ offsets }) => until('the last record', () => offsets.includes(3))));
    expect(mappings.map(({ offsets }) => offsets)).toEqual([[0, 1, 2, 3], [3], [1, 2, 3]]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html', () => {
  test('a group goes on where it was, whatever the starting position says', async () => {
    await newTopic('resumed');
    const first = await map({ topic: 'resumed' });
    await produce('resumed', ['a', 'b']);
    await first.caughtUp();
    await first.mapping.stop();
    await produce('resumed', ['c']);
    const second = await map({ topic: 'resumed', start: { kind: 'LATEST' } });
    await second.caughtUp();
    expect([first.offsets, second.offsets]).toEqual([[0, 1], [2]]);
  });

  test('records that left the log before they were read are named, and those after them are delivered', async () => {
    await newTopic('retained');
    const first = await map({ topic: 'retained' });
    await produce('retained', ['a']);
    await first.caughtUp();
    await first.mapping.stop();
    await produce('retained', ['b', 'c', 'd']);
    const client = kafka.admin();
    await client.connect();
    await client.fetchTopicOffsets('retained'); // kafkajs deletes only in topics it has metadata of
    await client.deleteTopicRecords({ topic: 'retained', partitions: [{ partition: 0, offset: '3' }] });
    await client.disconnect();
    const second = await map({ topic: 'retained' });
    await second.caughtUp();
    expect(second.offsets).toEqual([3]);
    expect(second.lines.join()).toContain('records 1 to 2 are gone from the log before they were read');
  });

  test('a group whose offset lies beyond the end of the log gets what is written from that end on', async () => {
    await newTopic('shortened');
    await produce('shortened', ['a', 'b']);
    const client = kafka.admin();
    await client.connect();
    const partitions = [{ partition: 0, offset: '50' }];
    await client.setOffsets({ groupId: 'g-shortened', topic: 'shortened', partitions });
    await client.disconnect();
    const { offsets, caughtUp } = await map({ topic: 'shortened' });
    await produce('shortened', ['c', 'd']);
    await until('the new records', () => offsets.length === 2);
    await caughtUp();
    expect(offsets).toEqual([2, 3]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html', () => {
  test('each record given up is a message in the topic, under its own key', async () => {
    await newTopic('failing');
    await newTopic('failing-dead');
    const onFailure = { kind: 'topic', topic: 'failing-dead' } as const;
    const failing = await map({ topic: 'failing', retryLimit: 0, onFailure }, () => ({ kind: 'crash', detail: '' }));
    await produce('failing', [{ key: 'k', value: 'v' }, { value: 'keyless' }]);
    await failing.caughtUp();
    const dead = await read('failing-dead', 2);
    expect(dead.map(({ key }) => key)).toEqual(['k', undefined]);
    expect(dead.map(({ value }) => JSON.parse(value) as unknown)).toMatchObject([
      {
        requestContext: { condition: 'RetriesExhausted' },
        payload: { records: { 'failing-0': [{ offset: 0, value: Buffer.from('v').toString('base64') }] } },
      },
      { payload: { records: { 'failing-0': [{ offset: 1 }] } } },
    ]);
    expect(failing.mapping.counters).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 2,
      DroppedEventCount: 0,
    });
  });

  test('a topic that does not exist drops the records, and counts them', async () => {
    await newTopic('to-nowhere');
    const onFailure = { kind: 'topic', topic: 'nowhere' } as const;
    const lost = await map({ topic: 'to-nowhere', retryLimit: 0, onFailure }, () => ({ kind: 'crash', detail: '' }));
    await produce('to-nowhere', ['a']);
    await lost.caughtUp();
    expect(lost.mapping.counters).toMatchObject({ DroppedEventCount: 1, OnFailureDestinationDeliveryErrorCount: 1 });
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html', () => {
  test('a record that fits in no event goes whole to the bucket, and its neighbours are delivered', async () => {
    await newTopic('large', { 'max.message.bytes': '8000000' });
    const large = await map({ topic: 'large', onFailure: { kind: 'bucket', bucket: 'given-up' } });
    const fits = Buffer.alloc(4_400_000, 7);
    const tooLarge = Buffer.alloc(4_800_000, 7);
    await produce('large', ['before', fits, tooLarge, 'after']);
    await large.caughtUp();
    expect(large.offsets).toEqual([0, 1, 3]);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'given-up' }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'given-up', Key: Contents[0]!.Key }));
    const document = JSON.parse(await Body!.transformToString()) as { requestContext: unknown; payload: string };
    const payload = JSON.parse(document.payload) as { records: Record<string, Handed[]> };
    expect(document.requestContext).toMatchObject({ condition: 'MaximumPayloadSizeExceeded' });
    expect(payload.records['large-0']).toMatchObject([{ offset: 2, value: tooLarge.toString('base64') }]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html', () => {
  test('what no filter matches is passed, counted and committed', async () => {
    await newTopic('filtered');
    const filters = ['{"value":{"kind":["order"]}}'];
    const filtered = await map({ topic: 'filtered', filters });
    await produce('filtered', ['{"kind":"note"}', '{"kind":"order"}', '{"kind":"note"}']);
    await filtered.caughtUp();
    expect(filtered.offsets).toEqual([1]);
    expect(filtered.mapping.counters).toMatchObject({ PolledEventCount: 3, FilteredOutEventCount: 2 });
  });
});

test('under the other value of every switch each record is handled, and a poisoned one is given up whole', async () => {
  const others = Object.fromEntries(Object.entries(SWITCHES).map(([name, { values }]) => [name, values.at(-1)]));
  await newTopic('switched');
  await newTopic('switched-dead');
  const handled = new Set<number>();
  const odd = new Set<number>();
  const answer = (records: readonly Handed[]): Outcome => {
    const texts = records.map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
    if (texts.includes('poison') && records.length > 1)
      return { kind: 'error', errorType: 'Error', errorMessage: 'poison' };
    // Odd offsets fail once; the poisoned record always does.
    const failed = records.filter(
      ({ offset }, index) => texts[index] === 'poison' || (offset % 2 === 1 && !odd.has(offset)),
    );
    for (const { offset } of records) if (offset % 2 === 1) odd.add(offset);
    for (const record of records) if (!failed.includes(record)) handled.add(record.offset);
    const itemFailures = failed.map(({ offset }) => ({ itemIdentifier: { partition: 'switched-0', offset } }));
    return { kind: 'success', payload: JSON.stringify({ batchItemFailures: itemFailures }) };
  };
  const controls = { bisect: true, retryLimit: 3, batchSize: 4 };
  const onFailure = { kind: 'topic', topic: 'switched-dead' } as const;
  const { mapping, caughtUp } = await map({ topic: 'switched', onFailure, ...controls }, answer, others);
  await produce(
    'switched',
    Array.from({ length: 30 }, (_, index) => (index === 10 ? 'poison' : `v${index}`)),
  );
  await caughtUp();
  const given = await read('switched-dead', mapping.counters.OnFailureDestinationDeliveredEventCount);
  const dead = given.map(({ value }) => {
    const { KafkaBatchInfo } = JSON.parse(value) as { KafkaBatchInfo: { recordInfo: { offset: string } } };
    return Number(KafkaBatchInfo.recordInfo.offset);
  });
  const ended = new Set([...handled, ...dead]);
  expect([ended.size, dead.includes(10), mapping.counters.DroppedEventCount]).toEqual([30, true, 0]);
});
