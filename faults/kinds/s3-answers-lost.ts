import type { Fault } from '../fault';
import { inMode } from '../underway';

export const s3AnswersLost: Fault = {
  name: 's3-answers-lost',
  title: 'S3 answers lost',
  group: 'store',
  describe: 'A share of the requests is carried out and never answered: the connection is reset.',
  seconds: [5, 10],
  start({ s3 }, chance) {
    const share = chance.oneOf([0.2, 0.5]);
    return inMode(
      [s3],
      { kind: 'lose-answers', share } as const,
      `${share * 100} % of the answers of S3 lost after the write`,
    );
  },
};
