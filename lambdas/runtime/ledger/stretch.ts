/** Offsets, both inclusive. */
export type Stretch = readonly [from: number, to: number];

/** Gaps between offsets (transaction markers, compaction) keep stretches apart; more than these are joined, oldest first. */
const STRETCHES = 50;

/** Stretches that touch are one. */
export function joined(stretches: readonly Stretch[]): Stretch[] {
  const sorted = [...stretches].sort(([a], [b]) => a - b);
  const apart: Stretch[] = [];
  for (const [from, to] of sorted) {
    const before = apart.at(-1);
    if (before && from <= before[1] + 1) apart[apart.length - 1] = [before[0], Math.max(before[1], to)];
    else apart.push([from, to]);
  }
  while (apart.length > STRETCHES) {
    const [first, second] = apart.splice(0, 2) as [Stretch, Stretch];
    apart.unshift([first[0], second[1]]);
  }
  return apart;
}
