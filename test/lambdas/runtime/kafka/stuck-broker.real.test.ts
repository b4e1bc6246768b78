import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicasOf } from '../../../../faults/replicas';
import { startTcpProxy, type TcpProxy } from '../../../../faults/proxies/tcp';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { producer } from '../../../../lambdas/runtime/producer';
import { startBrokers, type Brokers } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { Processes } from '../../../../local/processes';
import { event, producerEnvironment } from '../simulation/scripted-producer';
import { ScriptedStore } from '../simulation/scripted-store';

jest.setTimeout(180_000);

const PARTITIONS = 6;

let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
/** What clients are told of each broker, by its id; and one more way to broker 1, of which only a bootstrap list knows. */
const told = new Map<number, TcpProxy>();
let stuck: TcpProxy;
let leaders: readonly (number | undefined)[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-stuck-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  const proxyTo = async (port: number) => {
    const proxy = await startTcpProxy(() => 0.5);
    proxy.aim(port);
    return proxy;
  };
  const advertised = async (id: number, port: number) => {
    await told.get(id)?.stop();
    const proxy = await proxyTo(port);
    told.set(id, proxy);
    return proxy.port;
  };
  brokers = await startBrokers({ dir, processes, advertised });
  stuck = await proxyTo(brokers.brokers[0]!.port);
  admin = new ClusterAdmin(brokers.direct);
  const configs = { 'min.insync.replicas': '2' };
  await admin.createTopic({ name: 'orders', partitions: PARTITIONS, replicationFactor: 3, configs });
  const described = await replicasOf('orders', brokers.direct).describe();
  leaders = described.map(({ leader }) => leader);
});

afterAll(async () => {
  await Promise.all([stuck, ...told.values()].map((proxy) => proxy.stop()));
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const HANGS = [['handlers-stuck'], ['silent']] as const;

test.each(HANGS)(
  'a bootstrap broker that is %s spills no event of a new producer, whatever its place in the list',
  async (kind) => {
    stuck.set({ kind });
    const others = brokers.bootstrap.split(',').slice(1);
    for (const place of [0, 1, 2]) {
      const store = new ScriptedStore();
      const list = others.toSpliced(place, 0, `127.0.0.1:${stuck.port}`).join(',');
      const environment = { ...producerEnvironment, brokers: list, deadlineMs: 30_000 };
      const orders = producer({ environment, deps: { store, log: silent } });
      const events = Array.from({ length: 10 }, (_, n) => event(`${kind}-${place}-${n}`, { key: `key-${n}` }));
      const outcomes = await orders.publishAll(events);
      expect([new Set(outcomes.map((outcome) => outcome.kind)), store.puts]).toEqual([new Set(['acked']), 0]);
      await orders.close();
    }
    expect(stuck.set({ kind: 'pass' })).toBeGreaterThan(0);
  },
);

test.each(HANGS)(
  'of a producer at work, a broker that is %s spills the events of its own partitions alone, and none once it is back',
  async (kind) => {
    const environment = { ...producerEnvironment, brokers: brokers.bootstrap, deadlineMs: 20_000 };
    const orders = producer({ environment, deps: { store: new ScriptedStore(), log: silent } });
    const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`);
    const publish = async (when: string) => {
      const outcomes = await orders.publishAll(keys.map((key, n) => event(`${kind}-${when}-${n}`, { key })));
      return outcomes.map((outcome) => outcome.kind);
    };
    expect(new Set(await publish('before'))).toEqual(new Set(['acked']));
    const broker = told.get(1)!;
    broker.set({ kind });
    const during = await publish('during');
    expect(broker.set({ kind: 'pass' })).toBeGreaterThan(0);
    const isItsOwn = (key: string) => leaders[partitionOfKey(Buffer.from(key), PARTITIONS)] === 1;
    expect(during).toEqual(keys.map((key) => (isItsOwn(key) ? 'spilled' : 'acked')));
    expect(new Set(await publish('after'))).toEqual(new Set(['acked']));
    await orders.close();
  },
);
