import Cluster, { type ClusterBroker } from 'kafkajs/src/cluster/index.js';
import { createLogger } from 'kafkajs/src/loggers/index.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';
import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v4/request.js';
import { inWords, within } from '../time/within';
import { METADATA_MS } from './connection';
import { kafkaConfig } from './kafkajs';
import type { ClientOptions } from './port';
import { recordsIn, type RecordSet } from './record-set';
import { explainRefusal } from './refused';
import { withoutIdleTimers } from './request-queue';
import { Seeds } from './seeds';
import type { TopicReader } from './topic-reader';

/** Of transactions only what is committed is read, as by the mapping. */
const READ_COMMITTED = 1;
/** Bytes of one fetch; a larger batch comes whole all the same. */
const FETCH_BYTES = 4 * 1024 * 1024;
/** Milliseconds a broker waits for records that are not there yet. */
const WAIT_MS = 500;
/** kafkajs has no upper bound for a call. */
const CALL_MS = 20_000;
/** Tries of one call: a leader may have moved. */
const TRIES = 4;
const PAUSE_MS = 500;

/**
 * kafkajs as a reader of offsets. Its consumers read as members of a group alone, so this asks the cluster beneath them.
 * Opens nothing before the first call.
 * @throws LosslessError NOT_CONFIGURED without a region
 */
export function kafkajsReader(options: Pick<ClientOptions, 'environment' | 'region' | 'clock'>): TopicReader {
  const { clock, environment } = options;
  withoutIdleTimers();
  const cluster = new Cluster({
    ...kafkaConfig(options),
    brokers: new Seeds(environment.brokers, clock).order(),
    logger: createLogger({ level: 0, logCreator: () => () => undefined }),
    socketFactory: socketFactory(),
    ...{ enforceRequestTimeout: true, allowAutoTopicCreation: false, metadataMaxAge: METADATA_MS },
    isolationLevel: READ_COMMITTED,
  });
  let connected: Promise<void> | undefined;

  async function call<T>(what: string, act: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const ended = await within((connected ??= cluster.connect()).then(act), CALL_MS, { clock });
      if (ended.kind === 'value') return ended.value;
      const error = ended.kind === 'error' ? ended.error : new Error(`no answer within ${CALL_MS} ms`);
      if (tries === TRIES) throw new Error(`${what}: got ${inWords(explainRefusal(error))}, want an answer; run it again`, { cause: error }); // prettier-ignore
      await clock.sleep(PAUSE_MS * tries);
      // Whoever led the partition may have died, or given it up.
      const refreshed = await within((connected = cluster.connect().then(() => cluster.refreshMetadata())), CALL_MS, { clock }); // prettier-ignore
      if (refreshed.kind !== 'value') connected = undefined;
    }
  }

  return {
    bounds: (topic, partition) =>
      call(`offsets of ${topic}-${partition}`, async () => {
        await cluster.addTargetTopic(topic);
        if (!cluster.findTopicPartitionMetadata(topic).some((each) => each.partitionId === partition)) return undefined;
        const edge = async (fromBeginning: boolean) => {
          const [found] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]);
          return Number(found?.partitions[0]?.offset);
        };
        return { start: await edge(true), end: await edge(false) };
      }),
    fetch: (topic, partition, offset) =>
      call(`records of ${topic}-${partition} from offset ${offset}`, async () => {
        await cluster.addTargetTopic(topic);
        const found = cluster.findTopicPartitionMetadata(topic).find((each) => each.partitionId === partition);
        const broker = await cluster.findBroker({ nodeId: found?.leader ?? -1 });
        return recordsIn(await fetched(broker, topic, partition, offset), offset);
      }),
    close: async () => {
      await within(cluster.disconnect(), CALL_MS, { clock });
    },
  };
}

/** As kafkajs would decode it, but for the records: one batch it cannot unpack would cost it all the others. */
async function fetched(
  { connectionPool }: ClusterBroker,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<RecordSet> {
  const request = fetchRequest({
    ...{ replicaId: -1, maxWaitTime: WAIT_MS, minBytes: 1, maxBytes: FETCH_BYTES, isolationLevel: READ_COMMITTED },
    topics: [{ topic, partitions: [{ partition, fetchOffset, maxBytes: FETCH_BYTES }] }],
  });
  const response = {
    decode: (raw: Buffer) => Promise.resolve(answerIn(new Decoder(raw))),
    parse: ({ errorCode, ...answer }: Answer) =>
      errorCode === 0 ? Promise.resolve({ errorCode, ...answer }) : Promise.reject(createErrorFromCode(errorCode)),
  };
  return connectionPool.send({ request, response });
}

interface Answer extends RecordSet {
  readonly errorCode: number;
}

/** Kafka's protocol guide, "Fetch Response (Version: 4)", of one topic and one partition. */
function answerIn(decoder: Decoder): Answer {
  decoder.readInt32(); // throttle_time_ms
  const [answers] = decoder.readArray((topic) => {
    topic.readString();
    return topic.readArray((partition): Answer => {
      partition.readInt32(); // partition
      const errorCode = partition.readInt16();
      partition.readInt64(); // high_watermark
      partition.readInt64(); // last_stable_offset
      const abortedTransactions = partition.readArray((each) => ({
        producerId: each.readInt64().toString(),
        firstOffset: each.readInt64().toString(),
      }));
      const bytes = partition.readBytes(Math.max(0, partition.readInt32()));
      return { errorCode, abortedTransactions, bytes };
    });
  });
  const [answer] = answers ?? [];
  if (answer === undefined) throw new Error('fetch: got no partition, want the one that was asked for');
  return answer;
}
