import { LEASES } from '../../lambdas/runtime/contract';
import { BUCKETS } from '../pipeline/names';
import type { Fault } from './fault';

/** Of so many objects one cannot be read. */
const ONE_OF = [2, 5] as const;

/** Some objects cannot be read, and those beside them can: whatever is behind one of them must not wait for it. */
export const unreadableObjects: Fault = {
  name: 's3-objects-unreadable',
  lastsMs: [30_000, 300_000],
  strike: ({ around: { unreadable } }, chance) => {
    const [each, which] = [chance.whole(...ONE_OF), chance.whole(0, 100)];
    const lease = `${BUCKETS.spill}/${LEASES}`;
    unreadable.isSo = (path) => !path.startsWith(lease) && (sumOf(path) + which) % each === 0;
    return { what: `one object of ${each} could not be read`, heal: () => (unreadable.isSo = () => false) };
  },
};

const sumOf = (path: string): number => Buffer.from(path).reduce((sum, byte) => sum + byte, 0);
