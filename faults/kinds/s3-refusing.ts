import type { Fault } from '../fault';
import { s3Refusals } from '../proxies/refusals';
import { inMode } from '../underway';

export const s3Refusing: Fault = {
  name: 's3-refusing',
  title: 'S3 refusing',
  group: 'store',
  describe: 'A share of the requests is told to slow down, fails, or is denied.',
  seconds: [5, 10],
  start({ s3 }, chance) {
    const share = chance.oneOf([0.5, 1]);
    return inMode(
      [s3],
      { kind: 'refuse', share, refusals: s3Refusals } as const,
      `${share * 100} % of the requests to S3 refused`,
    );
  },
};
