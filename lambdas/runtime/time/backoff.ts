import type { Clock } from './clock';

const FIRST_MS = 50;
const MOST_MS = 1_000;

/** Milliseconds to wait after the n-th failure in a row (n ≥ 1): exponential up to a second, half of it random. */
export const backoffMs = (failures: number, clock: Pick<Clock, 'random'>): number =>
  Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.5 + clock.random() / 2);
