import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { LosslessError } from '../contract/errors';
import { CLIENT_ID, Connection, METADATA_MS } from './connection';
import { iamTokens } from './iam';
import { kafkajsPort } from './kafkajs';
import { LibrdkafkaDriver, RETRY_BACKOFF_MS, type ConfluentModule } from './librdkafka-client';
import type { ClientOptions, KafkaPort } from './port';
import { Seeds } from './seeds';
import { Slot } from './slot';

export type { ConfluentModule, ConfluentProducer } from './librdkafka-client';

export interface ConfluentOptions {
  /** The package, or what stands in for it. @default - `@confluentinc/kafka-javascript` as installed beside the handler or in a layer */
  readonly load?: () => Promise<ConfluentModule>;
  /** Milliseconds that no clock change moves. @default performance.now */
  readonly elapsed?: () => number;
}

/** librdkafka tells of every record by then; what waits for a leader waits as long. */
const MESSAGE_MS = 10_000;
const CALL_MS = MESSAGE_MS + 2_000;

/**
 * librdkafka behind the producer, in place of kafkajs. It needs the package `@confluentinc/kafka-javascript` beside the
 * handler (external to the bundle: it loads native code), and looks at the topic by kafkajs as before.
 *
 * @example
 * ```ts
 * import { confluent, producer } from 'cdk-lossless-kafka/runtime';
 *
 * const orders = producer({ topic: 'orders', client: confluent() });
 * ```
 */
export const confluent =
  ({ load = loadConfluent, elapsed = () => performance.now() }: ConfluentOptions = {}) =>
  (options: ClientOptions): KafkaPort => {
    const { clock } = options;
    const config = configOf(options);
    const topics = kafkajsPort(options);
    const acks = options.environment.acks ?? 'all';
    const seeds = new Seeds(options.environment.brokers, clock);
    const partitions = new Map<string, number>();
    // librdkafka asks any broker of the list, and another one when that does not answer.
    const create = (delayMs: number) =>
      new Connection(
        new LibrdkafkaDriver({
          ...{ load, elapsed, clock, acks, config: { ...config, 'bootstrap.servers': seeds.order().join(',') } },
          onPartitions: (topic, count) => partitions.set(topic, count),
        }),
        { clock, delayMs, connectMs: CALL_MS, callMs: CALL_MS },
      );
    // One for all brokers: librdkafka has a thread and a connection for each of them.
    const slot = new Slot(create, clock, options.onReplaced);
    return {
      send: (topic, partition, records, signal) => slot.send(topic, partition, records, signal),
      partitions: (topic) => Math.max(partitions.get(topic) ?? 0, topics.partitions?.(topic) ?? 0) || undefined,
      describe: async (topic) => {
        await load();
        return topics.describe(topic);
      },
      close: async () => void (await Promise.all([slot.close(), topics.close()])),
    };
  };

function configOf({ environment, clock, region }: ClientOptions): Readonly<Record<string, unknown>> {
  const acks = environment.acks ?? 'all';
  const base = {
    'client.id': CLIENT_ID,
    'enable.idempotence': acks === 'all',
    'enable.gapless.guarantee': acks === 'all',
    acks: acks === 'all' ? -1 : acks,
    'message.timeout.ms': MESSAGE_MS,
    'request.timeout.ms': 4_000,
    'socket.timeout.ms': 5_000,
    'socket.connection.setup.timeout.ms': 3_000,
    'retry.backoff.ms': RETRY_BACKOFF_MS,
    'retry.backoff.max.ms': 1_000,
    'reconnect.backoff.max.ms': 1_000,
    'topic.metadata.refresh.interval.ms': METADATA_MS,
    'linger.ms': 0,
    // What is too large is for the broker to say: a refusal of the queue in the middle of a send would leave a doubt.
    'message.max.bytes': 1_000_000_000,
    'allow.auto.create.topics': false,
    log_level: 0,
  };
  switch (environment.authentication) {
    case 'none':
      return base;
    case 'iam': {
      const token = iamTokens({ region: region, clock });
      const refresh = async () => {
        const { value, expiresAt } = await token();
        return { tokenValue: value, lifetime: expiresAt, principal: CLIENT_ID };
      };
      const sasl = { 'security.protocol': 'sasl_ssl', 'sasl.mechanisms': 'OAUTHBEARER' };
      return { ...base, ...sasl, oauthbearer_token_refresh_cb: refresh };
    }
  }
}

/** From the function's own folder or a layer, past the bundler: the package finds its native part beside itself. */
const loadConfluent = (): Promise<ConfluentModule> =>
  Promise.resolve().then(() => {
    const name = '@confluentinc/kafka-javascript';
    try {
      return createRequire(join(process.cwd(), 'handler.js'))(name) as ConfluentModule;
    } catch (cause) {
      const fix = 'install it beside the handler, or leave client out for kafkajs';
      throw new LosslessError('NOT_CONFIGURED', `${name}: got no module, want the optional peer; ${fix}`, { cause });
    }
  });
