/* What kafkajs is made of, without its retries: one request to one broker, and the code of its answer. */
import type { Batch, Fetched, Leadership, Produced } from './stage';

export interface Wire {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  metadata(topics: readonly string[]): Promise<{ topicMetadata: { partitionMetadata: { leader: number; isr: number[] }[] }[] }>; // prettier-ignore
  produce(request: object): Promise<{ topics: { partitions: { baseOffset: string }[] }[] }>;
  fetch(request: object): Promise<{ responses: { partitions: { highWatermark: string; messages: FetchedMessage[] }[] }[] }>; // prettier-ignore
  findGroupCoordinator(request: object): Promise<{ coordinator: { nodeId: number } }>;
  joinGroup(request: object): Promise<{ generationId: number; memberId: string; leaderId: string }>;
  syncGroup(request: object): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: object): Promise<unknown>;
  offsetCommit(request: object): Promise<unknown>;
  offsetFetch(request: object): Promise<{ responses: { partitions: { offset: string }[] }[] }>;
  readonly connectionPool: { send(request: { request: object; response: object }): Promise<unknown> };
}
interface FetchedMessage {
  readonly offset: string;
  readonly value: Buffer | null;
}
export interface Encoder {
  writeInt32(value: number): Encoder;
  writeString(value: string | null): Encoder;
  writeDouble(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
}

const inside = <T>(path: string): T => jest.requireActual<T & object>(`kafkajs/src/${path}`);
const WireBroker = inside<new (options: object) => Wire>('broker');
const ConnectionPool = inside<new (options: object) => object>('network/connectionPool');
const { createLogger } = inside<{ createLogger: (options: object) => object }>('loggers');
const socketFactory = inside<() => object>('network/socketFactory')();
const Long = inside<{ fromInt(value: number): object }>('utils/long');
export const NewEncoder = inside<new () => Encoder>('protocol/encoder');

/** Longer than any answer that a case waits for. */
const REQUEST_MS = 20_000;

/** A connection to one broker, for as long as `use` takes. @param address - `host:port` */
export async function onWire<T>(address: string, use: (wire: Wire) => Promise<T>): Promise<T> {
  const [host, port] = address.split(':');
  const logger = createLogger({ level: 0, logCreator: () => () => undefined });
  const options = { host, port: Number(port), logger, socketFactory, clientId: 'cases' };
  const connectionPool = new ConnectionPool({ ...options, connectionTimeout: 5_000, requestTimeout: REQUEST_MS });
  const wire = new WireBroker({ connectionPool, logger, allowAutoTopicCreation: false });
  await wire.connect();
  try {
    return await use(wire);
  } finally {
    await wire.disconnect();
  }
}

/** Kafka's error code in an error of kafkajs. @throws what has none */
export function codeOf(error: unknown): number {
  const { code } = error as { code?: unknown };
  if (typeof code === 'number') return code;
  throw error;
}

export function produceOn(
  address: string,
  topic: string,
  { values, sequence, acks = -1, timeoutMs = 4_000 }: Batch,
): Promise<Produced> {
  // prettier-ignore
  const messages = values.map((value) => ({ key: null, value: Buffer.from(value), headers: {}, timestamp: String(Date.now()) })); // prettier-ignore
  return onWire(address, async (wire) => {
    try {
      const { topics } = await wire.produce({
        ...{ acks, timeout: timeoutMs, producerId: Long.fromInt(sequence?.producer ?? -1) },
        producerEpoch: sequence ? 0 : -1,
        topicData: [{ topic, partitions: [{ partition: 0, firstSequence: sequence?.first ?? -1, messages }] }],
      });
      return { code: 0, base: Number(topics[0]?.partitions[0]?.baseOffset) };
    } catch (error) {
      return { code: codeOf(error), base: -1 };
    }
  });
}

const OUT_OF_RANGE = 1;

export function fetchOn(address: string, topic: string, from: number): Promise<Fetched> {
  return onWire(address, async (wire) => {
    try {
      const partitions = [{ partition: 0, fetchOffset: String(from), maxBytes: 1_000_000 }];
      const request = { maxWaitTime: 0, minBytes: 0, isolationLevel: 1, topics: [{ topic, partitions }] };
      const { responses } = await wire.fetch(request);
      const { highWatermark, messages } = responses[0]!.partitions[0]!;
      // A batch comes whole, also what lies before the offset that was asked for.
      const asked = messages.filter(({ offset }) => Number(offset) >= from);
      const records = asked.map(({ offset, value }) => `${offset} ${String(value)}`);
      return { kind: 'records', high: Number(highWatermark), records };
    } catch (error) {
      if (codeOf(error) === OUT_OF_RANGE) return { kind: 'out of range' };
      throw error;
    }
  });
}

const LEADER_NOT_AVAILABLE = 5;

/** As one broker has heard of it. */
export function leadershipOn(address: string, topic: string): Promise<Leadership> {
  return onWire(address, async (wire) => {
    try {
      const { topicMetadata } = await wire.metadata([topic]);
      const { leader, isr } = topicMetadata[0]!.partitionMetadata[0]!;
      return { leader, inSync: [...isr].sort() };
    } catch (error) {
      if (codeOf(error) === LEADER_NOT_AVAILABLE) return { leader: undefined, inSync: [] };
      throw error;
    }
  });
}
