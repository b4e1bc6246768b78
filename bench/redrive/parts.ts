import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { ConsumerEnvironment, ProducerEnvironment } from '../../lambdas/runtime/contract';
import { startBrokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { startDynamoDb } from '../../local/dynamodb';
import { startMinistack } from '../../local/ministack';
import type { Processes } from '../../local/processes';

export const TOPIC = 'orders';
/** Table of what the consumer's writes make. */
export const EFFECTS = 'effects';
/** As the records of the benches name it. */
const CLUSTER = 'arn:bench';
export const BUCKETS = { deadLetters: 'dead-letters', onFailure: 'on-failure', spill: 'spill' } as const;
export const PARTITIONS = 6;

export const environment: ConsumerEnvironment = {
  ...{ cluster: CLUSTER, topic: TOPIC, group: 'billing', table: 'idempotency', deadLetters: BUCKETS.deadLetters },
  ...{ timeMarginMs: 10_000, doneSeconds: 86_400 },
};

/** Where the real parts are: plain text, so that it can be told to another process. */
export interface Endpoints {
  readonly bootstrap: string;
  readonly dynamodb: string;
  readonly s3: string;
}

/** Brokers with an empty topic, DynamoDB Local with a table, an S3 stand-in with buckets. */
export async function startParts(dir: string, processes: Processes): Promise<Endpoints> {
  const [{ bootstrap, direct }, dynamodb, s3] = await Promise.all([
    startBrokers({ dir, processes }),
    startDynamoDb({ processes }),
    startMinistack({ dir, processes }),
  ]);
  const admin = new ClusterAdmin(direct);
  await admin.createTopic({ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3 });
  await admin.close();
  const endpoints = { bootstrap, dynamodb: dynamodb.endpoint, s3: s3.endpoint };
  const clients = clientsOf(endpoints);
  for (const Bucket of Object.values(BUCKETS)) await clients.s3.send(new CreateBucketCommand({ Bucket }));
  for (const [TableName, name] of Object.entries({ [environment.table]: 'key', [EFFECTS]: 'id' })) {
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  return endpoints;
}

export function clientsOf({ dynamodb, s3 }: Endpoints): { readonly dynamodb: DynamoDBClient; readonly s3: S3Client } {
  const access = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  return {
    dynamodb: new DynamoDBClient({ ...access, endpoint: dynamodb }),
    s3: new S3Client({ ...access, endpoint: s3, forcePathStyle: true }),
  };
}

/** What the replay and unpack functions find in their environment. */
export function variablesOf({ bootstrap }: Endpoints): Readonly<Record<string, string>> {
  const producer: ProducerEnvironment = {
    ...{ cluster: CLUSTER, topic: TOPIC, brokers: bootstrap, authentication: 'none', acks: 'all', source: 'bench' },
    ...{ spill: BUCKETS.spill, deadLetters: BUCKETS.deadLetters, spillTimeMs: 5_000, deadlineMs: 20_000 },
  };
  const replay = { cluster: CLUSTER, topic: TOPIC, spill: BUCKETS.spill, deadLetters: BUCKETS.deadLetters };
  return {
    AWS_REGION: 'us-east-1',
    LOSSLESS_PRODUCER_Orders: JSON.stringify(producer),
    LOSSLESS_REPLAY_Orders: JSON.stringify(replay),
    LOSSLESS_UNPACK_Orders: JSON.stringify({ ...environment, onFailure: BUCKETS.onFailure }),
  };
}
