import type { Entry, Place } from '../history';
import { at, entriesOf, type Evidence } from './evidence';
import type { FaultWindow } from './verdict';

/** A fault from its start to its heal in epoch milliseconds; end null: it was never healed. */
export type Window = Pick<FaultWindow, 'name' | 'detail' | 'start' | 'end'>;

/** In the order of their starts. What was done is known best at the heal. */
export function faultWindows(entries: readonly Entry[]): Window[] {
  const windows: Window[] = [];
  const open = new Map<string, number>();
  for (const { type, process, name, detail, wall } of entriesOf(entries, 'fault')) {
    const index = open.get(process);
    const said = detail !== undefined && { detail };
    if (type === 'invoke') {
      open.set(process, windows.push({ name, ...said, start: wall, end: null }) - 1);
    } else if (index !== undefined) {
      windows[index] = { ...windows[index]!, ...said, end: wall };
      open.delete(process);
    }
  }
  return windows;
}

/** The windows with what the pipeline did meanwhile. */
export function measured(evidence: Evidence): FaultWindow[] {
  const settledAt = [...evidence.settledById.values()].map((record) => record.settledAt).sort((a, b) => a - b);
  return faultWindows(evidence.entries).map((window) => {
    const until = window.end ?? Infinity;
    const within = settledAt.filter((time) => time >= window.start && time <= until);
    return {
      ...window,
      settled: within.length,
      longestStallMs: longestGap([window.start, ...within, ...(window.end === null ? [] : [window.end])]),
      recoveryMs: window.end === null ? null : recovery(evidence, window.end),
    };
  });
}

const longestGap = (times: readonly number[]): number =>
  times.reduce((longest, time, n) => Math.max(longest, time - (times[n - 1] ?? time)), 0);

/**
 * Milliseconds from the heal until all that was accepted before it was settled; null when a backlog is left at the end.
 * What is settled nowhere and waits nowhere has no part in it: it is lost, and P1 says so.
 */
function recovery(evidence: Evidence, healed: number): number | null {
  if (backlog(evidence).length > 0) return null;
  const aside = new Map(evidence.read.deadLetters.map(({ id, parkedAt }) => [id, parkedAt]));
  const times = [...evidence.sent.values()]
    .filter(({ acceptedAt = Infinity }) => acceptedAt <= healed)
    .map(({ id }) => evidence.settledById.get(id)?.settledAt ?? aside.get(id) ?? healed);
  return times.reduce((last, time) => Math.max(last, time), healed) - healed;
}

/** What still waits to be settled, in words. */
export function backlog({ read, log, lapsed }: Evidence): string[] {
  const findings = [];
  if (read.spilled.length > 0) findings.push(`${read.spilled.length} events are still in the spill store`);
  if (read.onFailure.length > 0) findings.push(`${read.onFailure.length} records are still in on-failure objects`);
  const committed = new Map(read.partitions.map((each) => [each.partition, each.committed ?? 0]));
  const waits = ({ partition, offset }: Place) => offset >= (committed.get(partition) ?? 0);
  const lag = [...log.values()].filter((record) => waits(record) && !lapsed.has(at(record))).length;
  if (lag > 0) findings.push(`${lag} records are not committed past`);
  return findings;
}
