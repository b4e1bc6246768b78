/**
 * BROKEN ON PURPOSE: a consumer that reports the records that failed and no others, as examples of partial responses do.
 * What lies behind them, in the batch or in the next one, is applied first.
 */
import { addOnce, type Records } from './effect';

export async function handler(event: Records) {
  const batchItemFailures: object[] = [];
  for (const record of Object.values(event.records).flat()) {
    const { topic, partition, offset } = record;
    await addOnce(record).catch(() =>
      batchItemFailures.push({ itemIdentifier: { partition: `${topic}-${partition}`, offset } }),
    );
  }
  return { batchItemFailures };
}
