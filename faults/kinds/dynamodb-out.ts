import type { Fault } from '../fault';
import { inMode } from '../underway';

export const dynamodbOut: Fault = {
  name: 'dynamodb-out',
  title: 'DynamoDB out',
  group: 'store',
  describe:
    'Every connection to DynamoDB is reset for longer than an invocation has: it must say what it has not settled.',
  seconds: [34, 40],
  start: ({ dynamodb }) => inMode([dynamodb], { kind: 'down' } as const, 'DynamoDB out'),
};
