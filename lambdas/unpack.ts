import { unpack } from './runtime/unpack';

/**
 * Sweeps the on-failure buckets of `LOSSLESS_UNPACK_<id>` into parked records; started by a schedule.
 * Its time limit is the function's own.
 */
export const handler = unpack();
