/**
 * BROKEN ON PURPOSE: a consumer that reports success, so that the mapping commits, and applies the effect afterwards.
 * A crash in between loses the records. `npm start -- --break commit` plants it and must report lost events.
 */
import { addOnce, type Records } from './effect';

export function handler(event: Records) {
  const records = Object.values(event.records).flat();
  setTimeout(() => {
    for (const record of records) addOnce(record).catch(console.error);
  }, 300);
  return Promise.resolve({ batchItemFailures: [] });
}
