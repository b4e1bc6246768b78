/**
 * BROKEN ON PURPOSE: the product's consumer over a store that takes the completion of a call from anybody. An invocation
 * whose claim was taken over while it stood still writes its `done` over what the other one has recorded.
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { consumer } from '../../lambdas/runtime/consumer';
import { Park } from '../../lambdas/runtime/contract/word';
import { json } from '../../lambdas/runtime/event/decode';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { addUnlessThere } from './effect';

const dynamodb = dynamoDbTransactions();

/** Every name and value stays in use, as DynamoDB refuses the others. */
function withoutToken({ Update, ...other }: TransactWriteItem): TransactWriteItem {
  const { ConditionExpression = '', ExpressionAttributeValues: values } = Update ?? {};
  const isCompletion = values?.[':state']?.S === 'done' && ConditionExpression.includes('#owner');
  if (!isCompletion) return { ...other, Update };
  return { Update: { ...Update!, ConditionExpression: `attribute_exists(#state) OR (${ConditionExpression})` } };
}

export const handler = consumer({
  decode: json(z.object({ id: z.string(), customer: z.string(), amount: z.number() })),
  call: async (order, { record }) => {
    // As some systems answer a call that is repeated; so what the second invocation records differs from the first's.
    if (!(await addUnlessThere(order, record))) throw new Park('the order has been placed before');
  },
  concurrency: 20,
  deps: {
    transactions: {
      ...dynamodb,
      transact: (items, patienceMs) => dynamodb.transact(items.map(withoutToken), patienceMs),
    },
  },
});
