/**
 * BROKEN ON PURPOSE: the product's consumer over a store that counts wrongly: every third write of a ledger counts one
 * application too many. Nothing is lost by it and nothing repeated; what is counted is not what happened.
 */
import type { Update } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { consumer } from '../../lambdas/runtime/consumer';
import { json } from '../../lambdas/runtime/event/decode';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { addUnlessThere } from './effect';

const EVERY = 3;
const dynamodb = dynamoDbTransactions();
let written = 0;

function countedWrongly(input: Update): Update {
  const values = input.ExpressionAttributeValues;
  const applied = values?.[':applied']?.N;
  if (applied === undefined || ++written % EVERY > 0) return input;
  return { ...input, ExpressionAttributeValues: { ...values, ':applied': { N: String(Number(applied) + 1) } } };
}

export const handler = consumer({
  decode: json(z.object({ id: z.string(), customer: z.string(), amount: z.number() })),
  call: (order, { record }) => addUnlessThere(order, record),
  concurrency: 20,
  deps: {
    transactions: {
      ...dynamodb,
      update: (input, patienceMs) => dynamodb.update(countedWrongly(input), patienceMs),
    },
  },
});
