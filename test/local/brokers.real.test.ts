import { Kafka, logLevel } from 'kafkajs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startBrokers, type Broker, type Brokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { Processes } from '../../local/processes';

jest.setTimeout(120_000);

let dir: string;
let processes: Processes;
let cluster: Brokers;
let admin: ClusterAdmin;
const forwarders = new Map<number, Server>();

/** Stands in front of a broker, as a proxy of faults does. */
async function forward(brokerId: number, port: number): Promise<number> {
  const server = createServer((client) => {
    const broker = connect(port, '127.0.0.1');
    client.pipe(broker).pipe(client);
    client.on('error', () => broker.destroy());
    broker.on('error', () => client.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  forwarders.set(brokerId, server);
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-brokers-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  cluster = await startBrokers({
    dir,
    processes,
    advertised: forward,
    properties: {
      'log.retention.ms': '123456789',
      'only.msk.knows': 'this',
      'security.inter.broker.protocol': 'SASL_SSL',
    },
  });
  admin = new ClusterAdmin(cluster.direct);
});

afterAll(async () => {
  await admin.close();
  await processes.stopAll();
  for (const server of forwarders.values()) server.close();
  rmSync(dir, { recursive: true });
});

/** Past the forwarders by default: one in front of a dead broker takes a connection only to close it. */
const client = (bootstrap = cluster.direct) =>
  new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 200, retries: 20 },
  });

async function send(topic: string, values: readonly string[]): Promise<void> {
  const producer = client().producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value, partition: 0 })) });
  await producer.disconnect();
}

async function read(topic: string, count: number): Promise<string[]> {
  const consumer = client().consumer({ groupId: `reader-of-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const values: string[] = [];
  await new Promise<void>((all) => {
    void consumer.run({
      eachMessage: ({ message }) => {
        if (values.push(String(message.value)) === count) all();
        return Promise.resolve();
      },
    });
  });
  await consumer.commitOffsets([{ topic, partition: 0, offset: String(count) }]);
  await consumer.disconnect();
  return values;
}

const broker = (id: number): Broker => {
  const found = cluster.brokers.find((each) => each.id === id);
  if (!found) throw new Error(`no broker ${id}`);
  return found;
};

test('a new topic has every replica of every partition in sync, in three racks', async () => {
  await admin.createTopic({
    name: 'fresh',
    partitions: 6,
    replicationFactor: 3,
    configs: { 'cleanup.policy': 'delete' },
  });
  for (let partition = 0; partition < 6; partition++) {
    expect((await admin.isr('fresh', partition)).sort()).toEqual([1, 2, 3]);
  }
});

test('acknowledged records survive SIGKILL of their leader, which comes back on its data and into the in-sync replicas', async () => {
  await admin.createTopic({ name: 'kept', partitions: 1, replicationFactor: 3 });
  const before = Array.from({ length: 50 }, (_, n) => `before ${n}`);
  await send('kept', before);
  const leader = broker(await admin.leaderOf('kept', 0));
  await leader.kill('SIGKILL');
  expect(leader.alive).toBe(false);
  await send('kept', ['after']);
  expect(await admin.leaderOf('kept', 0)).not.toBe(leader.id);
  await leader.start();
  expect(leader.alive).toBe(true);
  while (!(await admin.isr('kept', 0)).includes(leader.id)) await wait(100);
  const segment = readFileSync(join(leader.dir, 'data', 'kept-0', '00000000000000000000.log'), 'latin1');
  expect(segment).toMatch(/before 0[^]*before 49[^]*after/);
  expect(await read('kept', 51)).toEqual([...before, 'after']);
  expect(await admin.endOffsets('kept')).toEqual(new Map([[0, 51]]));
  expect(await admin.committed('reader-of-kept', 'kept')).toEqual(new Map([[0, 51]]));
  expect(await admin.committed('nobody', 'kept')).toEqual(new Map());
});

test("the template's properties are in force, and those only MSK can use stop no broker", async () => {
  const kafka = client().admin();
  await kafka.connect();
  const { resources } = await kafka.describeConfigs({
    resources: [
      {
        type: 4,
        name: '1',
        configNames: ['log.retention.ms', 'unclean.leader.election.enable', 'min.insync.replicas'],
      },
    ],
    includeSynonyms: false,
  });
  await kafka.disconnect();
  const values = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [];
  expect(Object.fromEntries(values)).toEqual({
    'log.retention.ms': '123456789',
    'unclean.leader.election.enable': 'false',
    'min.insync.replicas': '2',
  });
});

test('clients are told the port of what stands in front of a broker', async () => {
  const kafka = client(cluster.bootstrap).admin();
  await kafka.connect();
  const { brokers } = await kafka.describeCluster();
  await kafka.disconnect();
  const told = brokers.map(({ nodeId, port }) => [nodeId, port]);
  expect(new Map(told as [number, number][])).toEqual(
    new Map([...forwarders].map(([id, server]) => [id, (server.address() as AddressInfo).port])),
  );
});

test('a broker that ends at start gives one error with what it wrote last, and leaves no process', async () => {
  const others = new Processes({ logDir: join(dir, 'refused') });
  const start = startBrokers({
    dir: join(dir, 'refused'),
    processes: others,
    properties: { 'log.cleanup.policy': 'never' },
  });
  await expect(start).rejects.toThrow(/^(broker-\d|controller) ended before it was ready; .*[^]*log\.cleanup\.policy/);
  await others.stopAll(0);
});

test('a start whose port is taken in between succeeds on other ports', async () => {
  const others = new Processes({ logDir: join(dir, 'taken') });
  const taken = createServer();
  const takeFirst = async (_: number, port: number) => {
    if (!taken.listening) await new Promise<void>((listening) => taken.listen(port, '127.0.0.1', listening));
    return port;
  };
  try {
    const { brokers } = await startBrokers({ dir: join(dir, 'taken'), processes: others, advertised: takeFirst });
    expect(brokers.map(({ alive }) => alive)).toEqual([true, true, true]);
    expect(brokers.map(({ port }) => port)).not.toContain((taken.address() as AddressInfo).port);
  } finally {
    await others.stopAll(0);
    taken.close();
  }
});

test('a broker that runs is not started a second time', async () => {
  await expect(broker(1).start()).rejects.toThrow('broker-1 runs already; kill it before it is started again');
});
