import type { Fault } from '../fault';
import { inMode } from '../underway';

export const dynamodbAnswersLost: Fault = {
  name: 'dynamodb-answers-lost',
  title: 'DynamoDB answers lost',
  group: 'store',
  describe: 'A share of the requests is carried out and never answered: the connection is reset.',
  seconds: [5, 10],
  start({ dynamodb }, chance) {
    const share = chance.oneOf([0.05, 0.2]);
    return inMode(
      [dynamodb],
      { kind: 'lose-answers', share } as const,
      `${share * 100} % of the answers of DynamoDB lost after the write`,
    );
  },
};
