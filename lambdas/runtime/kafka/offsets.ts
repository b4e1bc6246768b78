import type { Admin, KafkaConfig } from 'kafkajs';
import type { Clock } from '../time/clock';
import { inWords, within } from '../time/within';
import { kafkaConfig, openKafka } from './kafkajs';
import type { ClientOptions } from './port';
import { Seeds } from './seeds';

/** Offset of a partition's first record, and of the next one to be written. */
export interface LogEnds {
  readonly start: number;
  readonly end: number;
}

/** What is asked of Kafka about offsets, and no more: it reads no record. Each answer is by partition; each question rejects when Kafka did not answer. */
export interface Offsets {
  /** What the group has committed: the next record to read. Partitions without are left out. */
  committed(group: string): Promise<ReadonlyMap<number, number>>;
  ends(): Promise<ReadonlyMap<number, LogEnds>>;
  /** The first record of that time (epoch milliseconds) or later; where there is none, the next one to be written. */
  since(timestampMs: number): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** What is used of kafkajs, so that a test can script it. */
export type OffsetsAdmin = Pick<
  Admin,
  'connect' | 'disconnect' | 'fetchOffsets' | 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp'
>;

/** kafkajs has no upper bound for a call. */
const CALL_MS = 10_000;

/** Connects to the cluster of that topic. @throws LosslessError NOT_CONFIGURED without a region; any other error: try again */
export async function openOffsets(
  topic: string,
  options: Pick<ClientOptions, 'environment' | 'region' | 'clock'>,
  make: (config: KafkaConfig) => OffsetsAdmin = (config) => openKafka(config).admin(),
): Promise<Offsets> {
  const { clock, environment } = options;
  const admin = make({ ...kafkaConfig(options), brokers: new Seeds(environment.brokers, clock).order() });
  const close = () => within(admin.disconnect(), CALL_MS, { clock }).then(() => undefined);
  try {
    await answered(admin.connect(), `cluster of topic ${topic}`, clock);
  } catch (error) {
    void close();
    throw error;
  }
  return {
    committed: async (groupId) => {
      const found = await answered(
        admin.fetchOffsets({ groupId, topics: [topic] }),
        `offsets of group ${groupId}`,
        clock,
      );
      const partitions = found.flatMap((each) => (each.topic === topic ? each.partitions : []));
      return numbers(partitions.filter(({ offset }) => Number(offset) >= 0));
    },
    ends: async () => {
      const found = await answered(admin.fetchTopicOffsets(topic), `offsets of topic ${topic}`, clock);
      return new Map(found.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }]));
    },
    since: async (timestampMs) =>
      numbers(await answered(admin.fetchTopicOffsetsByTimestamp(topic, timestampMs), `times of topic ${topic}`, clock)),
    close,
  };
}

const numbers = (found: readonly { readonly partition: number; readonly offset: string }[]) =>
  new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));

async function answered<T>(asking: Promise<T>, what: string, clock: Clock): Promise<T> {
  const ended = await within(asking, CALL_MS, { clock });
  switch (ended.kind) {
    case 'value':
      return ended.value;
    case 'error':
      throw new Error(`${what}: ${inWords(ended.error)}`, { cause: ended.error });
    case 'timeout':
    case 'aborted':
      throw new Error(`${what}: got no answer within ${CALL_MS} ms`);
  }
}
