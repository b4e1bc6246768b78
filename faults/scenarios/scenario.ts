import { Kafka, logLevel, type Message } from 'kafkajs';
import type { Brokers } from '../../local';
import type { FaultReplicas } from '../fault';
import type { KafkaTools } from '../final-read';

/** One way of sending, and what became of what it sent. */
export interface Arm {
  readonly name: string;
  /** Events for which the sender heard yes. */
  readonly acknowledged: number;
  /** Acknowledged (in `leader-not-available`: sent), and not in the log at the end. */
  readonly lost: number;
  readonly expectedLoss: boolean;
}

export interface Told {
  readonly scenario: string;
  readonly arms: readonly Arm[];
  /** Every arm lost, or kept, as the story says. */
  readonly asTold: boolean;
}

/** The product's own producer, handed in so that this folder needs none of its code. */
export interface Sender {
  /** Resolves with the ids that were acknowledged. */
  send(ids: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A cluster of three brokers with nothing else around it. */
export interface Stage {
  readonly brokers: Brokers;
  readonly tools: KafkaTools;
  /** Makes a topic of one partition: replication factor 3, `min.insync.replicas=2`, unclean election off. */
  topic(name: string): Promise<FaultReplicas>;
  /** The product's producer on that topic. */
  ours(topic: string): Sender;
  readonly say: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  /** The story in a sentence. */
  readonly describe: string;
  play(stage: Stage): Promise<readonly Arm[]>;
}

export const told = (scenario: string, arms: readonly Arm[]): Told => ({
  scenario,
  arms,
  asTold: arms.every(({ lost, expectedLoss }) => lost > 0 === expectedLoss),
});

/** A kafkajs producer as people write it, with a message a record; `ce_id` lets the reader know each again. */
export async function plainProducer(bootstrap: string, options: { readonly acks: 1 | -1; readonly retries: number }) {
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: options.retries },
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return {
    send: async (topic: string, ids: readonly string[]): Promise<void> => {
      await producer.send({ topic, acks: options.acks, messages: ids.map(message) });
    },
    close: () => producer.disconnect(),
  };
}

const message = (id: string): Message => ({ key: 'one', value: id, partition: 0, headers: { ce_id: id } });

/** Every broker but that one. */
export const othersThan = (stage: Stage, id: number) => stage.brokers.brokers.filter((broker) => broker.id !== id);

export function brokerOf(stage: Stage, id: number) {
  const found = stage.brokers.brokers.find((broker) => broker.id === id);
  if (!found) throw new Error(`broker ${id} is none of the three`);
  return found;
}
