import { Kafka, logLevel, type KafkaConfig, type ProducerConfig } from 'kafkajs';
import type { Clock } from '../clock';
import type { ProducerEnvironment } from '../contract';
import { LosslessError } from '../errors';
import type { KafkaMessage } from '../event';
import { Client, type KafkajsProducer } from './client';
import { describeTopic, type KafkajsAdmin } from './describe';
import { iamTokens } from './iam';
import type { KafkaPort, SendResult } from './port';

/** What is used of kafkajs, so that a test can script it. */
export interface Kafkajs {
  producer(kafka: KafkaConfig, producer: ProducerConfig): KafkajsProducer;
  admin(kafka: KafkaConfig): KafkajsAdmin;
}

const realKafkajs: Kafkajs = {
  producer: (kafka, producer) => new Kafka(kafka).producer(producer),
  admin: (kafka) => new Kafka(kafka).admin(),
};

/** After a freeze a connection may be dead without a sign, and kafkajs takes minutes to notice. */
const IDLE_MS = 5 * 60_000;
const MAX_REBUILD_DELAY_MS = 2_000;
const MAX_SLOTS = 3;

export interface KafkajsPortOptions {
  readonly environment: Pick<ProducerEnvironment, 'brokers' | 'authentication'> &
    Partial<Pick<ProducerEnvironment, 'acks'>>;
  readonly clock: Clock;
  /** Region the brokers' tokens are signed for. Required with authentication `iam`. */
  readonly region?: string;
  readonly warn: (line: string) => void;
  readonly kafkajs?: Kafkajs;
}

/** kafkajs behind the port. Opens nothing before the first call. @throws LosslessError NOT_CONFIGURED without a region */
export function kafkajsPort(options: KafkajsPortOptions): KafkaPort {
  const { clock, kafkajs = realKafkajs } = options;
  const config = kafkaConfig(options);
  const warn = once(options.warn);
  const { acks = 'all' } = options.environment;
  const create = (delayMs: number) =>
    new Client((producer) => kafkajs.producer(config, producer), delayMs, clock, acks === 'all' ? -1 : acks);
  // One client per broker at most: a stuck send holds up all of its client. Kafka deals a topic's leaders out in turn, so
  // partitions a round apart share a leader, and with it the client.
  const slots = Array.from({ length: Math.min(MAX_SLOTS, config.brokers.length) }, () => new Slot(create, clock));
  return {
    send: (topic, partition, records, signal) =>
      (slots[partition % slots.length] as Slot).send(topic, partition, records, signal),
    describe: (topic) => describeTopic(kafkajs.admin(config), topic, { clock, warn }),
    close: async () => {
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

/** The place of one living client, replaced after any failure. */
class Slot {
  private client?: Client;
  /** Clients spoiled since the last acknowledgement. */
  private failures = 0;

  constructor(
    private readonly create: (delayMs: number) => Client,
    private readonly clock: Clock,
  ) {}

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const result = await this.current().send(topic, partition, records, signal);
    if (result.kind === 'acked' || result.kind === 'sent') this.failures = 0;
    return result;
  }

  async close(): Promise<void> {
    await this.client?.retire();
    this.client = undefined;
  }

  private current(): Client {
    const client = this.client;
    if (client !== undefined && !client.spoiled && !client.idleFor(IDLE_MS)) return client;
    if (client?.spoiled) this.failures += 1;
    void client?.retire();
    this.client = this.create(this.rebuildDelayMs());
    return this.client;
  }

  /** Full jitter: a broker's death spoils the clients of every sandbox at the same moment. */
  private rebuildDelayMs(): number {
    if (this.failures === 0) return 0;
    return this.clock.random() * Math.min(MAX_REBUILD_DELAY_MS, 100 * 2 ** this.failures);
  }
}

function kafkaConfig({ environment, region, clock }: KafkajsPortOptions): KafkaConfig & { brokers: string[] } {
  const base = {
    clientId: 'cdk-lossless-kafka',
    brokers: environment.brokers.split(','),
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
      if (!region) {
        throw new LosslessError(
          'NOT_CONFIGURED',
          'AWS_REGION: got nothing, want the region of the brokers; Lambda sets it, set it elsewhere',
        );
      }
      const oauthBearerProvider = iamTokens({ region, clock });
      return { ...base, ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } };
    }
  }
}

function once(warn: (line: string) => void): (line: string) => void {
  let warned = false;
  return (line) => {
    if (!warned) warn(line);
    warned = true;
  };
}
