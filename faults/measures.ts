import { entriesOf, gather, type Evidence } from './checker/evidence';
import type { FaultWindow } from './checker/verdict';
import type { FinalRead } from './final-read/final-read';
import type { Entry, History } from './history';

/** What a run's history shows beyond right and wrong. Times are seconds since the first entry, unless named otherwise. */
export interface Measures {
  /** Epoch milliseconds of the first entry. */
  readonly startedAt: number;
  readonly seconds: number;
  /** Events, by whole second. Accepted: when the caller heard it; applied and parked: when the sink recorded it. */
  readonly perSecond: Readonly<Record<'accepted' | 'applied' | 'parked', readonly number[]>>;
  /** Of the partition that has fewest; empty when nobody watched the replicas. */
  readonly inSyncReplicas: Series;
  /** Records in the log beyond the group's commits, over all partitions. */
  readonly lag: Series;
  readonly latency: Latency;
  /** In the order of their starts. */
  readonly windows: readonly { readonly name: string; readonly from: number; readonly to: number }[];
  /** In the order of their first starts. */
  readonly kinds: readonly FaultKind[];
}

/** Points of a line: each value holds from its time until the next point. */
export interface Series {
  readonly at: readonly number[];
  readonly value: readonly number[];
}

/** From accepted to applied or parked; 0 where the effect came before the caller's answer. null: nothing measured. */
export interface Latency {
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Equal steps on a logarithmic scale, without gaps; the first also holds what is below 1 ms. */
  readonly buckets: readonly { readonly fromMs: number; readonly count: number }[];
}

/** All windows of one fault. */
export interface FaultKind {
  readonly name: string;
  readonly times: number;
  /** Sum over its windows. */
  readonly seconds: number;
  /** Events settled while it lasted. */
  readonly settled: number;
  readonly longestStallMs: number;
  /** From the heal until everything accepted before it was settled; over the windows after which that came to pass. */
  readonly recoveryMs: { readonly p50: number | null; readonly max: number | null };
  /** Windows after which something accepted before the heal was never settled. */
  readonly notRecovered: number;
}

/** @param faults - the verdict's */
export function measure(history: History, read: FinalRead, faults: readonly FaultWindow[]): Measures {
  const evidence = gather(history, read);
  const startedAt = history.entries[0]?.wall ?? 0;
  const settled = settlements(evidence);
  const walls = history.entries.map(({ wall }) => wall).concat(settled.map(({ at }) => at));
  const endedAt = walls.reduce((last, wall) => Math.max(last, wall), startedAt);
  const seconds = (endedAt - startedAt) / 1000;
  const since = (wall: number): number => (wall - startedAt) / 1000;
  const rate = (walls: readonly number[]): number[] => perSecond(walls.map(since), seconds);
  return {
    startedAt,
    seconds,
    perSecond: {
      accepted: rate([...evidence.sent.values()].flatMap(({ acceptedAt }) => acceptedAt ?? [])),
      applied: rate(settled.filter(({ parked }) => !parked).map(({ at }) => at)),
      parked: rate(settled.filter(({ parked }) => parked).map(({ at }) => at)),
    },
    inSyncReplicas: fewestInSync(evidence.entries, since),
    lag: lagOf(evidence, since),
    latency: latencyOf(latencies(evidence, settled)),
    windows: faults.map(({ name, start, end }) => ({ name, from: since(start), to: since(end ?? endedAt) })),
    kinds: kindsOf(faults, endedAt),
  };
}

