import type { ICustomPartitioner, Message, PartitionMetadata, ProducerRecord, RecordMetadata } from 'kafkajs';
import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Kafkajs } from '../../lambdas/runtime/kafka/kafkajs';
import type { Link, Near } from '../network/link';
import type { Cluster } from './cluster';
import type { Partition } from './partition';
import { CODE, type Produced } from './protocol';
import type { Sequence, StoredMessage } from './replica-log';

/** A sandbox, as a client in it knows it. */
export interface Home extends Near {
  readonly clock: Clock;
}

/** What kafkajs is made of here: the brokers behind their links, by their addresses. */
export interface KafkajsOptions {
  readonly cluster: Cluster;
  readonly home: Home;
  readonly linkTo: (broker: number) => Link;
}

type MadeProducer = ReturnType<Kafkajs['producer']>;
type MadeAdmin = ReturnType<Kafkajs['admin']>;

/** `127.0.0.1:<id>`: the addresses of the brokers, as the runtime's check of them wants them. */
export const addressOf = (broker: number): string => `127.0.0.1:${broker}`;

const RETRIES = 3;
const REQUEST_MS = 5_000;
const CONNECT_MS = 3_000;
const PRODUCE = 0;
const METADATA = 3;
/** Codes after which kafkajs tries again by itself. */
const TRIED_AGAIN: ReadonlySet<number> = new Set([CODE.unknownTopicOrPartition, CODE.leaderNotAvailable, CODE.notLeader, CODE.timedOut, CODE.notEnoughReplicas, CODE.notEnoughReplicasAfterAppend]); // prettier-ignore

/** kafkajs in front of simulated brokers, under the runtime's own adapter: its retries, time limits and errors. */
export function simulatedKafkajs(options: KafkajsOptions): Kafkajs {
  return {
    producer: ({ brokers }, config) =>
      new SimulatedProducer(options, idsOf(brokers), config) as unknown as MadeProducer,
    admin: ({ brokers }) => simulatedAdmin(options, idsOf(brokers)),
  };
}

const idsOf = (brokers: unknown): number[] =>
  (brokers as readonly string[]).map((address) => Number(address.split(':')[1]));

