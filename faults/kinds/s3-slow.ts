import type { Fault } from '../fault';
import { inMode } from '../underway';

export const s3Slow: Fault = {
  name: 's3-slow',
  title: 'S3 slow',
  group: 'store',
  describe: 'Every request takes 0.2 to 1.8 s more.',
  seconds: [6, 10],
  start: ({ s3 }) => inMode([s3], { kind: 'slow', ms: 1000, jitterMs: 800 } as const, 'S3 1000 ± 800 ms slower'),
};
