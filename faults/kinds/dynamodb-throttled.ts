import type { Fault } from '../fault';
import { inMode } from '../underway';
import { dynamoDbServerErrors, dynamoDbThrottling } from '../proxies/refusals';

export const dynamodbThrottled: Fault = {
  name: 'dynamodb-throttled',
  title: 'DynamoDB throttled',
  group: 'store',
  describe: 'A share of the requests is throttled, or answered with a server error.',
  seconds: [5, 10],
  start({ dynamodb }, chance) {
    const share = chance.oneOf([0.2, 0.5, 1]);
    return inMode(
      [dynamodb],
      { kind: 'refuse', share, refusals: [...dynamoDbThrottling, ...dynamoDbServerErrors] } as const,
      `${share * 100} % of the requests to DynamoDB throttled or failed`,
    );
  },
};
