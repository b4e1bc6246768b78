import { ConfigResourceTypes, type Admin } from 'kafkajs';
import type { Clock } from '../time/clock';
import { LosslessError } from '../contract/errors';
import { inWords, within } from '../time/within';
import { classify } from './kafkajs-client';
import type { TopicDescription } from './port';
import { explainRefusal } from './refused';

export type KafkajsAdmin = Pick<Admin, 'connect' | 'disconnect' | 'fetchTopicMetadata' | 'describeConfigs'>;

const CALL_MS = 10_000;
/** The configuration is read from the controller alone; where that hangs, no event waits for it any longer. */
const CONFIGS_MS = 5_000;
const MIN_REPLICAS = 3;
const MIN_IN_SYNC = 2;

/**
 * Reads partitions and size limit of a topic, and refuses one whose acknowledgement is worth less than three replicas,
 * two of them in sync. A client without the right to read the configuration warns and goes on: the construct sets it.
 */
export async function describeTopic(
  admin: KafkajsAdmin,
  topic: string,
  { clock, warn, limitMs, onMetadata }: DescribeOptions,
): Promise<TopicDescription> {
  let answered = false;
  try {
    await call(admin.connect(), 'connect', clock, limitMs);
    const partitions = await partitionsOf(admin, topic, clock, limitMs);
    answered = true;
    onMetadata(true);
    const replicas = Math.min(...partitions.map((partition) => partition.replicas.length));
    requireAtLeast(topic, 'replication factor', replicas, MIN_REPLICAS);
    const configs = await configsOf(admin, topic, clock, warn);
    requireAtLeast(topic, 'min.insync.replicas', configs.get('min.insync.replicas'), MIN_IN_SYNC);
    return { partitions: partitions.length, maxMessageBytes: configs.get('max.message.bytes') };
  } catch (error) {
    if (!answered) onMetadata(false);
    throw error;
  } finally {
    // Its answer is of no interest, and a hanging one must not hold up the first event.
    void within(admin.disconnect(), CALL_MS, { clock });
  }
}

export interface DescribeOptions {
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  /** Milliseconds that connecting may take, and reading the metadata. */
  readonly limitMs: number;
  /** Hears once whether the metadata was read. */
  readonly onMetadata: (answered: boolean) => void;
}

async function partitionsOf(admin: KafkajsAdmin, topic: string, clock: Clock, limitMs: number) {
  const reading = admin.fetchTopicMetadata({ topics: [topic] });
  const { topics } = await call(reading, `metadata of topic ${topic}`, clock, limitMs);
  const partitions = topics.find(({ name }) => name === topic)?.partitions ?? [];
  if (partitions.length === 0) throw new Error(`metadata of topic ${topic}: got no partitions, want at least one`);
  return partitions;
}

async function configsOf(
  admin: KafkajsAdmin,
  topic: string,
  clock: Clock,
  warn: (line: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const configNames = ['min.insync.replicas', 'max.message.bytes'];
  const request = {
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
  };
  const ended = await within(admin.describeConfigs(request), CONFIGS_MS, { clock });
  if (ended.kind !== 'value') {
    const why = ended.kind === 'error' ? inWords(ended.error) : ended.kind;
    warn(`configuration of topic ${topic} could not be read (${why}): min.insync.replicas is not checked`);
    return new Map();
  }
  const entries = ended.value.resources.flatMap((resource) => resource.configEntries);
  return new Map(entries.map(({ configName, configValue }) => [configName, Number(configValue)]));
}

function requireAtLeast(topic: string, what: string, got: number | undefined, want: number): void {
  if (got === undefined || got >= want) return;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `topic ${topic}, ${what}: got ${got}, want at least ${want}; an acknowledged event could be lost with one broker, so create the topic with KafkaTopic or raise it`,
  );
}

async function call<T>(promise: Promise<T>, what: string, clock: Clock, limitMs: number): Promise<T> {
  const ended = await within(promise, limitMs, { clock });
  switch (ended.kind) {
    case 'value':
      return ended.value;
    case 'error': {
      const result = classify(ended.error);
      if (result.kind !== 'rejected') throw explainRefusal(ended.error);
      const message = `${what}: got ${result.message}, want success; grant this function the topic with EventProducer`;
      throw new LosslessError('NOT_CONFIGURED', message, { cause: ended.error });
    }
    case 'timeout':
    case 'aborted':
      throw new Error(`${what}: got no answer within ${limitMs} ms`);
  }
}
