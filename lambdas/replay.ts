import { replay } from './runtime/replay';

/** Replay function: publishes what lies in the spill stores of its environment. A schedule wakes it. */
export const handler = replay();