/** Kafka's answer, as an error of kafkajs has it; without a code: a connection. */
export class KafkajsError extends Error {
  constructor(
    message: string,
    readonly code?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** One request to a broker, within the time that kafkajs gives it. */
export function ask<T>(
  { cluster, home, linkTo }: KafkajsOptions,
  id: number,
  serve: (answer: (value: T) => void) => void,
  limitMs = REQUEST_MS,
): Promise<T> {
  const broker = cluster.broker(id)!;
  return new Promise((resolve, reject) => {
    const over = home.clock.timer(limitMs, () => reject(new KafkajsError(`Request timed out: broker ${id}`)));
    const end = (act: () => void) => {
      over();
      act();
    };
    const { life } = broker;
    const request = linkTo(id).request(home, () => {
      if (broker.state === 'down') throw new KafkajsError(`connect ECONNREFUSED broker ${id}`);
      if (!broker.isConnected('clients')) return new Promise<T>(() => undefined);
      return new Promise<T>((answer, fail) => {
        // A broker that dies takes its connections along.
        const dies = () => {
          if (broker.life === life) return;
          forget();
          fail(new KafkajsError(`Closed connection: broker ${id}`));
        };
        const forget = () => broker.changed.delete(dies);
        broker.changed.add(dies);
        broker.do(() =>
          serve((value) => {
            forget();
            if (broker.isConnected('clients')) answer(value);
          }),
        );
      });
    });
    request.then(
      (value) => end(() => resolve(value)),
      (error: Error) => end(() => reject(error)),
    );
  });
}

/** Leaders by partition, as one broker sees them. */
type Leaders = ReadonlyMap<number, number | undefined>;

/** What a broker answers to a request for metadata: kafkajs takes none in which one partition has no leader. */
function metadataSeenBy(id: number, partitions: readonly Partition[]): Leaders | number {
  if (partitions.length === 0) return CODE.unknownTopicOrPartition;
  const leaders = new Map(partitions.map((each) => [each.number, each.leadershipSeenBy(id).leader]));
  return [...leaders.values()].includes(undefined) ? CODE.leaderNotAvailable : leaders;
}

/** As the first broker sees them that answers; `answered` hears of that. */
export async function leadersOf(
  options: KafkajsOptions,
  brokers: readonly number[],
  topic: string,
  answered: () => void,
): Promise<Leaders> {
  let failure: unknown;
  for (const id of brokers) {
    let seen: Leaders | number;
    try {
      seen = await ask<Leaders | number>(options, id, (answer) => answer(metadataSeenBy(id, options.cluster.partitions(topic)))); // prettier-ignore
    } catch (error) {
      failure = error;
      continue;
    }
    answered();
    if (typeof seen !== 'number') return seen;
    throw new KafkajsError(`metadata of ${topic}: broker ${id} answered with code ${seen}`, seen);
  }
  throw new KafkajsError('KafkaJSNumberOfRetriesExceeded', undefined, { cause: failure });
}

interface Config {
  readonly metadataMaxAge?: number;
  readonly idempotent?: boolean;
  readonly createPartitioner?: ICustomPartitioner;
}

type NetworkEvent = { readonly payload: { readonly apiKey: number } };

/** One producer object: its id, its sequence numbers, and what it knows of leaders. */
class SimulatedProducer {
  #heard: ((event: NetworkEvent) => void)[] = [];
  #producerId: number | undefined;
  readonly #sequences = new Map<string, number>();
  readonly #leaders = new Map<string, { readonly leaders: Leaders; readonly readAt: number }>();
  readonly #partitioner;

  constructor(
    private readonly options: KafkajsOptions,
    private readonly brokers: readonly number[],
    private readonly config: Config,
  ) {
    this.#partitioner = config.createPartitioner?.();
  }

  on(_event: string, hear: (event: NetworkEvent) => void): () => void {
    this.#heard.push(hear);
    return () => undefined;
  }

  async connect(): Promise<void> {
    let failure: unknown;
    for (const id of this.brokers) {
      try {
        const given = await ask<number>(this.options, id, (answer) => answer(this.options.cluster.newProducerId()), CONNECT_MS); // prettier-ignore
        if (this.config.idempotent) this.#producerId = given;
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw new KafkajsError('KafkaJSConnectionError', undefined, { cause: failure });
  }

  async send({ topic, messages, acks = -1, timeout = 30_000 }: ProducerRecord): Promise<RecordMetadata[]> {
    const { clock } = this.options.home;
    let failure: unknown;
    for (let tries = 0; tries <= RETRIES; tries++) {
      if (tries > 0) await clock.sleep(Math.min(1_000, 100 * 2 ** (tries - 1)) * (0.8 + 0.4 * clock.random()));
      try {
        return [await this.#attempt(topic, messages, acks as -1 | 0 | 1, timeout)];
      } catch (error) {
        failure = error;
        const { code } = error as KafkajsError;
        if (code !== undefined && !TRIED_AGAIN.has(code)) throw error;
        this.#leaders.delete(topic);
      }
    }
    throw new KafkajsError('KafkaJSNumberOfRetriesExceeded', (failure as KafkajsError).code, { cause: failure });
  }

  disconnect(): Promise<void> {
    this.#heard = [];
    return Promise.resolve();
  }

  async #attempt(topic: string, messages: Message[], acks: -1 | 0 | 1, timeoutMs: number): Promise<RecordMetadata> {
    const leaders = await this.#leadersOf(topic);
    const partitionMetadata = [...leaders] as unknown as PartitionMetadata[];
    const numbers = messages.map((message) => this.#partitioner?.({ topic, partitionMetadata, message }) ?? 0);
    const [number = 0] = numbers;
    const partition = this.options.cluster.partitions(topic)[number];
    const leader = leaders.get(number);
    if (!partition || leader === undefined) throw new KafkajsError(`metadata of ${topic}: got no partition ${number}`);
    const lane = `${topic} ${number}`;
    const first = this.#sequences.get(lane) ?? 0;
    const sequence = this.#producerId === undefined ? undefined : { producer: this.#producerId, first };
    const { code, base } = await this.#produce(partition, leader, messages.map(stored), { acks, sequence, timeoutMs });
    this.#tell(PRODUCE);
    if (code !== CODE.none) throw new KafkajsError(`broker ${leader} answered with code ${code}`, code);
    this.#sequences.set(lane, first + messages.length);
    return { topicName: topic, partition: number, errorCode: 0, baseOffset: String(base) };
  }

  #produce(
    partition: Partition,
    leader: number,
    messages: readonly StoredMessage[],
    request: { readonly acks: -1 | 0 | 1; readonly sequence?: Sequence; readonly timeoutMs: number },
  ): Promise<Produced> {
    return ask<Produced>(this.options, leader, (answer) => partition.produce(leader, messages, request, answer));
  }

  async #leadersOf(topic: string): Promise<Leaders> {
    const { clock } = this.options.home;
    const { metadataMaxAge = Number.POSITIVE_INFINITY } = this.config;
    const known = this.#leaders.get(topic);
    if (known && clock.monotonic() - known.readAt < metadataMaxAge) return known.leaders;
    const leaders = await leadersOf(this.options, this.brokers, topic, () => this.#tell(METADATA));
    this.#leaders.set(topic, { leaders, readAt: clock.monotonic() });
    return leaders;
  }

  #tell(apiKey: number): void {
    for (const hear of this.#heard) hear({ payload: { apiKey } });
  }
}

const bytes = (value: unknown): Buffer | null => (value === null || value === undefined ? null : Buffer.from(value as Buffer)); // prettier-ignore

const stored = ({ key, value, headers = {} }: Message): StoredMessage => ({ key: bytes(key), value: bytes(value), headers }); // prettier-ignore

function simulatedAdmin(options: KafkajsOptions, brokers: readonly number[]): MadeAdmin {
  const { cluster } = options;
  const first = async <T>(serve: (answer: (value: T) => void) => void): Promise<T> => {
    let failure: unknown;
    for (const id of brokers) {
      try {
        return await ask<T>(options, id, serve);
      } catch (error) {
        failure = error;
      }
    }
    throw failure instanceof Error ? failure : new KafkajsError('KafkaJSConnectionError');
  };
  const admin: Pick<MadeAdmin, 'connect' | 'disconnect'> & Record<string, unknown> = {
    connect: () => first<void>((answer) => answer()),
    disconnect: () => Promise.resolve(),
    fetchTopicMetadata: ({ topics }: { topics: string[] }) =>
      first((answer) =>
        answer({
          topics: topics.map((name) => ({
            name,
            partitions: cluster.partitions(name).map(({ number }) => ({ partitionId: number, replicas: [1, 2, 3] })),
          })),
        }),
      ),
    describeConfigs: ({ resources }: { resources: { name: string }[] }) =>
      first((answer) =>
        answer({
          resources: resources.map(({ name }) => ({
            configEntries: [
              { configName: 'min.insync.replicas', configValue: String(cluster.minInSync) },
              { configName: 'max.message.bytes', configValue: String(cluster.settings(name)?.maxMessageBytes) },
            ],
          })),
        }),
      ),
  };
  return admin as unknown as MadeAdmin;
}
