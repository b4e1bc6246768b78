import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';

/** A mapping's event, as far as the broken handlers read it. */
export interface Records {
  readonly records: Record<string, readonly MappedRecord[]>;
}

interface MappedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

const dynamodb = new DynamoDBClient({});

/** The sample's effect without anything around it: one more application of the order, one more order of its customer. */
export async function addOnce({ value, partition, offset }: MappedRecord): Promise<void> {
  const { id, customer } = JSON.parse(Buffer.from(value, 'base64').toString('utf8')) as Record<string, string>;
  const place = { partition: { N: String(partition) }, offset: { N: String(offset) }, id: { S: id ?? '' } };
  const order = {
    TableName: process.env['ORDERS_TABLE'],
    Key: { id: { S: id ?? '' } },
    UpdateExpression: 'ADD timesApplied :one SET customer = :customer',
    ExpressionAttributeValues: { ':one': { N: '1' }, ':customer': { S: customer ?? '' } },
  };
  const orders = {
    TableName: process.env['CUSTOMERS_TABLE'],
    Key: { id: { S: customer ?? '' } },
    UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :empty), :this)',
    ExpressionAttributeValues: { ':empty': { L: [] }, ':this': { L: [{ M: place }] } },
  };
  await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: order }, { Update: orders }] }));
}
