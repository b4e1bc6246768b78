import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startBrokers, type Brokers } from '../../../local/brokers';
import { ClusterAdmin } from '../../../local/cluster-admin';
import { Processes } from '../../../local/processes';
import type { FaultTarget } from '../../../faults/fault';
import { faultNamed } from '../../../faults/kinds';
import { PRODUCE } from '../../../faults/proxies/kafka-answers';
import { startTcpProxy, type TcpProxy } from '../../../faults/proxies/tcp';
import { chanceOf } from '../../../faults/random';
import { replicasOf } from '../../../faults/replicas';

jest.setTimeout(180_000);

const TOPIC = 'orders';
let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
const proxies = new Map<number, TcpProxy>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'proxies-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  brokers = await startBrokers({
    dir,
    processes,
    advertised: async (id, port) => {
      const proxy = proxies.get(id) ?? (await startTcpProxy(() => 0.5));
      proxies.set(id, proxy);
      proxy.aim(port);
      return proxy.port;
    },
  });
  admin = new ClusterAdmin(brokers.direct);
  await admin.createTopic({ name: TOPIC, partitions: 3, replicationFactor: 3 });
});

afterAll(async () => {
  await admin?.close();
  await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  await brokers?.stop();
  await processes?.stopAll();
  await rm(dir, { recursive: true, force: true });
});

const producer = () =>
  new Kafka({
    brokers: brokers.bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout: 3000,
    retry: { retries: 0 },
  }).producer();
const setAll = (mode: Parameters<TcpProxy['set']>[0]): number =>
  [...proxies.values()].reduce((hits, proxy) => hits + proxy.set(mode), 0);
const inLog = async (partition: number): Promise<number> => (await admin.endOffsets(TOPIC)).get(partition) ?? 0;

test.each(['close', 'silent'] as const)(
  'an answer that is lost (%s) is lost after the append: the send fails, the record is in the log',
  async (then) => {
    const client = producer();
    await client.connect();
    const before = await inLog(0);
    const send = (value: string) => client.send({ topic: TOPIC, acks: -1, messages: [{ partition: 0, value }] });
    await send('answered');
    setAll({ kind: 'lose-answers', share: 1, apiKeys: [PRODUCE], then });
    await expect(send('not answered')).rejects.toThrow();
    expect(setAll({ kind: 'pass' })).toBe(1);
    await client.disconnect();
    const after = producer();
    await after.connect();
    await after.send({ topic: TOPIC, acks: -1, messages: [{ partition: 0, value: 'answered again' }] });
    await after.disconnect();
    expect((await inLog(0)) - before).toBe(3);
  },
);

const target = (): FaultTarget => ({
  brokers: brokers.brokers.map((broker) => Object.assign(broker, { network: proxies.get(broker.id)! })),
  replicas: replicasOf(TOPIC, brokers.direct),
  producers: [],
  consumers: [],
  dynamodb: { endpoint: '', aim: () => {}, set: () => 0, stop: () => Promise.resolve() },
  s3: { endpoint: '', aim: () => {}, set: () => 0, stop: () => Promise.resolve() },
  callers: { send: () => Promise.resolve(0), sendTwins: () => Promise.resolve(0) },
  said: () => Promise.resolve(0),
  badCode: 'bad-deploy',
  topicConfig: () => Promise.resolve(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
const leaders = async () => (await target().replicas.describe()).map(({ leader }) => leader);

test('leaders move, every one of them, with all brokers alive', async () => {
  const { replicas } = target();
  const before = await leaders();
  const turned = (await replicas.describe()).map(
    ({ partition, replicas: ids }) => [partition, [...ids.slice(1), ids[0]!]] as const,
  );
  await replicas.reassign(new Map(turned));
  await replicas.electPreferred();
  const after = await leaders();
  expect(after.map((leader, n) => leader === before[n])).toEqual([false, false, false]);
});

test('a broker gives up its replicas and gets them back', async () => {
  const { heal } = await faultNamed('replicas-reassigned').start(target(), chanceOf(1));
  expect((await target().replicas.describe()).map(({ isr }) => isr.length)).toEqual([2, 2, 2]);
  expect(await heal()).toBe(3);
  expect((await target().replicas.describe()).map(({ isr }) => isr.length)).toEqual([3, 3, 3]);
});

test('a follower is held back until it is out of the in-sync replicas, and runs again when healed', async () => {
  const { heal } = await faultNamed('follower-held-back').start(target(), chanceOf(2));
  expect((await target().replicas.describe()).map(({ isr }) => isr.length)).toEqual([2, 2, 2]);
  await heal();
  while ((await target().replicas.describe()).some(({ isr }) => isr.length < 3)) await target().sleep(200);
});
