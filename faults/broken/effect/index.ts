import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** A mapping's event, as far as the broken handlers read it. */
export interface Records {
  readonly records: Record<string, readonly { readonly value: string }[]>;
}

const dynamodb = new DynamoDBClient({});

/** The sample's effect without anything around it: one more application of the order. */
export async function addOnce(record: { readonly value: string }): Promise<void> {
  const order = JSON.parse(Buffer.from(record.value, 'base64').toString('utf8')) as { id: string; customer: string };
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: process.env['ORDERS_TABLE'],
      Key: { id: { S: order.id } },
      UpdateExpression: 'ADD timesApplied :one SET customer = :customer',
      ExpressionAttributeValues: { ':one': { N: '1' }, ':customer': { S: order.customer } },
    }),
  );
}
