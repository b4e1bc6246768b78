import { update, type WriteOperation } from '../lambdas/runtime/idempotency/operations';

export interface OneMoreOptions {
  /** Partition key of the table. @default 'id' */
  readonly key?: string;
  /** Attribute that counts. @default 'n' */
  readonly attribute?: string;
}

/**
 * The write of an effect that counts how often it has taken place, for tests of your own consumers: what is applied once is 1 in
 * the table, and what is applied twice is 2.
 *
 * @example
 * ```ts
 * import { consumer, json } from 'cdk-lossless-kafka/runtime';
 * import { oneMore } from 'cdk-lossless-kafka/testing';
 *
 * export const handler = consumer({ decode: json(), write: (_, { event }) => [oneMore('orders', event.id)] });
 * ```
 */
export const oneMore = (
  table: string,
  id: string,
  { key = 'id', attribute = 'n' }: OneMoreOptions = {},
): WriteOperation =>
  update({
    TableName: table,
    Key: { [key]: id },
    UpdateExpression: 'ADD #attribute :one',
    ExpressionAttributeNames: { '#attribute': attribute },
    ExpressionAttributeValues: { ':one': 1 },
  });
