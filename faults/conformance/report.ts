import { holds, type Tally } from './judge';
import type { Contender } from './contender';
import type { CaseResult } from './suite';

/** What a run of the suite says. One JSON object: the fields are public and stable. */
export interface Report {
  /** Everything on trial kept all its promises on enough events, and the control was caught. */
  readonly ok: boolean;
  /** Acknowledged by the one on trial, over all cases; it must reach `wanted`. */
  readonly acked: number;
  readonly wanted: number;
  readonly seed: number;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Folder of the tables and logs. */
  readonly dir: string;
  readonly contenders: readonly ContenderReport[];
  /** Cases that could not be played to their end, with why. */
  readonly unplayed: readonly string[];
}

export interface ContenderReport {
  readonly name: string;
  readonly role: Contender['role'];
  readonly verdict: 'admitted' | 'refused';
  readonly acked: number;
  readonly missing: number;
  readonly cases: readonly (Tally & { readonly name: string; readonly holds: boolean })[];
}

export function reportOf(
  results: readonly CaseResult[],
  contenders: readonly Contender[],
  about: Pick<Report, 'wanted' | 'seed' | 'seconds' | 'versions' | 'dir'>,
): Report {
  const reports = contenders.map(({ name, role }) => contenderReport(name, role, results, about.wanted));
  const trials = reports.filter(({ role }) => role === 'trial');
  const acked = Math.min(...trials.map((report) => report.acked));
  const unplayed = results.flatMap(({ name, unplayed: why }) => (why === undefined ? [] : [`${name}: ${why}`]));
  const admitted = trials.every(({ verdict }) => verdict === 'admitted') && unplayed.length === 0;
  return { ok: admitted && controlsCaught(reports, results), acked, ...about, contenders: reports, unplayed };
}

function contenderReport(
  name: string,
  role: Contender['role'],
  results: readonly CaseResult[],
  wanted: number,
): ContenderReport {
  const cases = results.flatMap(({ name: played, tallies }) => {
    const tally = tallies[name];
    return tally ? [{ ...tally, name: played, holds: holds(tally) }] : [];
  });
  const sum = (field: 'acked' | 'missing') => cases.reduce((total, each) => total + each[field], 0);
  const acked = sum('acked');
  const admitted = acked >= wanted && cases.every((each) => each.holds);
  return { name, role, verdict: admitted ? 'admitted' : 'refused', acked, missing: sum('missing'), cases };
}

/** Where no case was played in which the usual code loses, there is nothing to catch. */
function controlsCaught(reports: readonly ContenderReport[], results: readonly CaseResult[]): boolean {
  const losing = new Set(results.filter(({ usualLoses }) => usualLoses).map(({ name }) => name));
  const controls = reports.filter(({ role }) => role === 'control');
  return (
    losing.size === 0 || controls.every(({ cases }) => cases.some(({ name, holds }) => losing.has(name) && !holds))
  );
}

const COLUMNS = ['case', 'client', 'acked', 'missing', 'unknown', 'rejected', 'twice', 'order', 'longest', 'verdict'];

/** One row for each case and contender, as strings. */
export function rowsOf({ contenders }: Report): { readonly head: readonly string[]; readonly rows: string[][] } {
  const names = [...new Set(contenders.flatMap(({ cases }) => cases.map(({ name }) => name)))];
  const rows = names.flatMap((name) =>
    contenders.flatMap((contender) => {
      const tally = contender.cases.find((each) => each.name === name);
      return tally ? [row(name, contender.name, tally)] : [];
    }),
  );
  return { head: COLUMNS, rows };
}

function row(name: string, contender: string, tally: ContenderReport['cases'][number]): string[] {
  const { acked, missing, unknown, rejected, duplicates, orderBreaks, longestWaitMs } = tally;
  const counts = [acked, missing, unknown, rejected, duplicates, orderBreaks].map(String);
  return [name, contender, ...counts, `${(longestWaitMs / 1000).toFixed(1)} s`, verdictOf(tally)];
}

/** The worst in a word or two. */
export function verdictOf(tally: Tally): string {
  if (tally.missing > 0) return 'LOST';
  if (tally.rejectedButWritten > 0) return 'REJECTED, YET WRITTEN';
  if (tally.misplaced > 0) return 'MISPLACED';
  if (tally.late > 0) return `${tally.late} LATE`;
  if (tally.orderBreaks > 0) return 'ORDER';
  return tally.acked > 0 ? 'holds' : 'NOTHING ACKED';
}

/** The table as the documents show it. */
export function markdownOf(report: Report): string {
  const { head, rows } = rowsOf(report);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const versions = Object.entries(report.versions).map(([what, version]) => `${what} ${version}`);
  const sums = report.contenders.map(
    ({ name, verdict, acked, missing }) =>
      `\`${name}\` is **${verdict}**: ${acked} events acknowledged, ${missing} of them not in the log.`,
  );
  return [
    `${versions.join(', ')}; seed ${report.seed}, ${Math.round(report.seconds)} s.`,
    ...['', line(head), line(head.map(() => '---')), ...rows.map(line), ''],
    ...[...sums, ...report.unplayed.map((why) => `Not played to its end: ${why}`), ''],
  ].join('\n');
}
