/**
 * Events by how they ended, since the producer was made: each in exactly one of these, when its caller hears of it. Only
 * `logged` counts some of the rejected a second time.
 */
export type ProducerCounts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** The kinds of an outcome, and `logged`. */
const COUNTED = ['acked', 'spilled', 'rejected', 'unknown', 'sent', 'parked', 'forwarded', 'dropped', 'logged'] as const; // prettier-ignore

export const noCounts = (): Record<keyof ProducerCounts, number> =>
  Object.fromEntries(COUNTED.map((kind) => [kind, 0])) as Record<keyof ProducerCounts, number>;
