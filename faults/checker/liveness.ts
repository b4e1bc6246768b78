import type { FaultWindow } from './verdict';
import { at, recordsOf, type Evidence } from './evidence';
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

/** Within which the backlog has to be gone after the last heal. */
const CATCH_UP_MS = 200_000;

/** P6: after the last heal the pipeline catches up. Without a fault there is nothing to catch up with: P1 sees what is left. */
export function liveness(evidence: Evidence): CheckResult {
  const title = `the pipeline catches up within ${CATCH_UP_MS / 1000} s of the last heal`;
  const windows = measured(evidence);
  if (windows.length === 0) return result('P6', title, [], 'no fault was started');
  const unhealed = windows.filter(({ end }) => end === null).map(({ name }) => `${name} was never healed`);
  return result(
    'P6',
    title,
    [...unhealed, ...recoveryOf(windows), ...backlog(evidence)],
    windows.map(inWords).join('; '),
  );
}

function recoveryOf(windows: readonly FaultWindow[]): string[] {
  const slow = windows.filter(({ recoveryMs }) => recoveryMs !== null && recoveryMs > CATCH_UP_MS);
  return slow.map(({ name, recoveryMs }) => `the backlog took ${(recoveryMs ?? 0) / 1000} s after ${name} was healed`);
}

const inWords = ({ name, settled, longestStallMs, recoveryMs }: FaultWindow): string =>
  `${name}: ${settled} settled meanwhile, longest stall ${longestStallMs} ms, ` +
  (recoveryMs === null ? 'not recovered' : `recovered after ${recoveryMs} ms`);
