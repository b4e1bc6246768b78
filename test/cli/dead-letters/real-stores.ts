import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Versions } from '../../../cli/dead-letters/clients';
import type { Invoked, Surroundings } from '../../../cli/dead-letters/surroundings';
import { consumer, json, type ConsumerOptions } from '../../../lambdas/runtime';
import { dynamoDbTransactions } from '../../../lambdas/runtime/stores/dynamodb';
import { s3ObjectStore } from '../../../lambdas/runtime/stores/s3-object-store';
import { systemClock, type Clock } from '../../../lambdas/runtime/time/clock';
import { startDynamoDb } from '../../../local/dynamodb';
import { startMinistack } from '../../../local/ministack';
import type { Processes } from '../../../local/processes';
import { createTables } from '../../../local/stores';
import { CountingMeter, environment, kafkaEvent, RecordingLog, type Given } from '../../lambdas/runtime/simulation';
import { OUTPUT } from './terminal';

const access = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const { table, deadLetters } = environment;

/** The table of a group, one of its user's (`orders`), and a bucket of dead letters, with a consumer and a person's surroundings on them. */
export async function realStores(at: { readonly dir: string; readonly processes: Processes }) {
  const { endpoint } = await startDynamoDb(at);
  const keyed = (key: string) => ({
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
  });
  await createTables(endpoint, [
    { name: table, create: keyed('key') },
    { name: 'orders', create: keyed('id') },
  ] as never);
  const dynamodb = new DynamoDBClient({ ...access, endpoint });
  const s3 = new S3Client({ ...access, endpoint: (await startMinistack(at)).endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: deadLetters }));
  const [transactions, store] = [dynamoDbTransactions(dynamodb), s3ObjectStore(s3)];

  const deliver = async (
    options: Partial<ConsumerOptions<unknown>>,
    given: readonly Given[],
    clock: Clock = systemClock,
  ) => {
    const variables = { LOSSLESS_CONSUMER_B: JSON.stringify(environment) };
    const deps = {
      variables,
      transactions,
      objects: store,
      clock,
      meter: new CountingMeter(),
      log: new RecordingLog(),
    };
    const handler = consumer({ decode: json(), attempts: 1, ...options, deps } as ConsumerOptions<unknown>);
    const { batchItemFailures } = await handler(kafkaEvent(...given), { getRemainingTimeInMillis: () => 60_000 });
    expect(batchItemFailures).toEqual([]);
  };

  const printed: string[] = [];
  /** @param answer - the replay function's, to what it is sent */
  const around = (answer: (request: unknown) => Promise<unknown>): Surroundings => ({
    ...{ store, transactions, versions: s3Versions(s3), outputsOf: () => Promise.resolve([OUTPUT]) },
    caller: () => Promise.reject(new Error('nobody asks who calls')),
    clock: systemClock,
    invoke: async (_, payload): Promise<Invoked> => ({
      kind: 'answer',
      payload: JSON.stringify(await answer(JSON.parse(payload))),
    }),
    groupsOf: () => Promise.resolve([]),
    print: (text) => void printed.push(text),
    progress: { say: () => undefined, count: () => undefined, end: () => undefined },
    ask: () => Promise.resolve(undefined),
    nowMs: () => performance.now(),
    sleep: (ms) => systemClock.sleep(ms),
    signal: new AbortController().signal,
  });
  const destroy = () => {
    dynamodb.destroy();
    s3.destroy();
  };
  return { dynamodb, s3, transactions, store, deliver, around, said: () => printed.splice(0).join(''), destroy };
}
