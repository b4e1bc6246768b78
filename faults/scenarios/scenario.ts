import { Kafka, logLevel, type Message } from 'kafkajs';
import type { Brokers } from '../../local';
import type { FaultReplicas } from '../fault';
import type { KafkaTools } from '../final-read';
import { untilPartition } from '../replicas';

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
  /** Whether every contender lost events, or kept them, as the scenario predicts. */
  readonly asTold: boolean;
}

/** The product's own producer, handed in so that this folder needs none of its code. */
export interface Sender {
  /** Resolves with the ids that were acknowledged. */
  send(ids: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface TopicOptions {
  /** @default 1 */
  readonly partitions?: number;
  /** Configuration, in Kafka's own names. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** A cluster of three brokers with nothing else around it. */
export interface Stage {
  readonly brokers: Brokers;
  readonly tools: KafkaTools;
  /** Makes a topic: replication factor 3, and `min.insync.replicas=2` and unclean election off unless said otherwise. */
  topic(name: string, about?: TopicOptions): Promise<FaultReplicas>;
  readonly say: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  /** The story in a sentence. */
  readonly describe: string;
  /** @param ours - the product's producer on a topic of the stage */
  play(stage: Stage, ours: (topic: string) => Sender): Promise<readonly Arm[]>;
}

export const told = (scenario: string, arms: readonly Arm[]): Told => ({
  scenario,
  arms,
  asTold: arms.every(({ lost, expectedLoss }) => lost > 0 === expectedLoss),
});

/** A kafkajs producer as people write it, with a message an event; `ce_id` lets the reader know each again. */
export async function plainProducer(bootstrap: string, options: { readonly acks: 1 | -1; readonly retries: number }) {
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: options.retries },
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return {
    /** Resolves with the offset of the first; the others follow it. */
    send: async (topic: string, ids: readonly string[]): Promise<number> => {
      const [answer] = await producer.send({ topic, acks: options.acks, messages: ids.map(message) });
      return Number(answer?.baseOffset);
    },
    close: () => producer.disconnect(),
  };
}

const message = (id: string): Message => ({ key: 'one', value: id, partition: 0, headers: { ce_id: id } });

/** The broker that leads the topic's only partition, and the two that follow. */
export async function leaderAndFollowers(stage: Stage, replicas: FaultReplicas) {
  const { leader: id } = await untilPartition(replicas, 0, 'a leader', ({ leader }) => leader > 0);
  const leader = stage.brokers.brokers.find((broker) => broker.id === id);
  const [first, second] = stage.brokers.brokers.filter((broker) => broker.id !== id);
  if (!leader || !first || !second) throw new Error(`broker ${id} leads, which is none of the three`);
  return { leader, followers: [first, second] as const };
}
