import { writeFile } from 'node:fs/promises';
import type { Place } from '../history';
import type { Reached } from '../states/demand';

export type CheckId =
  | 'K1' | 'K2' | 'K3' | 'K4' | 'K5' | 'K6' | 'K7' | 'K8'
  | 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9'; // prettier-ignore

/** What one check found. */
export interface CheckResult {
  readonly check: CheckId;
  /** What is promised, in words. */
  readonly title: string;
  readonly ok: boolean;
  /** Anomalies found. */
  readonly count: number;
  /** The first of them, in words. At most 5. */
  readonly examples: readonly string[];
  /** Numbers worth knowing, and what the check had to leave out. */
  readonly note?: string;
}

/** Counts of events, not of records or attempts. */
export interface Totals {
  /** Acked, spilled or queued. */
  readonly accepted: number;
  readonly acked: number;
  readonly spilled: number;
  /** Taken by a queue or a bus before a door. */
  readonly queued: number;
  readonly rejected: number;
  /** Neither a yes nor a no reached the caller: never counted as lost. */
  readonly unknown: number;
  readonly applied: number;
  readonly parked: number;
  /** Sent back, whatever became of them then. */
  readonly redriven: number;
  /** Ended by a person: another event was published in their place, or they were removed for a reason. Of each consumer its own. */
  readonly amended: number;
  readonly discarded: number;
  /** Accepted, and at the end neither applied nor parked, nor ended by a person. */
  readonly lost: number;
  readonly appliedTwice: number;
  /** Records in the log beyond the first of their event. */
  readonly duplicatesInLog: number;
}

/** One fault from its start to its heal. Times in epoch milliseconds. */
export interface FaultWindow {
  readonly name: string;
  readonly detail?: string;
  readonly start: number;
  /** null: it was never healed. */
  readonly end: number | null;
  /** Events settled while it lasted. */
  readonly settled: number;
  /** Longest time without a settled event, within the window. */
  readonly longestStallMs: number;
  /** From the heal until the last event accepted before it was settled; null: a backlog was left, or it was never healed. */
  readonly recoveryMs: number | null;
}

export interface Verdict {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
  readonly totals: Totals;
  readonly faults: readonly FaultWindow[];
  readonly history: { readonly entries: number; readonly torn: boolean };
  /** Where acknowledged records should lie in the log and do not. At most 100. */
  readonly missing: readonly Place[];
  /** States that the run came to, and those it should have come to; unknown where only a history is at hand. */
  readonly reach?: readonly Reached[];
  readonly seed?: string | number;
  readonly versions?: Readonly<Record<string, string>>;
}

/** A check passes when it found nothing. */
export function result(check: CheckId, title: string, findings: readonly string[], note?: string): CheckResult {
  const { length: count } = findings;
  return { check, title, ok: count === 0, count, examples: findings.slice(0, 5), ...(note && { note }) };
}

/** Writes `verdict.json`. */
export const writeVerdict = (file: string, verdict: Verdict): Promise<void> =>
  writeFile(file, `${JSON.stringify(verdict, null, 2)}\n`);
