import { usualKafkajs } from '../../faults/broken/usual-kafkajs';
import { silent } from '../../lambdas/runtime/watching/log';
import { producer } from '../../lambdas/runtime/producer';

/** One event of the load: 200 bytes of JSON that begin with its id. */
export interface LoadEvent {
  readonly id: string;
  readonly key: string;
  readonly pad: string;
}

/** Publishes events and resolves when all are acknowledged by all in-sync replicas; rejects when one is not. */
export interface BenchClient {
  publish(events: readonly LoadEvent[]): Promise<void>;
  close(): Promise<void>;
}

export type OpenClient = (bootstrap: string, topic: string) => Promise<BenchClient>;

const VALUE_BYTES = 200;
const SOURCE = 'urn:bench';
const TYPE = 'bench';

export const loadEvent = (id: string, n: number): LoadEvent => ({
  id,
  key: `customer-${n % 997}`,
  pad: 'x'.repeat(VALUE_BYTES - JSON.stringify({ id, pad: '' }).length),
});

/** The record that our producer writes, header by header: a CloudEvent in binary mode. */
const message = ({ id, key, pad }: LoadEvent) => ({
  key,
  value: JSON.stringify({ id, pad }),
  headers: {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: SOURCE,
    ce_type: TYPE,
    ce_time: new Date().toISOString(),
    'content-type': 'application/json',
  },
});

const ours: OpenClient = async (brokers, topic) => {
  const environment = {
    ...({ cluster: 'bench', topic, brokers, authentication: 'none', acks: 'all', source: SOURCE } as const),
    ...{ spill: 'none', deadLetters: 'none', spillTimeMs: 1_000, deadlineMs: 60_000 },
  };
  const orders = producer({ environment, deps: { log: silent } });
  return Promise.resolve({
    publish: async (events) => {
      const outcomes = await orders.publishAll(
        events.map(({ id, key, pad }) => ({ id, type: TYPE, key, data: { id, pad } })),
      );
      const other = outcomes.find(({ kind }) => kind !== 'acked');
      if (other) throw new Error(`got ${other.kind}, want acked`);
    },
    close: () => orders.close(),
  });
};

const usual: OpenClient = async (bootstrap, topic) => {
  const client = await usualKafkajs(bootstrap);
  return {
    publish: async (events) => void (await client.send(topic, events.map(message))),
    close: () => client.close(),
  };
};

/** What is used of two packages that may not be installed. */
interface Sender {
  connect(): Promise<void>;
  send(request: object): Promise<unknown>;
  disconnect(): Promise<void>;
  close(): Promise<void>;
}
const load = async (name: string): Promise<Record<string, never>> => (await import(name)) as Record<string, never>;

/** Its defaults, which are idempotent with acks=all as soon as the first is asked for. */
const confluent: OpenClient = async (bootstrap, topic) => {
  const { KafkaJS } = (await load('@confluentinc/kafka-javascript')) as unknown as {
    KafkaJS: { Kafka: new (config: object) => { producer(config: object): Sender }; logLevel: { NOTHING: number } };
  };
  const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: bootstrap.split(','), logLevel: KafkaJS.logLevel.NOTHING } });
  const sender = kafka.producer({ kafkaJS: { idempotent: true, acks: -1 } });
  await sender.connect();
  return {
    publish: async (events) => void (await sender.send({ topic, messages: events.map(message) })),
    close: () => sender.disconnect(),
  };
};

const platformatic: OpenClient = async (bootstrap, topic) => {
  const { Producer, stringSerializers } = (await load('@platformatic/kafka')) as unknown as {
    Producer: new (config: object) => Sender;
    stringSerializers: object;
  };
  const bootstrapBrokers = bootstrap.split(',');
  const sender = new Producer({
    clientId: 'bench',
    bootstrapBrokers,
    serializers: stringSerializers,
    idempotent: true,
  });
  return {
    publish: async (events) =>
      void (await sender.send({ messages: events.map((event) => ({ topic, ...message(event) })), acks: -1 })),
    close: () => sender.close(),
  };
};

/** Ours first; each other is what it is compared with. */
export const CLIENTS = { ours, 'usual kafkajs': usual, confluent, platformatic } satisfies Record<string, OpenClient>;
export type ClientName = keyof typeof CLIENTS;
