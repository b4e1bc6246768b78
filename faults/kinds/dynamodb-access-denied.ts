import type { Fault } from '../fault';
import { dynamoDbAccessDenied } from '../proxies/refusals';
import { inMode } from '../underway';

export const dynamodbAccessDenied: Fault = {
  name: 'dynamodb-access-denied',
  title: 'DynamoDB access denied',
  group: 'store',
  describe: 'A share of the requests is refused as not authorized, as after a policy was taken away.',
  seconds: [5, 10],
  start({ dynamodb }, chance) {
    const share = chance.oneOf([0.5, 1]);
    return inMode(
      [dynamodb],
      { kind: 'refuse', share, refusals: [dynamoDbAccessDenied] } as const,
      `${share * 100} % of the requests to DynamoDB denied`,
    );
  },
};
