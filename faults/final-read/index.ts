import type { FinalRead } from './final-read';
import type { KafkaTools } from './kafka-tools';
import { readLog, type LogSource } from './log';
import { readStores, type StoreSource } from './stores';

export type {
  Effects,
  FinalRead,
  LedgerRead,
  LogRecord,
  ParkedObject,
  PartitionRead,
  SettledRecord,
} from './final-read';
export { keepEvidence, type BrokerFiles } from './keep-evidence';
export { KafkaTools } from './kafka-tools';
export type { LogSource } from './log';
export { readTables, type StoreSource, type TableSource } from './stores';

export interface FinalReadSource extends LogSource, StoreSource {
  /** What the mapping counted, by Lambda's names. */
  readonly counters: FinalRead['counters'];
}

/**
 * Reads everything a run left behind by other means than the pipeline's own: the topic by Kafka's console consumer, the
 * group's offsets by Kafka's own tool, tables and buckets by the AWS SDK. Heal, wait and drain first.
 *
 * @throws when a part cannot be read as a whole: then there is nothing to judge by
 */
export async function finalRead(tools: KafkaTools, source: FinalReadSource): Promise<FinalRead> {
  const { topic, group, counters } = source;
  // The stores first: what a replay moves meanwhile from the spill store to the topic is then in both, never in neither.
  const stored = await readStores(source);
  const partitions = await readLog(tools, source);
  // Consumers of a topic share the bucket; what never reached the topic is everybody's.
  const deadLetters = stored.deadLetters.filter((letter) => letter.group === group || letter.group === '-');
  return { topic, group, partitions, ...stored, deadLetters, counters: { ...counters } };
}
