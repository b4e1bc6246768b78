import type { Fault } from '../fault';
import { inMode } from '../underway';

export const dynamodbSilent: Fault = {
  name: 'dynamodb-silent',
  title: 'DynamoDB silent',
  group: 'store',
  describe: 'Requests are taken and never answered, nor carried out.',
  seconds: [4, 10],
  start: ({ dynamodb }) => inMode([dynamodb], { kind: 'silent' } as const, 'DynamoDB takes requests and never answers'),
};
