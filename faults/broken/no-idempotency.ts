/**
 * BROKEN ON PURPOSE: a consumer that applies every delivery, keeping no record of what it has applied already.
 * A crash after some effects makes the mapping deliver them again. `npm start -- --break idempotency` plants it and
 * must report events applied twice.
 */
import { addOnce, type Records } from './effect';

export async function handler(event: Records) {
  for (const record of Object.values(event.records).flat()) await addOnce(record);
  return { batchItemFailures: [] };
}
