import { at, grouped, redriven, type Evidence, type EntryOf } from './evidence';
import type { FinalRead } from '../final-read/final-read';
import type { Place } from '../history';
import { result, type CheckResult } from './verdict';

/** K6: callers send the events of a key one after the other, so their places rise. No key, no order. */
export function nonmonotonicSend(evidence: Evidence): CheckResult {
  const findings: string[] = [];
  for (const acks of grouped(evidence.acks, ({ process, key }) => key && `${process} ${key}`).values()) {
    acks.forEach((ack, n) => {
      const before = acks[n - 1];
      if (!before) return;
      const where = `${before.id} at ${at(before)}, then ${ack.id} at ${at(ack)}`;
      if (ack.partition !== before.partition) findings.push(`key ${ack.key} went to two partitions: ${where}`);
      else if (ack.offset < before.offset) findings.push(`key ${ack.key} went backwards: ${where}`);
    });
  }
  return result('K6', 'later sends of a key lie behind earlier ones', findings);
}

type Delivery = EntryOf<'deliver'>;

/** K7: within one assignment the mapping hands on every record, in order, and goes back only when it knows that it does. */
export function pollSkip(evidence: Evidence): CheckResult {
  const title = 'the mapping neither skips a record nor goes back unawares';
  if (evidence.deliveries.length === 0) return result('K7', title, [], 'no deliveries were recorded');
  const findings: string[] = [];
  const delivered = new Map<number, Set<number>>();
  const last = new Map<string, number>();
  const { lapsed = [], taken = [] } = evidence.read;
  const readable = offsetsRead(evidence.read, lapsed);
  // Committed past, and taken since: a poller that lags behind the group does not find it.
  const found = taken.length === 0 ? readable : offsetsRead(evidence.read, [...lapsed, ...taken]);
  for (const delivery of evidence.deliveries) {
    for (const { partition, offsets: batch } of delivery.records) {
      const line = `${delivery.process} ${partition}`;
      findings.push(...stepsOf(delivery, partition, [last.get(line), ...batch], found.get(partition) ?? []));
      // A retry that was held over a rebalance is of what the line before has read: it says not where this one reads.
      if (!delivery.again) last.set(line, Math.max(last.get(line) ?? -1, ...batch.slice(-1)));
      const known = delivered.get(partition) ?? new Set();
      for (const offset of batch) known.add(offset);
      delivered.set(partition, known);
    }
  }
  for (const { partition, committed } of evidence.read.partitions) {
    const never = (readable.get(partition) ?? []).filter(
      (offset) => offset < (committed ?? 0) && !delivered.get(partition)?.has(offset),
    );
    findings.push(...never.map((offset) => `${partition}/${offset} was never delivered, and is committed past`));
  }
  return result('K7', title, [...new Set(findings)]);
}

/** Offsets of the log, ascending, by partition, without those that are gone. */
function offsetsRead({ partitions }: FinalRead, gone: readonly Place[]): Map<number, number[]> {
  const isGone = new Set(gone.map(at));
  return new Map(
    partitions.map(({ partition, records }) => [
      partition,
      records
        .map(({ offset }) => offset)
        .filter((offset) => isGone.size === 0 || !isGone.has(at({ partition, offset }))),
    ]),
  );
}

/** Each step from one record to the next, the first from where the line stood (undefined: it begins here). */
function stepsOf(
  { process, again }: Delivery,
  partition: number,
  steps: readonly (number | undefined)[],
  log: readonly number[],
): string[] {
  return steps.flatMap((to, n) => {
    const from = steps[n - 1];
    if (from === undefined || to === undefined) return [];
    if (to <= from) return again ? [] : [`${process} went back from ${partition}/${from} to ${partition}/${to}`];
    const skipped = log[firstAbove(log, from)];
    if (skipped === undefined || skipped >= to) return [];
    // Delivering failed records again passes over those in between that did not fail.
    return again && n > 1 ? [] : [`${process} skipped ${partition}/${skipped} on the way from ${from} to ${to}`];
  });
}

/** Index of the first number above `limit`. */
function firstAbove(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * P4: as the sink itself recorded them. An event that was ever parked may come late: the records behind it did not wait. So may one that the
 * retention took unread, from a delivery that was under way: those behind it are read by another. A second application of an event is P2's matter; here its first one counts.
 */
export function effectOrder(evidence: Evidence): CheckResult {
  const findings: string[] = [];
  let [excused, gone] = [0, 0];
  for (const [key, applications] of Object.entries(evidence.read.effects.byKey)) {
    const newest = new Map<number, (typeof applications)[number]>();
    const seen = new Set<string>();
    for (const each of applications) {
      if (seen.has(each.id)) continue;
      seen.add(each.id);
      const before = newest.get(each.partition);
      if (!before || each.offset > before.offset) newest.set(each.partition, each);
      else if (wasParked(evidence, each.id)) excused += 1;
      else if (evidence.lapsed.has(at(each))) gone += 1;
      else findings.push(`key ${key}: ${each.id} at ${at(each)} was applied after ${before.id} at ${at(before)}`);
    }
  }
  const notes = [
    ...(excused > 0 ? [`${excused} events came late because they had been parked`] : []),
    ...(gone > 0 ? [`${gone} because the retention had taken them`] : []),
  ];
  return result('P4', 'the effects of a key take place in offset order', findings, notes.join('; ') || undefined);
}

function wasParked(evidence: Evidence, id: string): boolean {
  const state = evidence.settledById.get(id)?.state;
  return state === 'parked' || state === 'redriven' || redriven(evidence, id);
}
