import { result, type CheckResult } from '../../faults/checker/verdict';
import { faultWindows } from '../../faults/checker/fault-windows';
import type { FinalRead } from '../../faults/final-read/final-read';
import type { Entry } from '../../faults/history';

/** From when to when, epoch milliseconds. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Beside P6, which looks at the end of the backlog: while no fault is on, no partition settles nothing for longer than the patience
 * though it holds something that is settled later. What is never settled is stuck, or lost.
 */
export function standing(entries: readonly Entry[], read: FinalRead): CheckResult {
  const { group, partitions, settled, patienceMs = 0 } = read;
  const calm = calmOf(entries);
  const findings = partitions.flatMap(({ partition, records }) => {
    const appendedAt = new Map(records.map(({ offset, timestamp }) => [offset, timestamp]));
    const ends = settled
      .filter((each) => each.partition === partition)
      .map(({ offset, settledAt }) => ({ offset, since: appendedAt.get(offset) ?? settledAt, settledAt }))
      .sort((a, b) => a.settledAt - b.settledAt);
    return calm.flatMap((stretch) =>
      ends.flatMap(({ offset, since, settledAt }, n) => {
        const from = Math.max(stretch.from, since, ends[n - 1]?.settledAt ?? 0);
        const stood = Math.min(stretch.to, settledAt) - from;
        return stood > patienceMs ? [`${group}: partition ${partition} stood for ${stood} ms before ${offset} was settled, want ${patienceMs} ms at most`] : []; // prettier-ignore
      }),
    );
  });
  return result('P6', 'no partition stands while it holds something that can be settled', findings);
}

/** Stretches in which no fault was on. */
function calmOf(entries: readonly Entry[]): Stretch[] {
  const [first, last] = [entries[0]?.wall ?? 0, entries.at(-1)?.wall ?? 0];
  const faults = faultWindows(entries).sort((a, b) => a.start - b.start);
  const calm: Stretch[] = [];
  let from = first;
  for (const { start, end } of faults) {
    if (start > from) calm.push({ from, to: start });
    from = Math.max(from, end ?? Infinity);
  }
  return last > from ? [...calm, { from, to: last }] : calm;
}

/** Deliveries that each settled record may cost by itself; and in each second in which something is, or was, wrong, each partition. */
const EACH = 5;
const A_SECOND = 2;

/** What it costs is bounded: deliveries, which Lambda bills, are held against what was settled and how long something was wrong. */
export function bounded(entries: readonly Entry[], read: FinalRead): CheckResult {
  const { group, partitions, settled, patienceMs = 0 } = read;
  const deliveries = entries.filter((entry) => entry.op === 'deliver' && entry.group === group).length;
  const calmMs = calmOf(entries)
    .map(({ from, to }) => Math.max(0, to - from - patienceMs))
    .reduce((sum, each) => sum + each, 0);
  const wrongMs = (entries.at(-1)?.wall ?? 0) - (entries[0]?.wall ?? 0) - calmMs;
  const records = partitions.reduce((sum, each) => sum + each.records.length, 0);
  const allowed = EACH * records + (A_SECOND * partitions.length * wrongMs) / 1_000;
  const findings = deliveries > allowed ? [`${group}: ${deliveries} deliveries settled ${settled.length} of ${records} records, want ${allowed.toFixed(0)} at most`] : []; // prettier-ignore
  return result('P6', 'what is settled costs a bounded number of invocations', findings);
}
