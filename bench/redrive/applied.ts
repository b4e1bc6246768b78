import { paginateScan, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MSKEvent } from 'aws-lambda';
import { bytes, consumer, update } from '../../lambdas/runtime';
import type { ProducerEnvironment } from '../../lambdas/runtime/contract';
import { kafkajsReader } from '../../lambdas/runtime/kafka/kafkajs-reader';
import type { ReadRecord } from '../../lambdas/runtime/kafka/topic-reader';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { silent } from '../consumer';
import { clientsOf, EFFECTS, environment, PARTITIONS, TOPIC, variablesOf, type Endpoints } from './parts';
import { LAMBDA, quiet } from './sent-back';

/** Records of one delivery at most. */
const BATCH = 500;

export interface Applied {
  /** All that lie in the topic. */
  readonly records: number;
  /** Events whose write took place that often. */
  readonly once: number;
  readonly twice: number;
}

/** Reads the whole topic and hands it to the consumer whose letters they were, as its mapping would. */
export async function applied(endpoints: Endpoints, say: (line: string) => void): Promise<Applied> {
  const variables = variablesOf(endpoints);
  const { s3, dynamodb } = clientsOf(endpoints);
  const handler = consumer({
    decode: bytes,
    write: (_, { event }) => [
      update({ TableName: EFFECTS, Key: { id: event.id }, UpdateExpression: 'ADD times :one', ExpressionAttributeValues: { ':one': 1 } }), // prettier-ignore
    ],
    deps: {
      variables: { ...variables, LOSSLESS_CONSUMER_Orders: JSON.stringify(environment) },
      ...{ transactions: dynamoDbTransactions(dynamodb), objects: s3ObjectStore(s3), meter: silent, log: quiet },
    },
  });
  const producer = JSON.parse(variables['LOSSLESS_PRODUCER_Orders'] ?? '') as ProducerEnvironment;
  const reader = kafkajsReader({ environment: producer, clock: systemClock, region: 'us-east-1' });
  let records = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { start, end } = (await reader.bounds(TOPIC, partition)) ?? { start: 0, end: 0 };
    for (let at = start; at < end;) {
      const fetched = await reader.fetch(TOPIC, partition, at);
      for (let n = 0; n < fetched.records.length; n += BATCH) {
        const batch = fetched.records.slice(n, n + BATCH);
        const { batchItemFailures } = await handler(delivery(partition, batch), LAMBDA);
        if (batchItemFailures.length > 0) throw new Error(`consumer: got ${JSON.stringify(batchItemFailures)}, want all settled`); // prettier-ignore
        records += batch.length;
      }
      at = fetched.next;
      say(`partition ${partition}: ${at} of ${end} read and applied`);
    }
  }
  await reader.close();
  return { records, ...(await effects(dynamodb)) };
}

async function effects(client: DynamoDBClient): Promise<Omit<Applied, 'records'>> {
  const counts = { once: 0, twice: 0 };
  for await (const { Items = [] } of paginateScan({ client }, { TableName: EFFECTS })) {
    for (const { times } of Items) counts[times?.N === '1' ? 'once' : 'twice']++;
  }
  return counts;
}

/** As the mapping hands it over. */
function delivery(partition: number, records: readonly ReadRecord[]): MSKEvent {
  const base64 = (content: Uint8Array | null) =>
    content === null ? undefined : Buffer.from(content).toString('base64');
  const of = records.map(({ offset, timestamp, key, value, headers }) => ({
    ...{ topic: TOPIC, partition, offset, timestamp, timestampType: 'LOG_APPEND_TIME' },
    ...{ key: base64(key), value: base64(value) },
    headers: headers.map(([name, content]) => ({ [name]: [...(content ?? [])] })),
  }));
  return { eventSource: 'aws:kafka', eventSourceArn: environment.cluster, bootstrapServers: '', records: { [`${TOPIC}-${partition}`]: of } } as unknown as MSKEvent; // prettier-ignore
}
