import { Kafka, logLevel, type KafkaConfig, type ProducerConfig } from 'kafkajs';
import { CLIENT_ID, Connection } from './connection';
import { KafkajsDriver, type KafkajsProducer } from './kafkajs-client';
import { describeTopic, type KafkajsAdmin } from './describe';
import { iamTokens } from './iam';
import type { ClientOptions, KafkaPort } from './port';
import { withoutIdleTimers } from './request-queue';
import { Seeds } from './seeds';
import { Slot } from './slot';

/** What is used of kafkajs, so that a test can script it. */
export interface Kafkajs {
  producer(kafka: KafkaConfig, producer: ProducerConfig): KafkajsProducer;
  admin(kafka: KafkaConfig): KafkajsAdmin;
}

const realKafkajs: Kafkajs = {
  producer: (kafka, producer) => openKafka(kafka).producer(producer),
  admin: (kafka) => openKafka(kafka).admin(),
};

export function openKafka(kafka: KafkaConfig): Kafka {
  withoutIdleTimers();
  return new Kafka(kafka);
}

/** kafkajs has no upper bound for a call and was seen not to settle at all. */
const CALL_MS = 10_000;
const MAX_SLOTS = 3;

/** kafkajs behind the port. Opens nothing before the first call. @throws LosslessError NOT_CONFIGURED without a region */
export function kafkajsPort(options: ClientOptions & { readonly kafkajs?: Kafkajs }): KafkaPort {
  const { clock, warn, onReplaced, kafkajs = realKafkajs } = options;
  const config = kafkaConfig(options);
  const seeds = new Seeds(options.environment.brokers, clock);
  const partitions = new Map<string, number>();
  const { acks = 'all' } = options.environment;
  const create = (delayMs: number) => {
    const brokers = seeds.order();
    const driver = new KafkajsDriver((producer) => kafkajs.producer({ ...config, brokers }, producer), {
      acks,
      onPartitions: (topic, count) => partitions.set(topic, count),
    });
    return new Connection(driver, {
      ...{ clock, delayMs, connectMs: seeds.patienceMs, callMs: CALL_MS },
      onConnect: (connected) => (connected ? seeds.answered(brokers) : seeds.failed(brokers)),
    });
  };
  // One client per broker at most: a stuck send holds up all of its client. Kafka deals a topic's leaders out in turn, so
  // partitions a round apart share a leader, and with it the client.
  const length = Math.min(MAX_SLOTS, seeds.count);
  const slots = Array.from({ length }, () => new Slot(create, clock, onReplaced));
  const slotOf = (partition: number) => slots[partition % slots.length] as Slot;
  return {
    send: (topic, partition, records, signal) => slotOf(partition).send(topic, partition, records, signal),
    busy: (partition) => slotOf(partition).busy(),
    partitions: (topic) => partitions.get(topic),
    describe: async (topic) => {
      const brokers = seeds.order();
      const admin = kafkajs.admin({ ...config, brokers });
      return describeTopic(admin, topic, {
        ...{ clock, warn, limitMs: seeds.patienceMs },
        onMetadata: (answered) => (answered ? seeds.answered(brokers) : seeds.failed(brokers)),
      });
    },
    close: async () => {
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

/** How each client comes to the brokers. @throws LosslessError NOT_CONFIGURED without a region */
export function kafkaConfig({
  environment,
  region,
  clock,
}: Pick<ClientOptions, 'environment' | 'region' | 'clock'>): Omit<KafkaConfig, 'brokers'> {
  const base = {
    clientId: CLIENT_ID,
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 5_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
    // What kafkajs logs are tries; what is left of them is in the outcome.
    logLevel: logLevel.NOTHING,
  };
  switch (environment.authentication) {
    case 'none':
      return base;
    case 'iam': {
      const oauthBearerProvider = iamTokens({ region: region, clock });
      return { ...base, ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } };
    }
  }
}
