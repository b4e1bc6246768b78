import type { Fault } from '../fault';
import { inMode } from '../underway';

export const dynamodbDown: Fault = {
  name: 'dynamodb-down',
  title: 'DynamoDB down',
  group: 'store',
  describe: 'Every connection to DynamoDB is reset, and so is every new one.',
  seconds: [4, 10],
  start: ({ dynamodb }) => inMode([dynamodb], { kind: 'down' } as const, 'DynamoDB down'),
};
