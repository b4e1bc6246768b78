import { emptyRead, type FinalRead } from '../final-read/final-read';
import type { History, Place } from '../history';
import { outcomeOf, type SentEvent } from './attempts';
import { commitAfterSettle } from './commits';
import { metricTruth } from './counters';
import { gather, redriven, type Evidence } from './evidence';
import { appliedTwice, effectOnce, lost, oneEnd, parkedWhole, producerTruth } from './fate';
import { endFitsKind } from './kinds';
import { measured } from './fault-windows';
import { liveness, realtimeLag } from './liveness';
import { abortedRead, duplicate, inconsistentOffsets, lostWrite, missingAcks, unseen } from './log';
import { effectOrder, nonmonotonicSend, pollSkip } from './order';
import type { CheckId, CheckResult, Totals, Verdict } from './verdict';

export { writeVerdict, type CheckId, type CheckResult, type FaultWindow, type Totals, type Verdict } from './verdict';

/** Every check, in the order of the verdict. Each looks at the same evidence and at nothing else. */
const CHECKS: readonly ((evidence: Evidence) => CheckResult)[] = [
  ...[lostWrite, unseen, abortedRead, duplicate, inconsistentOffsets, nonmonotonicSend, pollSkip, realtimeLag],
  ...[oneEnd, effectOnce, commitAfterSettle, effectOrder, parkedWhole, liveness, producerTruth, metricTruth],
  endFitsKind,
];

/**
 * Holds the history of a run against what the run left behind. Pure. The pipeline must have been healed and drained
 * before the final read: what is not there by then counts as missing. An unknown outcome is never an anomaly by itself.
 *
 * @param about - seed and versions, kept in the verdict so that the run can be repeated
 * @throws when the history contradicts itself (an answer without an attempt): then it shows nothing
 */
export function check(history: History, read: FinalRead, about: Pick<Verdict, 'seed' | 'versions'> = {}): Verdict {
  const reads = [read, ...(read.others ?? [])];
  const [evidence, ...others] = reads.map((each) => gather(history, each, reads)) as [Evidence, ...Evidence[]];
  const checks = CHECKS.map((each) => [evidence, ...others].map((seen) => named(each(seen), seen, read)).reduce(both));
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    totals: others.map(totals).reduce(worst, totals(evidence)),
    faults: measured(evidence),
    history: { entries: history.entries.length, torn: history.torn },
    missing: missingAcks(evidence).slice(0, 100).map(place),
    ...about,
  };
}

/** Where there are several consumers, a finding says of which. */
const named = (found: CheckResult, { read: { group } }: Evidence, { others }: FinalRead): CheckResult =>
  others === undefined || others.length === 0
    ? found
    : {
        ...found,
        examples: found.examples.map((example) => `${group}: ${example}`),
        ...(found.note && { note: `${group}: ${found.note}` }),
      };

const both = (a: CheckResult, b: CheckResult): CheckResult => ({
  ...a,
  ok: a.ok && b.ok,
  count: a.count + b.count,
  examples: [...a.examples, ...b.examples].slice(0, 5),
  ...((a.note ?? b.note) && { note: [a.note, b.note].filter((note) => note !== undefined).join('; ') }),
});

/** The counts are those of the first consumer; losses are the worst of any consumer, and what people ended is of each its own. */
const worst = (a: Totals, b: Totals): Totals => ({
  ...a,
  lost: Math.max(a.lost, b.lost),
  ...{ amended: a.amended + b.amended, discarded: a.discarded + b.discarded },
});

/** What the history by itself can be asked; every other check holds it against what the run left behind. */
const OF_HISTORY: ReadonlySet<CheckId> = new Set<CheckId>(['K5', 'K6', 'K7']);

/** What is known of a run that was killed before anything was read back. */
export interface HistoryVerdict extends Pick<Verdict, 'history'> {
  /** False also when nothing is broken: a promise that was not looked at does not hold. */
  readonly ok: false;
  /** Those that the history alone can answer. */
  readonly checks: readonly CheckResult[];
  /** Those that need what the run left behind: topic, tables, buckets, committed offsets, counters. */
  readonly notMade: readonly Pick<CheckResult, 'check' | 'title'>[];
  readonly totals: Pick<Totals, 'accepted' | 'acked' | 'spilled' | 'queued' | 'rejected' | 'unknown'>;
}

/** As `check`, without a final read. @throws as `check` */
export function checkHistory(history: History): HistoryVerdict {
  const evidence = gather(history, nothingRead(history));
  const all = CHECKS.map((each) => each(evidence));
  return {
    ok: false,
    checks: all.filter(({ check }) => OF_HISTORY.has(check)),
    notMade: all.filter(({ check }) => !OF_HISTORY.has(check)).map(({ check, title }) => ({ check, title })),
    totals: answers(evidence),
    history: { entries: history.entries.length, torn: history.torn },
  };
}

function nothingRead({ entries }: History): FinalRead {
  const group = entries.flatMap((entry) => ('group' in entry ? [entry.group] : []))[0] ?? '';
  return emptyRead({ topic: '', group, partitions: [] });
}

const place = ({ partition, offset }: Place): Place => ({ partition, offset });

function answers(evidence: Evidence): HistoryVerdict['totals'] {
  const sent = [...evidence.sent.values()];
  const count = (outcome: ReturnType<typeof outcomeOf>) =>
    sent.filter((event: SentEvent) => outcomeOf(event) === outcome).length;
  const [acked, spilled, queued] = [count('acked'), count('spilled'), count('queued')];
  return {
    accepted: acked + spilled + queued,
    ...{ acked, spilled, queued, rejected: count('rejected'), unknown: count('unknown') },
  };
}

function totals(evidence: Evidence): Totals {
  return {
    ...answers(evidence),
    applied: evidence.applied.size,
    parked: evidence.parked.size,
    redriven: [...evidence.logById.keys()].filter((id) => redriven(evidence, id)).length,
    ...{ amended: evidence.amended.size, discarded: evidence.discarded.size },
    lost: lost(evidence).length,
    appliedTwice: appliedTwice(evidence).length,
    duplicatesInLog: [...evidence.logById.values()].reduce((sum, records) => sum + records.length - 1, 0),
  };
}
