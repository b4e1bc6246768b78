import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Kafka, logLevel } from 'kafkajs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../lambdas/runtime/time/clock';
import { CE_ID } from '../../../../lambdas/runtime/contract';
import { kafkajsPort } from '../../../../lambdas/runtime/kafka/kafkajs';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { producer, type Outcome } from '../../../../lambdas/runtime/producer';
import { replay } from '../../../../lambdas/runtime/replay';
import { s3ObjectStore } from '../../../../lambdas/runtime/stores/s3-object-store';
import { startBrokers, type Brokers } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { startMinistack } from '../../../../local/ministack';
import { Processes } from '../../../../local/processes';
import { event, producerEnvironment } from '../simulation/scripted-producer';

jest.setTimeout(180_000);

const configs = { 'min.insync.replicas': '2' };
let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
let s3: S3Client;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-producer-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  const stores = startMinistack({ dir, processes });
  brokers = await startBrokers({ dir, processes });
  admin = new ClusterAdmin(brokers.direct);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  s3 = new S3Client({ endpoint: (await stores).endpoint, region: 'us-east-1', credentials });
  for (const Bucket of ['spill', 'dead-letters']) await s3.send(new CreateBucketCommand({ Bucket }));
  await admin.createTopic({ name: 'orders', partitions: 6, replicationFactor: 3, configs });
});

