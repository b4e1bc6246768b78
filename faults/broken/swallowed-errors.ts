/**
 * BROKEN ON PURPOSE: a consumer that logs what goes wrong with a record and goes on. The mapping hears of success and
 * commits past it.
 */
import { addOnce, type Records } from './effect';

export async function handler(event: Records) {
  for (const record of Object.values(event.records).flat()) await addOnce(record).catch(console.error);
  return { batchItemFailures: [] };
}
