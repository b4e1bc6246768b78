import type { ConsumerRecord, RecordBatch } from '../event/records';

/** Lambda's partial batch response for Kafka. An empty list says that everything was processed. */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/**
 * For each partition everything from the lowest offset that is not settled to the end: whichever way the mapping reads
 * the answer, it neither commits past an unsettled record nor applies a later one first. Of a refused partition, all.
 */
export function batchResponse(
  batch: RecordBatch,
  settled: Pick<ReadonlySet<ConsumerRecord>, 'has'>,
): KafkaBatchResponse {
  const unsettled = [...batch.partitions].map(([partition, records]) => {
    const lowest = records.findIndex((record) => !settled.has(record));
    return { partition, offsets: records.slice(lowest === -1 ? records.length : lowest).map(({ offset }) => offset) };
  });
  const refused = [...batch.refused].map(([partition, { offsets }]) => ({ partition, offsets }));
  return {
    batchItemFailures: [...unsettled, ...refused].flatMap(({ partition, offsets }) =>
      offsets.map((offset) => ({ itemIdentifier: { partition, offset } })),
    ),
  };
}
