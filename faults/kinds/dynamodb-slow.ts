import type { Fault } from '../fault';
import { inMode } from '../underway';

export const dynamodbSlow: Fault = {
  name: 'dynamodb-slow',
  title: 'DynamoDB slow',
  group: 'store',
  describe: 'Every request takes 0.2 to 0.8 s more.',
  seconds: [6, 10],
  start: ({ dynamodb }) =>
    inMode([dynamodb], { kind: 'slow', ms: 500, jitterMs: 300 } as const, 'DynamoDB 500 ± 300 ms slower'),
};
