/**
 * BROKEN ON PURPOSE: the product's replay function over a table that writes `redriven` whatever is there. Letters stay after their first
 * delete, as they do when a redrive is killed before it: the next redrive finds an event that is applied, and sends it once more.
 */
import type { Update } from '@aws-sdk/client-dynamodb';
import { RECORD } from '../../lambdas/runtime/contract';
import { isRedriveRequest, redrive } from '../../lambdas/runtime/redrive';
import { replay } from '../../lambdas/runtime/replay';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';

const dynamodb = dynamoDbTransactions();
const s3 = s3ObjectStore();
const kept = new Set<string>();

const always = (input: Update): Update => ({
  ...input,
  ConditionExpression: `(${input.ConditionExpression}) OR attribute_exists(#key)`,
  ExpressionAttributeNames: { ...input.ExpressionAttributeNames, '#key': RECORD.key },
});

const redriving = redrive({
  transactions: { ...dynamodb, update: (input, patienceMs) => dynamodb.update(always(input), patienceMs) },
  store: {
    ...s3,
    delete: async (bucket, name) => {
      if (kept.has(name)) return s3.delete(bucket, name);
      kept.add(name);
    },
  },
});
const replaying = replay();

export const handler = (event: unknown, context: Parameters<typeof replaying>[1]) =>
  isRedriveRequest(event) ? redriving(event, context) : replaying(event, context);
