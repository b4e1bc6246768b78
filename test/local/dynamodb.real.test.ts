import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoDb } from '../../local/dynamodb';
import { Processes } from '../../local/processes';
import { reachableFrom } from './fixtures/interfaces';

jest.setTimeout(120_000);

let logDir: string;
let processes: Processes;
let endpoint: string;
let client: DynamoDBClient;

beforeAll(async () => {
  logDir = mkdtempSync(join(tmpdir(), 'lossless-dynamodb-'));
  processes = new Processes({ logDir });
  ({ endpoint } = await startDynamoDb({ processes }));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: 'effects',
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});

afterAll(async () => {
  client.destroy();
  await processes.stopAll();
  rmSync(logDir, { recursive: true });
});

test('DynamoDB Local listens on the loopback interface only', async () => {
  expect(await reachableFrom(endpoint)).toEqual(['127.0.0.1']);
});

test('of many writers of one key that must not exist yet, exactly one wins', async () => {
  const put = (writer: number) =>
    client.send(
      new PutItemCommand({
        TableName: 'effects',
        Item: { key: { S: 'contended' }, writer: { N: String(writer) } },
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': 'key' },
      }),
    );
  const outcomes = await Promise.allSettled(Array.from({ length: 16 }, (_, writer) => put(writer)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a transaction whose condition fails writes nothing', async () => {
  const transaction = client.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'effects', Item: { key: { S: 'other' } } } },
        {
          ConditionCheck: {
            TableName: 'effects',
            Key: { key: { S: 'nobody' } },
            ConditionExpression: 'attribute_exists(#key)',
            ExpressionAttributeNames: { '#key': 'key' },
          },
        },
      ],
    }),
  );
  await expect(transaction).rejects.toThrow('ConditionalCheckFailed');
  const { Item } = await client.send(
    new GetItemCommand({ TableName: 'effects', Key: { key: { S: 'other' } }, ConsistentRead: true }),
  );
  expect(Item).toBeUndefined();
});
