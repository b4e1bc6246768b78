import type { Fault } from '../fault';
import { inMode } from '../underway';

export const s3Down: Fault = {
  name: 's3-down',
  title: 'S3 down',
  group: 'store',
  describe: 'Every connection to S3 is reset, and so is every new one.',
  seconds: [4, 10],
  start: ({ s3 }) => inMode([s3], { kind: 'down' } as const, 'S3 down'),
};
