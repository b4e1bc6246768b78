/**
 * BROKEN ON PURPOSE: the product's consumer over a store that takes the completion of a call from anybody. An invocation
 * whose claim was taken over while it stood still writes its `done` over that of the other, which is committed past.
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { consumer } from '../../lambdas/runtime/consumer';
import { json } from '../../lambdas/runtime/decode';
import { dynamoDbTransactions } from '../../lambdas/runtime/idempotency/dynamodb';
import { addUnlessThere } from './effect';

const dynamodb = dynamoDbTransactions();

function withoutToken(item: TransactWriteItem): TransactWriteItem {
  const { TableName, Item, ConditionExpression } = item.Put ?? {};
  return Item?.['state']?.S === 'done' && ConditionExpression?.includes('#owner') ? { Put: { TableName, Item } } : item;
}

export const handler = consumer({
  decode: json(z.object({ id: z.string(), customer: z.string(), amount: z.number() })),
  call: (order, { record }) => addUnlessThere(order, record),
  concurrency: 20,
  deps: {
    transactions: {
      ...dynamodb,
      transact: (items, patienceMs) => dynamodb.transact(items.map(withoutToken), patienceMs),
    },
  },
});
