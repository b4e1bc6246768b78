import type { Stretch } from '../ledger/stretch';

/** What lies in `stretches` and in none of `others`, in order. Both in order, none touching another of its list. */
export function without(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  return stretches.flatMap(([from, to]) => {
    const left: Stretch[] = [];
    let next = from;
    for (const [start, end] of others) {
      if (end < next) continue;
      if (start > to) break;
      if (start > next) left.push([next, start - 1]);
      next = end + 1;
    }
    return next <= to ? [...left, [next, to]] : left;
  });
}

/** What lies in both. */
export const shared = (stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] =>
  without(stretches, without(stretches, others));

export const offsetsIn = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, [from, to]) => sum + to - from + 1, 0);
