import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queueUrl, REGION } from './template/identity';
import type { Queue } from './template/queues';
import type { Bucket, Table } from './template/stores';

/** Who a client of the local parts is: any key will do, but there must be one. */
export const localIdentity = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/** What a client of a local store is made with. */
export const localClient = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: localIdentity.AWS_ACCESS_KEY_ID, secretAccessKey: localIdentity.AWS_SECRET_ACCESS_KEY },
});

/** Creates the template's tables, each with its expiry attribute. */
export async function createTables(endpoint: string, tables: readonly Table[]): Promise<void> {
  const client = new DynamoDBClient(localClient(endpoint));
  try {
    await Promise.all(tables.map((table) => createTable(client, table)));
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, { name, create, expiryAttribute }: Table): Promise<void> {
  await client.send(new CreateTableCommand({ ...create, TableName: name, BillingMode: 'PAY_PER_REQUEST' }));
  if (expiryAttribute === undefined) return;
  const TimeToLiveSpecification = { AttributeName: expiryAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}

/** Creates the template's buckets, versioned where it says so. */
export async function createBuckets(endpoint: string, buckets: readonly Bucket[]): Promise<void> {
  const client = new S3Client({ ...localClient(endpoint), forcePathStyle: true });
  try {
    await Promise.all(buckets.map((bucket) => createBucket(client, bucket)));
  } finally {
    client.destroy();
  }
}

async function createBucket(client: S3Client, { name, versioned }: Bucket): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: name }));
  if (!versioned) return;
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
}

/** Creates the template's queues, each with its dead-letter queue. */
export async function createQueues(endpoint: string, queues: readonly Queue[]): Promise<void> {
  const client = new SQSClient(localClient(endpoint));
  try {
    await Promise.all(
      queues.map(({ name, attributes }) => client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))), // prettier-ignore
    );
    // Once all are there: a dead-letter queue has to be before the queue that names it.
    const redriven = queues.filter(({ redrive }) => redrive !== undefined);
    await Promise.all(
      redriven.map(({ name, redrive }) => {
        const Attributes = { RedrivePolicy: JSON.stringify(redrive) };
        return client.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl(name, { sqs: endpoint }), Attributes }));
      }),
    );
  } finally {
    client.destroy();
  }
}
