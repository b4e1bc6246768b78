import type { EntryOf, Evidence, FoundRecord } from './evidence';
import { at, entriesOf, recordsOf, redriven } from './evidence';
import { result, type CheckResult } from './verdict';

/** A committed offset and when it was committed, in epoch milliseconds. */
interface Commit {
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
}

/**
 * P3, at every commit: what it passes over was settled, or whole in an on-failure object, before it. A commit counts
 * from the moment it was sent; one without an answer may have taken place.
 */
export function commitAfterSettle(evidence: Evidence): CheckResult {
  const divertedAt = firstDiverted(entriesOf(evidence.entries, 'on-failure'));
  const findings: string[] = [];
  const checkedTo = new Map<number, number>();
  let undatable = 0;
  const judge = (record: FoundRecord, { offset, time }: Commit) => {
    if ((divertedAt.get(at(record)) ?? Infinity) <= time || evidence.lapsed.has(at(record))) return;
    const settled = evidence.settledById.get(record.id ?? at(record));
    const passed = `${record.id ?? 'a record'} at ${at(record)} was passed by a commit of ${offset}`;
    if (!settled) findings.push(`${passed} and is not settled`);
    else if (settled.settledAt <= time) return;
    // Its own parking is gone from the table: a redrive, or a person who ended it, has taken the entry over.
    else if (settled.state === 'amended' || settled.state === 'discarded') undatable += 1;
    else if (record.id !== null && redriven(evidence, record.id)) undatable += 1;
    else findings.push(`${passed} ${settled.settledAt - time} ms before it was settled`);
  };
  const byPartition = new Map(evidence.read.partitions.map(({ partition, records }) => [partition, records]));
  for (const commit of commitsOf(evidence)) {
    const { partition, offset } = commit;
    const records = byPartition.get(partition) ?? [];
    let next = checkedTo.get(partition) ?? 0;
    for (let record = records[next]; record && record.offset < offset; record = records[++next]) {
      judge({ ...record, partition }, commit);
    }
    checkedTo.set(partition, next);
  }
  const note =
    undatable > 0
      ? `${undatable} events were sent back or ended by people: when they were first parked is no longer known`
      : undefined;
  return result('P3', 'no commit passes a record that is not settled', findings, note);
}

/** In the order of time; the last is what the brokers hold at the end. */
function commitsOf(evidence: Evidence): Commit[] {
  const recorded = entriesOf(evidence.entries, 'commit')
    .filter(({ type }) => type !== 'fail')
    .flatMap(({ offsets, wall }) => offsets.map((place) => ({ ...place, time: wall })));
  const final = evidence.read.partitions.flatMap(({ partition, committed }) =>
    committed === null ? [] : [{ partition, offset: committed, time: Infinity }],
  );
  return [...recorded.sort((a, b) => a.time - b.time), ...final];
}

function firstDiverted(diverted: readonly EntryOf<'on-failure'>[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const record of recordsOf(diverted.filter(({ type }) => type === 'ok'))) {
    if (!times.has(at(record))) times.set(at(record), record.of.wall);
  }
  return times;
}
