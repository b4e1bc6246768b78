import { Kafka, logLevel, type Admin } from 'kafkajs';
import { setTimeout as wait } from 'node:timers/promises';

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic configuration, in Kafka's own names. */
  readonly configs?: Readonly<Record<string, string>>;
}

const FULL_ISR_WITHIN_MS = 30_000;
/** Longer than an election after a broker's death. */
const ANSWER_WITHIN_MS = 30_000;
/** What kafkajs throws while a partition has no leader, or the broker asked has not heard of a new topic yet. */
const LEADERLESS = new Set(['LEADER_NOT_AVAILABLE', 'LISTENER_NOT_FOUND', 'UNKNOWN_TOPIC_OR_PARTITION']);

/** Questions about a cluster, and new topics. Partition and offset maps hold what Kafka answered, by partition. */
export class ClusterAdmin {
  readonly #admin: Admin;
  #connected: Promise<void> | undefined;

  /** @param bootstrap - comma-separated `host:port` */
  constructor(bootstrap: string) {
    const kafka = new Kafka({
      clientId: 'local-admin',
      brokers: bootstrap.split(','),
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, retries: 5 },
    });
    this.#admin = kafka.admin();
  }

  /** Resolves when every partition has all its replicas in sync. */
  async createTopic({ name, partitions, replicationFactor, configs = {} }: NewTopic): Promise<void> {
    const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const topic = { topic: name, numPartitions: partitions, replicationFactor, configEntries };
    // kafkajs's own wait gives up when it asks a broker that has not heard of the topic yet; the one below does not.
    await this.#answered((admin) =>
      admin.createTopics({ topics: [topic], waitForLeaders: false, timeout: ANSWER_WITHIN_MS }),
    );
    const until = Date.now() + FULL_ISR_WITHIN_MS;
    for (;;) {
      const found = await this.#partitions(name);
      if (found.length === partitions && found.every(({ isr }) => isr.length === replicationFactor)) return;
      if (Date.now() > until)
        throw new Error(`topic ${name}: not all replicas in sync after ${FULL_ISR_WITHIN_MS / 1000} s`);
      await wait(50);
    }
  }

  /** Broker id; −1 while the partition has no leader. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    return (await this.#partition(topic, partition))?.leader ?? -1;
  }

  /** Broker ids of the replicas in sync; empty while the partition has no leader. */
  async isr(topic: string, partition: number): Promise<number[]> {
    return (await this.#partition(topic, partition))?.isr ?? [];
  }

  /** The offset after the last record that every in-sync replica has (the high watermark), by partition. */
  async endOffsets(topic: string): Promise<Map<number, number>> {
    const offsets = await this.#answered((admin) => admin.fetchTopicOffsets(topic));
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** The group's committed offsets, by partition; partitions without one are left out. */
  async committed(group: string, topic: string): Promise<Map<number, number>> {
    const [found] = await this.#answered((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    const offsets = (found?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)] as const);
    return new Map(offsets.filter(([, offset]) => offset >= 0));
  }

  /** Resolves when the cluster serves that group: the first one makes the brokers create the topic of all offsets. */
  async untilGroupServes(group: string, topic: string): Promise<void> {
    const until = Date.now() + FULL_ISR_WITHIN_MS;
    for (;;) {
      try {
        await this.committed(group, topic);
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
      }
      await wait(100);
    }
  }

  async close(): Promise<void> {
    if (!this.#connected) return;
    await this.#connected;
    await this.#admin.disconnect();
  }

  async #ready(): Promise<Admin> {
    this.#connected ??= this.#admin.connect().catch((error: unknown) => {
      this.#connected = undefined; // the next question tries again
      throw error;
    });
    await this.#connected;
    return this.#admin;
  }

  /** Asks again while Kafka says that it cannot answer yet: a coordinator or a leader is being chosen. */
  async #answered<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const until = Date.now() + ANSWER_WITHIN_MS;
    for (;;) {
      try {
        return await question(await this.#ready());
      } catch (error) {
        if (!(error as { retriable?: boolean }).retriable || Date.now() > until) throw error;
      }
      await wait(100);
    }
  }

  async #partition(topic: string, partition: number) {
    return (await this.#partitions(topic)).find(({ partitionId }) => partitionId === partition);
  }

  /** None while one of them has no leader: kafkajs gives no answer at all then. */
  #partitions(topic: string) {
    return this.#answered(async (admin) => {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]?.partitions ?? [];
      } catch (error) {
        if (LEADERLESS.has((error as { type?: string }).type ?? '')) return [];
        throw error;
      }
    });
  }
}
