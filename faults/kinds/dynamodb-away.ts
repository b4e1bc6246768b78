import type { Fault } from '../fault';
import { inMode } from '../underway';

/** Longer than any patience in the product, and far shorter than the topic's retention. */
const SECONDS = 300;

export const dynamodbAway: Fault = {
  name: 'dynamodb-away',
  title: 'DynamoDB away',
  group: 'store',
  describe: 'Every connection to DynamoDB is reset, and so is every new one, for five minutes.',
  seconds: [SECONDS, SECONDS],
  alone: true,
  start: ({ dynamodb }) => inMode([dynamodb], { kind: 'down' } as const, 'DynamoDB away'),
};
