import type { KafkaHeader } from '../../lambdas/runtime/event/message';
import type { Fetched, ReadRecord, TopicReader } from '../../lambdas/runtime/kafka/topic-reader';
import { ask, KafkajsError, leadersOf, type KafkajsOptions } from './kafkajs';
import type { Partition } from './partition';
import type { StoredBatch } from './replica-log';

/** Tries of one call, and the pause before the second: as the runtime's own reader has them. */
const TRIES = 4;
const PAUSE_MS = 500;
/** Batches of one fetch: few, so that a range takes several. */
const MOST_BATCHES = 20;

type Read = NonNullable<ReturnType<Partition['read']>>;

/** The runtime's reader in front of simulated brokers: each call asks one of them who leads, and then the leader. */
export function simulatedReader(options: KafkajsOptions): TopicReader {
  const { cluster, home } = options;
  const brokers = cluster.brokers.map(({ id }) => id);

  async function read(topic: string, number: number, offset: number): Promise<Read> {
    const leader = (await leadersOf(options, brokers, topic, () => undefined)).get(number);
    if (leader === undefined) throw new KafkajsError(`metadata of ${topic}: got no leader of partition ${number}`);
    const partition = cluster.partitions(topic)[number]!;
    const found = await ask<Read | undefined>(options, leader, (answer) => answer(partition.read(leader, offset)));
    if (found === undefined) throw new KafkajsError(`broker ${leader} does not lead it`);
    return found;
  }

  async function again<T>(what: string, act: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await act();
      } catch (cause) {
        if (tries === TRIES) throw new Error(`${what}: got no answer, want one; run it again`, { cause });
        await home.clock.sleep(PAUSE_MS * tries);
      }
    }
  }

  return {
    bounds: (topic, number) =>
      again(`offsets of ${topic}-${number}`, async () => {
        if (number >= cluster.partitions(topic).length) return undefined;
        const { start, high } = await read(topic, number, 0);
        return { start, end: high };
      }),
    fetch: (topic, number, offset) =>
      again(`records of ${topic}-${number}`, async () => fetched(await read(topic, number, offset), offset)),
    close: () => Promise.resolve(),
  };
}

function fetched({ batches, start }: Read, offset: number): Fetched {
  if (start > offset) throw new KafkajsError(`offset ${offset} is out of range`);
  const records = batches.slice(0, MOST_BATCHES).flatMap(recordsOf).filter((record) => record.offset >= offset);
  return { records, packed: [], next: (records.at(-1)?.offset ?? offset - 1) + 1 };
} // prettier-ignore

const recordsOf = ({ base, timestamp, messages }: StoredBatch): ReadRecord[] =>
  messages.map(({ key, value, headers }, n) => ({
    ...{ offset: base + n, timestamp, key, value },
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((text): KafkaHeader => [name, text === undefined ? null : Buffer.from(text)]),
    ),
  }));
