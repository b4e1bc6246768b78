import { startTcpProxy, type TcpProxy } from '../../../../faults/proxies/tcp';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { producer } from '../../../../lambdas/runtime/producer';
import { event, producerEnvironment } from '../simulation/scripted-producer';
import { ScriptedStore } from '../simulation/scripted-store';
import { brokersBehindProxies, type BrokersBehindProxies } from './brokers-behind-proxies';

jest.setTimeout(180_000);

const PARTITIONS = 6;

let cluster: BrokersBehindProxies<TcpProxy>;

beforeAll(async () => {
  cluster = await brokersBehindProxies(PARTITIONS, { startProxy: () => startTcpProxy(() => 0.5) });
});

afterAll(() => cluster.stop());

const HANGS = [['handlers-stuck'], ['silent']] as const;

test.each(HANGS)(
  'a bootstrap broker that is %s spills no event of a new producer, whatever its place in the list',
  async (kind) => {
    const { brokers, seed } = cluster;
    seed.set({ kind });
    const others = brokers.bootstrap.split(',').slice(1);
    for (const place of [0, 1, 2]) {
      const store = new ScriptedStore();
      const list = others.toSpliced(place, 0, `127.0.0.1:${seed.port}`).join(',');
      const environment = { ...producerEnvironment, brokers: list, deadlineMs: 30_000 };
      const orders = producer({ environment, deps: { store, log: silent } });
      const events = Array.from({ length: 10 }, (_, n) => event(`${kind}-${place}-${n}`, { key: `key-${n}` }));
      const outcomes = await orders.publishAll(events);
      expect([new Set(outcomes.map((outcome) => outcome.kind)), store.puts]).toEqual([new Set(['acked']), 0]);
      await orders.close();
    }
    expect(seed.set({ kind: 'pass' })).toBeGreaterThan(0);
  },
);

test.each(HANGS)(
  'of a producer at work, a broker that is %s spills the events of its own partitions alone, and none once it is back',
  async (kind) => {
    const { brokers, told } = cluster;
    const environment = { ...producerEnvironment, brokers: brokers.bootstrap, deadlineMs: 20_000 };
    const orders = producer({ environment, deps: { store: new ScriptedStore(), log: silent } });
    const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`);
    const publish = async (when: string) => {
      const outcomes = await orders.publishAll(keys.map((key, n) => event(`${kind}-${when}-${n}`, { key })));
      return outcomes.map((outcome) => outcome.kind);
    };
    expect(new Set(await publish('before'))).toEqual(new Set(['acked']));
    const leaders = await cluster.leaders();
    const [id] = leaders;
    const broker = told.get(id!)!;
    broker.set({ kind });
    const during = await publish('during');
    expect(broker.set({ kind: 'pass' })).toBeGreaterThan(0);
    const isItsOwn = (key: string) => leaders[partitionOfKey(Buffer.from(key), PARTITIONS)] === id;
    expect(during).toEqual(keys.map((key) => (isItsOwn(key) ? 'spilled' : 'acked')));
    expect(new Set(await publish('after'))).toEqual(new Set(['acked']));
    await orders.close();
  },
);
