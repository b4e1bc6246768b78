import { canary } from './runtime/canary';

/** Canary function: sends canaries through the doors of its topics and tells how old the latest is that was settled. A schedule wakes it. */
export const handler = canary();
