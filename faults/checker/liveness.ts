import { catchUp, type CatchUp, type CatchUpInput } from './catch-up';
import type { FaultWindow } from './verdict';
import { at, recordsOf, type Evidence, type FoundRecord } from './evidence';
import { backlog, measured } from './fault-windows';
import { result, type CheckResult } from './verdict';

/** K8: how old a record was when the mapping first handed it on. A number to know, not a promise. */
export function realtimeLag(evidence: Evidence): CheckResult {
  const title = 'how stale the newest read was (reported)';
  const seen = new Set<string>();
  const ages: number[] = [];
  for (const delivered of recordsOf(evidence.deliveries)) {
    const record = evidence.log.get(at(delivered));
    if (!record || seen.has(at(delivered))) continue;
    seen.add(at(delivered));
    ages.push(Math.max(0, delivered.of.wall - record.timestamp));
  }
  ages.sort((a, b) => a - b);
  const share = (part: number) => ages[Math.min(ages.length - 1, Math.floor(ages.length * part))];
  if (ages.length === 0) return result('K8', title, [], 'no deliveries were recorded');
  return result(
    'K8',
    title,
    [],
    `from append to first delivery: p50 ${share(0.5)} ms, p99 ${share(0.99)} ms, longest ${ages.at(-1)} ms`,
  );
}

/** P6: after the last heal the pipeline catches up. Without a fault there is nothing to catch up with: P1 sees what is left. */
export function liveness(evidence: Evidence): CheckResult {
  const title = 'the pipeline catches up after the last heal, at the rate this machine was seen to do';
  const windows = measured(evidence);
  if (windows.length === 0) return result('P6', title, [], 'no fault was started');
  const unhealed = windows.filter(({ end }) => end === null).map(({ name }) => `${name} was never healed`);
  const caught = catchUp({
    faults: windows.map(({ start, end }) => ({ start, end: end ?? Infinity })),
    events: settledEvents(evidence),
    patienceMs: evidence.read.patienceMs ?? DEFAULT_PATIENCE_MS,
  });
  return result(
    'P6',
    title,
    [...unhealed, ...(caught && unhealed.length === 0 ? slow(caught) : []), ...backlog(evidence)],
    [caught && figures(caught), ...windows.map(inWords)].filter((words) => words !== undefined).join('; '),
  );
}

/** Of a history that does not say it: twice the two minutes of the sample's function, a sweep's minute and a lease. */
const DEFAULT_PATIENCE_MS = 310_000;

/** What is settled nowhere and waits nowhere is lost: P1 says so, and it is no backlog. */
function settledEvents({ sent, settledById, read, logById }: Evidence): CatchUpInput['events'] {
  const aside = new Map(read.deadLetters.map(({ id, parkedAt }) => [id, parkedAt]));
  return [...sent.values()].flatMap(({ id, acceptedAt }) => {
    const settledAt = settledById.get(id)?.settledAt ?? aside.get(id);
    if (acceptedAt === undefined || settledAt === undefined) return [];
    // Of a copy that was sent again, or sent back, its first record counts.
    return [{ acceptedAt, appendedAt: firstOf(logById.get(id)), settledAt }];
  });
}

const firstOf = (records?: readonly FoundRecord[]): number | undefined =>
  records && Math.min(...records.map(({ timestamp }) => timestamp));

function slow({ backlog: behind, ahead, rate, appended, settled }: CatchUp): string[] {
  const findings = [];
  if (appended.takenMs > appended.allowedMs) {
    findings.push(
      `the backlog of ${behind} events was in the log ${seconds(appended.takenMs)} after the last heal, want ${seconds(appended.allowedMs)} at most, at ${rate} events a second`,
    );
  }
  if (settled.takenMs !== null && settled.takenMs > settled.allowedMs) {
    findings.push(
      `the backlog of ${behind} events took ${seconds(settled.takenMs)} after the last heal, want ${seconds(settled.allowedMs)} at most, at ${rate} events a second and ${ahead} to settle until then`,
    );
  }
  return findings;
}

const figures = ({ backlog: behind, ahead, rate, settled: { takenMs, allowedMs } }: CatchUp): string =>
  `${behind} events behind at the last heal, and ${ahead - behind} before the last of them; settled after ${takenMs === null ? 'never' : seconds(takenMs)} of ${seconds(allowedMs)}; best rate without a fault ${rate} a second`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const inWords = ({ name, settled, longestStallMs, recoveryMs }: FaultWindow): string =>
  `${name}: ${settled} settled meanwhile, longest stall ${longestStallMs} ms, ` +
  (recoveryMs === null ? 'not recovered' : `recovered after ${recoveryMs} ms`);
