import type { KafkaConfig, ProducerConfig } from 'kafkajs';
import type { KafkajsProducer } from '../../../../lambdas/runtime/kafka/kafkajs-client';
import type { KafkajsAdmin } from '../../../../lambdas/runtime/kafka/describe';
import { kafkajsPort } from '../../../../lambdas/runtime/kafka/kafkajs';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { Seeds } from '../../../../lambdas/runtime/kafka/seeds';
import { producer } from '../../../../lambdas/runtime/producer';
import { event, producerEnvironment } from '../simulation/scripted-producer';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { ScriptedStore } from '../simulation/scripted-store';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

const brokers = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'];
const never = <T>() => new Promise<T>(() => undefined);

/**
 * The product's producer on a kafkajs that knows each broker by its first one in the list, as kafkajs does: `hangs` says
 * which of them take connections, or also requests that find the way (`connect`), or nothing but that.
 */
function behind(hangs: ReadonlyMap<string, 'connect' | 'metadata'>, random?: () => number, partitions = () => 6) {
  const clock = new VirtualClock(random);
  const offsets = new Map<number, number>();
  const begun: string[] = [];
  const first = ({ brokers: list }: KafkaConfig) => (list as string[])[0]!;
  const stuck = (kafka: KafkaConfig, at: 'connect' | 'metadata') => {
    const found = hangs.get(first(kafka));
    return found === 'connect' || found === at;
  };
  const made = (kafka: KafkaConfig, config: ProducerConfig): KafkajsProducer => {
    begun.push(first(kafka));
    return {
      on: (() => undefined) as never,
      // An idempotent producer needs its number, and for that the metadata.
      connect: () => (stuck(kafka, 'metadata') ? never() : Promise.resolve()),
      disconnect: () => Promise.resolve(),
      send: ({ topic, messages }) => {
        const choose = config.createPartitioner!();
        const [partition = 0] = messages.map((message) =>
          choose({ topic, message, partitionMetadata: Array<never>(partitions()).fill({} as never) }),
        );
        const baseOffset = offsets.get(partition) ?? 0;
        offsets.set(partition, baseOffset + messages.length);
        return Promise.resolve([{ topicName: topic, partition, errorCode: 0, baseOffset: String(baseOffset) }]);
      },
    };
  };
  const admin = (kafka: KafkaConfig): KafkajsAdmin => ({
    connect: () => (stuck(kafka, 'connect') ? never() : Promise.resolve()),
    disconnect: () => Promise.resolve(),
    fetchTopicMetadata: () =>
      stuck(kafka, 'metadata')
        ? never()
        : Promise.resolve({ topics: [{ name: 'orders', partitions: Array(partitions()).fill({ replicas: [1, 2, 3] }) as never }] }), // prettier-ignore
    describeConfigs: () => Promise.resolve({ throttleTime: 0, resources: [] }),
  });
  const port = kafkajsPort({
    environment: { brokers: brokers.join(','), authentication: 'none' },
    clock,
    warn: () => undefined,
    kafkajs: { producer: made, admin },
  });
  const store = new ScriptedStore();
  const orders = producer({ environment: producerEnvironment, deps: { clock, port, store, log: new RecordingLog() } });
  return { clock, begun, port, store, orders };
}

const spread = (count: number, round = '') =>
  Array.from({ length: count }, (_, n) => event(`${round}${n}`, { key: `key-${n}` }));

describe.each(['connect', 'metadata'] as const)('a bootstrap broker that takes connections and hangs at %s', (at) => {
  test.each([0, 0.4, 0.99])('spills nothing, wherever in the list it stands (random %p)', async (random) => {
    for (const hanging of brokers) {
      const { clock, orders, store } = behind(new Map([[hanging, at]]), () => random);
      const start = clock.now();
      const cold = await clock.run(orders.publishAll(spread(30)));
      expect(new Set(cold.map(({ kind }) => kind))).toEqual(new Set(['acked']));
      expect(clock.now() - start).toBeLessThan(8_000);
      const warm = clock.now();
      await clock.run(orders.publishAll(spread(30, 'warm-')));
      expect([clock.now() - warm, store.puts]).toEqual([0, 0]);
    }
  });
});

test('two of three brokers that hang spill nothing either', async () => {
  const { clock, orders } = behind(new Map([[brokers[0]!, 'metadata'], [brokers[1]!, 'connect']])); // prettier-ignore
  const outcomes = await clock.run(orders.publishAll(spread(30)));
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['acked']));
});

describe('the order in which brokers are asked', () => {
  test('each client begins with another one, and no two sandboxes alike', () => {
    const clock = new VirtualClock();
    const seeds = new Seeds(brokers.join(','), clock);
    expect([1, 2, 3].map(() => seeds.order()[0]).sort()).toEqual(brokers);
    const lists = [0, 0.4, 0.99].map((random) => new Seeds(brokers.join(','), new VirtualClock(() => random)).order().join()); // prettier-ignore
    expect(new Set(lists).size).toBeGreaterThan(1);
  });

  test('one that hung is asked last for a minute, then in its turn', async () => {
    const clock = new VirtualClock();
    const seeds = new Seeds(brokers.join(','), clock);
    const order = seeds.order();
    seeds.failed(order);
    const firsts = () => [1, 2, 3].map(() => seeds.order()).map((list) => list[0]);
    expect(firsts()).not.toContain(order[0]);
    expect(seeds.order().at(-1)).toBe(order[0]);
    await clock.run(clock.sleep(60_000));
    expect(firsts()).toContain(order[0]);
  });

  test('one that answers again is asked in its turn at once', () => {
    const seeds = new Seeds(brokers.join(','), new VirtualClock());
    const order = seeds.order();
    seeds.failed(order);
    seeds.answered(order);
    expect([1, 2, 3].map(() => seeds.order()[0])).toContain(order[0]);
  });

  test('patience doubles while nobody answers, so that a slow start is not cut off for ever', () => {
    const seeds = new Seeds(brokers.join(','), new VirtualClock());
    const patience = () => (seeds.failed(seeds.order()), seeds.patienceMs);
    expect([seeds.patienceMs, patience(), patience(), patience()]).toEqual([3_000, 6_000, 10_000, 10_000]);
    seeds.answered(seeds.order());
    expect(seeds.patienceMs).toBe(3_000);
  });
});

test('an event whose partition was added is there within a minute, while events are sent', async () => {
  let partitions = 1;
  const { clock, orders, port } = behind(new Map(), undefined, () => partitions);
  await clock.run(orders.publish(event('a', { key: '1' })));
  expect(port.partitions?.('orders')).toBe(1);
  partitions = 50;
  await clock.run(orders.publish(event('b', { key: '1' })));
  const [outcome] = await clock.run(orders.publishAll([event('c', { key: '1' })]));
  expect(outcome).toMatchObject({ kind: 'acked', partition: partitionOfKey(Buffer.from('1'), 50) });
  expect(port.partitions?.('orders')).toBe(50);
});
