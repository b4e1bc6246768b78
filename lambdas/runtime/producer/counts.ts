import type { Fate } from './outcome';

/**
 * Events by how they ended, since the producer was made: each in exactly one of these, when its caller hears of it. Only
 * `logged` counts some of the rejected a second time.
 */
export type ProducerCounts = Readonly<Record<Fate['kind'] | 'logged', number>>;

export const noCounts = (): Record<keyof ProducerCounts, number> => ({
  ...{ acked: 0, spilled: 0, rejected: 0, unknown: 0 },
  ...{ sent: 0, stored: 0, forwarded: 0, dropped: 0, logged: 0 },
});