interface Settlement {
  readonly id: string;
  readonly parked: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What the table records as settled, and what was parked without ever having reached the topic. */
function settlements({ settledById, read }: Evidence): Settlement[] {
  const recorded = [...settledById].filter(([, { state }]) => state === 'done' || state === 'parked');
  const aside = read.deadLetters.filter(({ partition }) => partition < 0);
  return [
    ...recorded.map(([id, { state, settledAt }]) => ({ id, parked: state === 'parked', at: settledAt })),
    ...aside.map(({ id, parkedAt }) => ({ id, parked: true, at: parkedAt })),
  ];
}

function perSecond(at: readonly number[], seconds: number): number[] {
  const counts = Array.from({ length: Math.floor(seconds) + 1 }, () => 0);
  for (const second of at.map(Math.floor)) counts[second] = (counts[second] ?? 0) + 1;
  return counts;
}

function fewestInSync(entries: readonly Entry[], since: (wall: number) => number): Series {
  const looks = entriesOf(entries, 'replicas').filter(({ inSync }) => inSync.length > 0);
  return { at: looks.map(({ wall }) => since(wall)), value: looks.map(({ inSync }) => Math.min(...inSync)) };
}

/** Samples of the lag are at least this far apart, in seconds. */
const SAMPLE = 0.1;

/** The lag as acks and deliveries let the log's end be known, and commits the group's place in it. */
function lagOf({ entries, read }: Evidence, since: (wall: number) => number): Series {
  const first = read.partitions.map(({ partition, records }) => [partition, records[0]?.offset ?? 0] as const);
  const ends = new Map(first);
  const committed = new Map(first);
  const reach = (partition: number, last: number) => ends.set(partition, Math.max(ends.get(partition) ?? 0, last + 1));
  const at: number[] = [];
  const value: number[] = [];
  for (const entry of entries) {
    if (entry.op === 'send' && entry.outcome === 'acked') {
      entry.partitions.forEach((partition, n) => reach(partition, entry.offsets[n] ?? -1));
    } else if (entry.op === 'deliver') {
      for (const { partition, offsets } of entry.records) reach(partition, offsets.at(-1) ?? -1);
    } else if (entry.op === 'commit' && entry.type === 'ok') {
      for (const { partition, offset } of entry.offsets) committed.set(partition, offset);
    } else continue;
    const behind = [...ends].map(([partition, end]) => Math.max(0, end - (committed.get(partition) ?? 0)));
    const sum = behind.reduce((total, each) => total + each, 0);
    if (since(entry.wall) - (at.at(-1) ?? -1) < SAMPLE) value[value.length - 1] = sum;
    else {
      at.push(since(entry.wall));
      value.push(sum);
    }
  }
  return { at, value };
}

/** Milliseconds, ascending. */
function latencies({ sent }: Evidence, settled: readonly Settlement[]): number[] {
  const values = settled.flatMap(({ id, at }) => {
    const acceptedAt = sent.get(id)?.acceptedAt;
    return acceptedAt === undefined ? [] : [Math.max(0, at - acceptedAt)];
  });
  return values.sort((a, b) => a - b);
}

/** Buckets per decade: each holds what is up to a third above its lower bound. */
const PER_DECADE = 8;

function latencyOf(sorted: readonly number[]): Latency {
  const bucketOf = (value: number): number => Math.floor(Math.log10(Math.max(1, value)) * PER_DECADE);
  const counts: number[] = Array.from({ length: bucketOf(sorted.at(-1) ?? 0) + 1 }, () => 0);
  for (const bucket of sorted.map(bucketOf)) counts[bucket] = (counts[bucket] ?? 0) + 1;
  return {
    p50Ms: quantile(sorted, 0.5),
    p90Ms: quantile(sorted, 0.9),
    p99Ms: quantile(sorted, 0.99),
    maxMs: quantile(sorted, 1),
    buckets: counts.map((count, bucket) => ({ fromMs: 10 ** (bucket / PER_DECADE), count })),
  };
}

/** Nearest rank: the least of the values that is not below the given share of them. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function kindsOf(faults: readonly FaultWindow[], endedAt: number): FaultKind[] {
  const names = [...new Set(faults.map(({ name }) => name))];
  return names.map((name) => {
    const windows = faults.filter((fault) => fault.name === name);
    const recoveries = windows.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((a, b) => a - b);
    const sum = (of: (window: FaultWindow) => number) => windows.reduce((total, window) => total + of(window), 0);
    return {
      name,
      times: windows.length,
      seconds: sum(({ start, end }) => (end ?? endedAt) - start) / 1000,
      settled: sum(({ settled }) => settled),
      longestStallMs: Math.max(...windows.map(({ longestStallMs }) => longestStallMs)),
      recoveryMs: { p50: quantile(recoveries, 0.5), max: quantile(recoveries, 1) },
      notRecovered: windows.length - recoveries.length,
    };
  });
}
