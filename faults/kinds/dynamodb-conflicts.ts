import type { Fault } from '../fault';
import { transactionConflicts } from '../proxies/refusals';
import { inMode } from '../underway';

export const dynamodbConflicts: Fault = {
  name: 'dynamodb-conflicts',
  title: 'DynamoDB transaction conflicts',
  group: 'store',
  describe: 'A share of the transactions is cancelled because another one is at work on an item.',
  seconds: [5, 10],
  start({ dynamodb }, chance) {
    const share = chance.oneOf([0.2, 0.5]);
    return inMode(
      [dynamodb],
      { kind: 'refuse', share, refusals: transactionConflicts } as const,
      `${share * 100} % of the transactions cancelled by a conflict`,
    );
  },
};