afterAll(async () => {
  s3.destroy();
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const environmentOf = (topic: string, deadlineMs = 60_000) => ({
  ...producerEnvironment,
  topic,
  brokers: brokers.bootstrap,
  deadlineMs,
});
const producerOf = (topic: string, deadlineMs?: number) =>
  producer({
    environment: environmentOf(topic, deadlineMs),
    deps: { store: s3ObjectStore(s3), log: silent },
  });

/** Every id in the topic with its place, as an independent consumer reads it. */
async function read(topic: string): Promise<{ id: string; key: string; partition: number; offset: number }[]> {
  const kafka = new Kafka({ brokers: brokers.bootstrap.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `read-${topic}-${Date.now()}` });
  const ends = await admin.endOffsets(topic);
  let open = [...ends.values()].reduce((sum, end) => sum + end, 0);
  const records: Awaited<ReturnType<typeof read>> = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((done, failed) => {
    if (open === 0) return done();
    const eachMessage = ({
      partition,
      message,
    }: {
      partition: number;
      message: { key: Buffer | null; offset: string; headers?: Record<string, unknown> };
    }) => {
      const id = String(message.headers?.[CE_ID]);
      records.push({ id, key: String(message.key), partition, offset: Number(message.offset) });
      open -= 1;
      if (open === 0) done();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(failed);
  });
  await consumer.disconnect();
  return records;
}

test('every acknowledged event is in the log where the outcome says and in key order, through the death of a leader', async () => {
  const leaderId = await admin.leaderOf('orders', 0);
  const orders = producerOf('orders');
  const loops = Array.from({ length: 8 }, (_, loop) => async () => {
    const outcomes: Outcome[] = [];
    for (let round = 0; round < 25; round += 1) {
      const events = Array.from({ length: 10 }, (_event, n) =>
        event(`${loop}-${String(round * 10 + n).padStart(4, '0')}`, { key: `key-${loop}` }),
      );
      outcomes.push(...(await orders.publishAll(events)));
      await systemClock.sleep(40);
    }
    return outcomes;
  });
  const running = Promise.all(loops.map((loop) => loop()));
  await systemClock.sleep(400);
  const leader = brokers.brokers.find(({ id }) => id === leaderId);
  await leader?.kill('SIGKILL');
  const outcomes = (await running).flat();
  await leader?.start();
  await orders.close();

  expect(outcomes.filter(({ kind }) => kind !== 'acked')).toEqual([]);
  const log = await read('orders');
  const at = new Map(log.map(({ partition, offset, id }) => [`${partition}@${offset}`, id]));
  for (const outcome of outcomes) {
    if (outcome.kind === 'acked') expect(at.get(`${outcome.partition}@${outcome.offset}`)).toBe(outcome.id);
  }
  for (let loop = 0; loop < 8; loop += 1) {
    const mine = log.filter(({ key }) => key === `key-${loop}`).sort((a, b) => a.offset - b.offset);
    const first = [...new Set(mine.map(({ id }) => id))];
    expect(first).toEqual([...first].sort());
    expect(first).toHaveLength(250);
  }
});
test('a topic that would lose with one broker takes no event', async () => {
  await admin.createTopic({
    name: 'weak',
    partitions: 1,
    replicationFactor: 3,
    configs: { 'min.insync.replicas': '1' },
  });
  await admin.createTopic({ name: 'thin', partitions: 1, replicationFactor: 2, configs });
  for (const [topic, message] of [
    ['weak', 'min.insync.replicas: got 1, want at least 2'],
    ['thin', 'replication factor: got 2, want at least 3'],
  ] as const) {
    const weak = producerOf(topic);
    await expect(weak.publish(event('a'))).rejects.toThrow(message);
    await weak.close();
  }
});

test('a record that the broker finds too large is rejected, and the next one is acknowledged', async () => {
  await admin.createTopic({ name: 'small', partitions: 1, replicationFactor: 3, configs: { ...configs, 'max.message.bytes': '2000' } }); // prettier-ignore
  const port = kafkajsPort({ environment: environmentOf('small'), clock: systemClock, warn: () => undefined });
  expect(await port.describe('small')).toEqual({ partitions: 1, maxMessageBytes: 2_000 });
  const { signal } = new AbortController();
  const record = (bytes: number) => ({ key: null, value: Buffer.alloc(bytes), headers: [] });
  expect(await port.send('small', 0, [record(10), record(3_000)], signal)).toMatchObject({ kind: 'rejected', about: 'record', code: 'MESSAGE_TOO_LARGE' }); // prettier-ignore
  expect(await port.send('small', 0, [record(10)], signal)).toEqual({ kind: 'acked', offsets: [0] });
  await port.close();
});

test('with less than acks=all an event is sent, and no more is said of it than is known', async () => {
  await admin.createTopic({ name: 'clicks', partitions: 1, replicationFactor: 3, configs });
  for (const acks of [1, 0] as const) {
    const clicks = producer({
      environment: environmentOf('clicks'),
      ...{ acks, acceptLoss: 'clicks are sampled anyway' },
      deps: { store: s3ObjectStore(s3), log: silent },
    });
    const outcomes = await clicks.publishAll([event(`${acks}-a`), event(`${acks}-b`)]);
    await clicks.close();
    const place = (offset: number) => ({ acks, topic: 'clicks', partition: 0, ...(acks === 1 && { offset }) });
    expect(outcomes).toEqual(['a', 'b'].map((id, n) => ({ kind: 'sent', id: `${acks}-${id}`, source: 'urn:test', ...place(n) }))); // prettier-ignore
  }
  // An answer with acks=1 comes before the followers have the record: until then it cannot be read.
  let written: string[] = [];
  while (!(written.includes('1-a') && written.includes('1-b'))) written = (await read('clicks')).map(({ id }) => id);
});

test('an event for a topic that does not exist yet is spilled, and replayed once it does', async () => {
  const late = producerOf('late', 2_000);
  const outcome = await late.publish(event('a', { key: 'k' }));
  await late.close();
  expect(outcome).toMatchObject({ kind: 'spilled', id: 'a' });

  await admin.createTopic({ name: 'late', partitions: 1, replicationFactor: 3, configs });
  const { cluster, spill, deadLetters } = producerEnvironment;
  const sweep = replay({
    store: s3ObjectStore(s3),
    log: silent,
    variables: {
      LOSSLESS_PRODUCER_Late: JSON.stringify(environmentOf('late')),
      LOSSLESS_REPLAY_Late: JSON.stringify({ cluster, topic: 'late', spill, deadLetters }),
    },
  });
  const context = { getRemainingTimeInMillis: () => 60_000 };
  expect(await sweep({}, context)).toEqual([{ replayed: 1, parked: 0, left: 0 }]);
  expect(await sweep({}, context)).toEqual([{ replayed: 0, parked: 0, left: 0 }]);
  expect(await read('late')).toEqual([{ id: 'a', key: 'k', partition: 0, offset: 0 }]);
});
