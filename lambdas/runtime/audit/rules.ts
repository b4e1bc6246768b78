import type { LedgerState } from '../ledger/state';
import { joined, type Stretch } from '../ledger/stretch';
import { offsetsIn, shared, without } from './stretches';

/** What is read of one partition for one consumer group, in this order: what explains a thing is read after it (decision 0065). */
export interface Seen {
  /** The group's committed offset: the next record to read. @default - nothing is committed */
  readonly committed?: number;
  /** Of the log: offset of its first record, and of the next one to be written. */
  readonly start: number;
  readonly end: number;
  /** Something lies in the on-failure bucket: it may hold any record that is committed past, or gone from the log. */
  readonly givenUp: boolean;
  readonly ledger: Pick<LedgerState, 'counted' | 'counts' | 'open'>;
}

/** What one audit leaves to the next of a partition. */
export interface Remembered {
  /** Offset from which the partition is audited. */
  readonly from: number;
  /** Offsets that the ledger's stretches hold beyond its counts, and that were there at the beginning, or are accepted. */
  readonly uncounted: number;
  /** What the audit could not explain. */
  readonly suspects: readonly Stretch[];
}

export interface Judged {
  /** Neither settled, nor waiting anywhere, at two audits running. */
  readonly unaccounted: readonly Stretch[];
  /** Records, beside those, that the ledger's stretches hold and its counts do not. */
  readonly uncounted: number;
  /** Records in the topic that the group has not settled. */
  readonly waiting: number;
  /** Offset of the first record in the log that is not settled. @default - none */
  readonly oldest?: number;
  /** For the next audit. */
  readonly remembered: Remembered;
}

/** How far wall clocks of functions may be apart. */
const SKEW_MS = 5 * 60_000;

/** @param before - what the audit before has left; undefined: the partition is seen for the first time */
export function judge(seen: Seen, before: Remembered | undefined, nowMs: number): Judged {
  const { start, end, givenUp, ledger } = seen;
  const { counted, counts } = ledger;
  // Committed in a topic that was made again since.
  const committed = seen.committed !== undefined && seen.committed <= end ? seen.committed : undefined;
  const past = committed ?? 0;
  const from = before?.from ?? Math.min(counted[0]?.[0] ?? Number.POSITIVE_INFINITY, committed ?? start);
  const skipped = without([[from, past - 1]], counted);
  const gone = without(without([[Math.max(from, past), start - 1]], counted), underWay(ledger, nowMs));
  const suspects = givenUp ? [] : [...skipped, ...gone];
  const covered = offsetsIn(counted) - counts.applied - counts.duplicate - counts.parked;
  const uncounted = Math.min(before?.uncounted ?? covered, covered);
  return {
    unaccounted: shared(suspects, before?.suspects ?? []),
    uncounted: covered - uncounted,
    waiting: offsetsIn(without([[Math.max(from, start, past), end - 1]], counted)),
    oldest: without([[Math.max(from, start), end - 1]], counted)[0]?.[0],
    remembered: { from, uncounted, suspects },
  };
}

/** What is unaccounted by now is taken for known: the partition is audited from the end of it. */
export function accepted({ unaccounted, uncounted, remembered }: Judged): Remembered {
  const end = unaccounted.at(-1)?.[1];
  return {
    ...remembered,
    from: end === undefined ? remembered.from : end + 1,
    uncounted: remembered.uncounted + uncounted,
  };
}

/** Records that an invocation may still settle. */
const underWay = ({ open }: Seen['ledger'], nowMs: number): Stretch[] =>
  joined(open.filter(({ until }) => until + SKEW_MS > nowMs).map(({ from, to }) => [from, to]));
