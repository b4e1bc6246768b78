import type { Application } from '../final-read/final-read';
import { at, entriesOf, grouped, recordsOf, type Evidence } from './evidence';
import { faultWindows } from './fault-windows';
import { result, type CheckResult } from './verdict';

/** Faults that kill or freeze an invocation, or cut it off from its table: then a call may be repeated. */
const REPEATS_CALLS = /^(dynamodb|function|crash|killed|killers|bad-deploy)/;
/** A claim that was cut off at the end of a fault is taken over by so much later. */
const AFTERWARDS_MS = 45_000;

/** P2 for calls: repeated only where an invocation was killed, frozen or cut off between the call and its record. */
export function callsExplained(evidence: Evidence): CheckResult {
  const title =
    'no event takes effect twice; a call is repeated only after its invocation was killed, frozen or cut off';
  const interrupted = interruptions(evidence);
  const windows = faultWindows(evidence.entries).filter(({ name }) => REPEATS_CALLS.test(name));
  let explained = 0;
  const findings: string[] = [];
  for (const calls of callsById(evidence)) {
    const [first, ...again] = calls;
    if (!first || again.length === 0) continue;
    const last = again.at(-1)!;
    const places = [...(evidence.logById.get(first.id) ?? []).map(at), at(first), at(last)];
    const killed = places.some((place) => interrupted.has(place));
    const struck = windows.some(
      ({ start, end }) => start <= (last.at ?? 0) && (end ?? Infinity) + AFTERWARDS_MS >= (first.at ?? 0),
    );
    if (killed || struck) explained += again.length;
    else findings.push(`${first.id} was called ${calls.length} times, and nothing explains it`);
  }
  return result(
    'P2',
    title,
    findings,
    explained > 0 ? `${explained} calls repeated after kills and outages` : undefined,
  );
}

const callsById = ({ read }: Evidence): Iterable<Application[]> =>
  grouped(Object.values(read.effects.byKey).flat(), ({ id }) => id).values();

/** Places whose delivery had no answer, failed, or was answered at its time margin with the record left unsettled. */
function interruptions(evidence: Evidence): ReadonlySet<string> {
  const outcomes = entriesOf(evidence.entries, 'outcome');
  const unanswered = new Set(
    outcomes.filter(({ type }) => type === 'unknown' || type === 'fail').map(({ invocation }) => invocation),
  );
  const deliveries = evidence.deliveries.filter(({ invocation }) => unanswered.has(invocation));
  const left = outcomes.flatMap(({ failures = [] }) => failures.map(at));
  return new Set([...[...recordsOf(deliveries)].map(at), ...left]);
}
