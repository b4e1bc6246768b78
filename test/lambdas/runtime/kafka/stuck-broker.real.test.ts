import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTcpProxy, type TcpProxy } from '../../../../faults/proxies/tcp';
import { silent } from '../../../../lambdas/runtime/log';
import { producer } from '../../../../lambdas/runtime/producer';
import { startBrokers, type Brokers } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { Processes } from '../../../../local/processes';
import { event, producerEnvironment } from '../simulation/scripted-producer';
import { ScriptedStore } from '../simulation/scripted-store';

jest.setTimeout(180_000);

let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
let stuck: TcpProxy;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-stuck-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  brokers = await startBrokers({ dir, processes });
  admin = new ClusterAdmin(brokers.direct);
  const configs = { 'min.insync.replicas': '2' };
  await admin.createTopic({ name: 'orders', partitions: 6, replicationFactor: 3, configs });
  stuck = await startTcpProxy(() => 0.5);
  stuck.aim(Number(brokers.bootstrap.split(',')[0]!.split(':')[1]));
});

afterAll(async () => {
  await stuck.stop();
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

test.each([['handlers-stuck'], ['silent']] as const)(
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
