import { consumer, json, put } from '../../lambdas/runtime';

/** A user's consumer. */
export const handler = consumer({
  decode: json(),
  write: (data, { event: { id } }) => [put({ TableName: 'orders', Item: { id, data } })],
});
