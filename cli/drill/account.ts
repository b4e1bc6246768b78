import { isAccepted, type SentCanary, type SettledCanary } from './canaries';
import { effectMs, skewOf } from './clocks';

/** What became of all canaries: `--json` prints it, so its fields are public and stable. */
export interface DrillAccount {
  readonly sent: number;
  readonly acked: number;
  readonly spilled: number;
  /** Not accepted: it was said to whoever sent them. */
  readonly rejected: number;
  /** Nobody said whether they were taken. */
  readonly unknown: number;
  readonly groups: readonly GroupAccount[];
}

export interface GroupAccount {
  readonly group: string;
  readonly applied: number;
  readonly parked: number;
  /** Accepted and not settled, though one is that was sent later to the same partition. */
  readonly lost: number;
  /** Accepted and not settled, nor is any that was sent later: its partition stands still. */
  readonly open: number;
  /** First of these, by name and partition; ten at most. */
  readonly missing: readonly string[];
  /** @default - none was applied */
  readonly timeToEffectMs?: { readonly p50: number; readonly p99: number; readonly max: number };
  /** The longest time for which a partition settled nothing while a canary waited in it. @default - none was settled */
  readonly longestStall?: { readonly ms: number; readonly partition: number };
  /** By how much the consumer's clock is ahead of this one, for certain; 0: nothing speaks for it. */
  readonly clockAheadMs: number;
}

/** Missing canaries that are named. */
const NAMED = 10;

/** @param settledBy - by group, what it has settled */
export function accountOf(
  sent: readonly SentCanary[],
  settledBy: ReadonlyMap<string, ReadonlyMap<SentCanary, SettledCanary>>,
): DrillAccount {
  const of = (outcome: SentCanary['outcome']) => sent.filter((each) => each.outcome === outcome).length;
  return {
    ...{ sent: sent.length, acked: of('acked'), spilled: of('spilled'), rejected: of('rejected'), unknown: of('unknown') }, // prettier-ignore
    groups: [...settledBy].map(([group, settled]) => groupAccount(group, sent, settled)),
  };
}

function groupAccount(
  group: string,
  sent: readonly SentCanary[],
  settled: ReadonlyMap<SentCanary, SettledCanary>,
): GroupAccount {
  const missing = sent.filter((each) => isAccepted(each) && !settled.has(each));
  const latest = new Map<number, number>();
  for (const { partition, sentMs } of settled.keys()) latest.set(partition, Math.max(sentMs, latest.get(partition) ?? 0)); // prettier-ignore
  const lost = missing.filter(({ partition, sentMs }) => (latest.get(partition) ?? 0) > sentMs).length;
  const skewMs = skewOf([...settled]);
  const done = [...settled].filter(([, { as }]) => as === 'applied');
  const times = done.map((each) => effectMs(each, skewMs) - each[0].sentMs).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    ...{ group, applied: done.length, parked: settled.size - done.length, lost, open: missing.length - lost },
    missing: missing.slice(0, NAMED).map(({ name, partition }) => `${name}/${partition}`),
    ...(times.length > 0 && { timeToEffectMs: { p50: at(0.5), p99: at(0.99), max: at(1) } }),
    longestStall: longestStall(settled, skewMs),
    clockAheadMs: Math.round(skewMs),
  };
}

function longestStall(settled: ReadonlyMap<SentCanary, SettledCanary>, skewMs: number): GroupAccount['longestStall'] {
  let longest: GroupAccount['longestStall'];
  for (const partition of new Set([...settled.keys()].map((each) => each.partition))) {
    const effects = [...settled]
      .filter(([each]) => each.partition === partition)
      .map((each) => ({ sentMs: each[0].sentMs, atMs: effectMs(each, skewMs) }))
      .sort((a, b) => a.atMs - b.atMs);
    let firstWaits = Infinity;
    // From the last one back: what was sent first of those that are settled no sooner.
    for (const [n, { sentMs, atMs }] of [...effects.entries()].reverse()) {
      firstWaits = Math.min(firstWaits, sentMs);
      const ms = Math.round(atMs - Math.max(firstWaits, effects[n - 1]?.atMs ?? 0));
      if (ms > (longest?.ms ?? -1)) longest = { ms, partition };
    }
  }
  return longest;
}

/** Nothing that was accepted is missing. */
export const isWhole = ({ groups }: DrillAccount): boolean => groups.every(({ lost, open }) => lost + open === 0);
