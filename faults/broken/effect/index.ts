import {
  DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type Update,
} from '@aws-sdk/client-dynamodb';
import { Retry } from '../../../lambdas/runtime/contract/word';

/** A mapping's event, as far as the broken handlers read it. */
export interface Records {
  readonly records: Record<string, readonly MappedRecord[]>;
}

interface MappedRecord extends Place {
  readonly topic: string;
  readonly value: string;
}

interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface Order {
  readonly id: string;
  readonly customer: string;
}

const dynamodb = new DynamoDBClient({});

/** The sample's effect without anything around it: one more application of the order, one more order of its customer. */
export async function addOnce({ value, ...place }: MappedRecord): Promise<void> {
  const [order, orders] = applicationOf(JSON.parse(Buffer.from(value, 'base64').toString('utf8')) as Order, place);
  await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: order }, { Update: orders }] }));
}

/**
 * The same as a system does it that takes the order's id for an idempotency key: a second time it changes nothing.
 * Resolves to false then.
 *
 * @throws Retry while another one of the same customer is under way
 */
export async function addUnlessThere(given: Order, place: Place): Promise<boolean> {
  const [order, orders] = applicationOf(given, place);
  const unlessThere = { ...order, ConditionExpression: 'attribute_not_exists(timesApplied)' };
  try {
    await dynamodb.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Update: unlessThere }, { Update: orders }] }),
    );
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const isThere = error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed';
    if (isThere) return false;
    throw new Retry('another order of the customer is under way', { cause: error });
  }
  return true;
}

function applicationOf({ id, customer }: Order, { partition, offset }: Place): [Update, Update] {
  const place = { partition: { N: String(partition) }, offset: { N: String(offset) }, id: { S: id } };
  const order = {
    TableName: process.env['ORDERS_TABLE'],
    Key: { id: { S: id } },
    UpdateExpression: 'ADD timesApplied :one SET customer = :customer',
    ExpressionAttributeValues: { ':one': { N: '1' }, ':customer': { S: customer } },
  };
  const orders = {
    TableName: process.env['CUSTOMERS_TABLE'],
    Key: { id: { S: customer } },
    UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :empty), :this)',
    ExpressionAttributeValues: { ':empty': { L: [] }, ':this': { L: [{ M: place }] } },
  };
  return [order, orders];
}
