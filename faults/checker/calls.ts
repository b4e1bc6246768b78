import type { Application } from '../final-read/final-read';
import { at, entriesOf, grouped, recordsOf, type Evidence } from './evidence';
import { faultWindows } from './fault-windows';
import { result, type CheckResult, type FaultWindow } from './verdict';

/** Faults that kill or freeze an invocation, cut it off from its table, or lose the call's answer: then a call may be repeated. */
const REPEATS_CALLS = /^(calls|dynamodb|function|crash|killed|killers|bad-deploy)/;
/** A claim that was cut off at the end of a fault is taken over by so much later. */
const AFTERWARDS_MS = 45_000;
/** A call that was under way when its invocation ended may arrive by so much later. */
const UNDER_WAY_MS = 5_000;

/** P2 for calls: repeated only where an invocation was killed, frozen or cut off between the call and its record. */
export function callsExplained(evidence: Evidence): CheckResult {
  const title =
    'no event takes effect twice; a call is repeated only after its invocation was killed, frozen or cut off';
  const broken = brokenDeliveries(evidence);
  const windows = faultWindows(evidence.entries).filter(({ name }) => REPEATS_CALLS.test(name));
  let explained = 0;
  const findings: string[] = [];
  for (const calls of callsById(evidence)) {
    const unexplained = pairsOf(calls).filter(([earlier, later]) => {
      const places = [...(evidence.logById.get(earlier.id) ?? []), earlier].map(at);
      const wasBroken = places.some((place) => broken.get(place)?.some((delivery) => holds(delivery, earlier)));
      const struck = windows.some(
        ({ start, end }) => start <= (later.at ?? 0) && (end ?? Infinity) + AFTERWARDS_MS >= (earlier.at ?? 0),
      );
      return !wasBroken && !struck;
    });
    explained += calls.length - 1 - unexplained.length;
    if (unexplained.length > 0)
      findings.push(
        `${calls[0]?.id} was called ${calls.length} times, and nothing that came between explains ${unexplained.length} of them`,
      );
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

/** Each call of an event with the one before it. */
function pairsOf(calls: readonly Application[]): [Application, Application][] {
  const inTime = [...calls].sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  return inTime.slice(1).map((later, n) => [inTime[n]!, later]);
}

/** From when to when a delivery was under way, epoch milliseconds. */
type Span = Pick<FaultWindow, 'start' | 'end'>;

/** True when the call was made in this delivery; a sink that keeps no times leaves it open. */
const holds = ({ start, end }: Span, call: Application): boolean =>
  call.at === undefined || (start <= call.at && call.at <= (end ?? Infinity) + UNDER_WAY_MS);

/** By place: deliveries that had no answer, failed, or were answered with this very record left unsettled. */
function brokenDeliveries(evidence: Evidence): ReadonlyMap<string, readonly Span[]> {
  const outcomes = new Map(entriesOf(evidence.entries, 'outcome').map((outcome) => [outcome.invocation, outcome]));
  const broken = new Map<string, Span[]>();
  for (const record of recordsOf(evidence.deliveries)) {
    const outcome = outcomes.get(record.of.invocation);
    if (!outcome) continue;
    const unanswered = outcome.type === 'unknown' || outcome.type === 'fail';
    const left = outcome.failures?.some((place) => at(place) === at(record)) ?? false;
    if (!unanswered && !left) continue;
    const span = { start: record.of.wall, end: outcome.wall };
    broken.set(at(record), [...(broken.get(at(record)) ?? []), span]);
  }
  return broken;
}
