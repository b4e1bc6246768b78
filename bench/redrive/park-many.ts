import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLE_KEY } from '../../lambdas/runtime/contract';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { limit } from '../../lambdas/runtime/time/limit';
import { unpack } from '../../lambdas/runtime/unpack';
import { MemoryTables } from '../../simulation/dynamodb/memory-tables';
import { MemoryObjects } from '../../simulation/s3/memory-objects';
import { silent } from '../consumer';
import { BUCKETS, clientsOf, environment, variablesOf, type Endpoints } from './parts';
import { giveUp, LAMBDA, quiet, RECORDS } from './sent-back';

/** Requests at once. */
const AT_ONCE = 32;
/** Items of one BatchWriteItem at most. */
const ITEMS = 25;

/** Letters and what the table says of them, as unpack makes them in memory: only their way to the real stores is a short cut. */
export async function parkMany(endpoints: Endpoints, letters: number, say: (line: string) => void): Promise<void> {
  const { s3, dynamodb } = clientsOf(endpoints);
  const real = s3ObjectStore(s3);
  const tables = new MemoryTables({ [environment.table]: TABLE_KEY }, systemClock, () => 0, false);
  const objects = new MemoryObjects();
  const unpacking = unpack({ variables: variablesOf(endpoints), transactions: tables, objects, log: quiet, meter: silent }); // prettier-ignore
  const together = limit(AT_ONCE);
  for (let n = 0; n * RECORDS < letters; n++) {
    await giveUp(objects, n);
    await unpacking({}, LAMBDA);
    const names = objects.names(BUCKETS.deadLetters);
    if (names.length !== RECORDS) throw new Error(`unpacked: got ${names.length} letters, want ${RECORDS}`);
    await Promise.all(names.map((name) => together(() => real.putIfAbsent(BUCKETS.deadLetters, name, objects.content.get(`${BUCKETS.deadLetters}/${name}`) ?? '')))); // prettier-ignore
    objects.content.clear();
    if (n % 20 === 19) say(`${(n + 1) * RECORDS} letters put`);
  }
  await written(dynamodb, tables);
}

async function written(client: DynamoDBClient, tables: MemoryTables): Promise<void> {
  const items = tables.items(environment.table);
  const together = limit(AT_ONCE);
  const batches = Array.from({ length: Math.ceil(items.length / ITEMS) }, (_, n) => items.slice(n * ITEMS, (n + 1) * ITEMS)); // prettier-ignore
  const write = async (batch: typeof items) => {
    const puts = batch.map((item) => ({ PutRequest: { Item: marshall(item) } }));
    const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems: { [environment.table]: puts } })); // prettier-ignore
    if (Object.keys(UnprocessedItems).length > 0) throw new Error('BatchWriteItem: got items not written, want all');
  };
  await Promise.all(batches.map((batch) => together(() => write(batch))));
}
