import type { Place } from '../history';
import { refused, type Ack, type SentEvent } from './attempts';
import { at, recordsOf, redriven, type Evidence } from './evidence';
import { faultWindows, type Window } from './fault-windows';
import { result, type CheckResult } from './verdict';

/** Acked attempts whose event is nowhere in the log. */
export const missingAcks = (evidence: Evidence): Ack[] => evidence.acks.filter(({ id }) => !evidence.logById.has(id));

const overtaken = (evidence: Evidence) => {
  const lastRead = new Map(evidence.read.partitions.map((each) => [each.partition, each.records.at(-1)?.offset ?? -1]));
  return ({ partition, offset }: Place) => offset < (lastRead.get(partition) ?? -1);
};

/** K1: gone for sure, for a later record of the partition was read; also what the mapping read once and is there no more. */
export function lostWrite(evidence: Evidence): CheckResult {
  const gone = missingAcks(evidence).filter(overtaken(evidence));
  const counted = new Set(evidence.acks.map(at));
  const vanished = new Map<string, string>();
  for (const { id, ...place } of recordsOf(evidence.deliveries)) {
    const there = id === undefined ? evidence.log.has(at(place)) : evidence.logById.has(id);
    if (!there && !counted.has(at(place))) vanished.set(at(place), id ?? 'a record');
  }
  return result('K1', 'no acknowledged event vanishes from the log', [
    ...gone.map((ack) => `${ack.id} was acknowledged at ${at(ack)} and is not in the log, which goes on behind it`),
    ...[...vanished].map(([place, id]) => `${id} was delivered from ${place} and is no longer in the log`),
  ]);
}

/** K2: at the end of the log one cannot tell "gone" from "not yet"; after the drain there is no "yet". */
export function unseen(evidence: Evidence): CheckResult {
  const isOvertaken = overtaken(evidence);
  const findings = missingAcks(evidence)
    .filter((ack) => !isOvertaken(ack))
    .map((ack) => `${ack.id} was acknowledged at ${at(ack)}, and the log ends before it`);
  return result('K2', 'every acknowledged event is read by the end of the drain', findings);
}

/** K3: a refusal is definite. An unanswered attempt is no refusal, so its event may be anywhere. */
export function abortedRead(evidence: Evidence): CheckResult {
  const ids = new Set([...evidence.logById.keys(), ...evidence.applied]);
  const found = (id: string) => (evidence.logById.has(id) ? 'is in the log' : 'has taken effect');
  const findings: string[] = [];
  let unheardOf = 0;
  for (const id of ids) {
    const event = evidence.sent.get(id);
    if (evidence.corrected.has(id)) continue;
    if (event && refused(event)) findings.push(`${id} ${found(id)}, though every attempt was rejected`);
    if (!event && evidence.torn) unheardOf += 1;
    if (!event && !evidence.torn) findings.push(`${id} ${found(id)}, and nobody sent it`);
  }
  const note = unheardOf > 0 ? `the history is torn: ${unheardOf} events it does not know were left out` : undefined;
  return result('K3', 'nothing that was refused, or never sent, is read', findings, note);
}

/** How long after a heal clients may still be settling an attempt that the fault left in doubt. */
const IN_DOUBT_MS = 60_000;

/** K4: a second record of an event is legal after an attempt in doubt, a queue, a replay or a redrive, and a fault without one. */
export function duplicate(evidence: Evidence): CheckResult {
  const findings: string[] = [];
  let explained = 0;
  const windows = faultWindows(evidence.entries);
  for (const [id, records] of evidence.logById) {
    const event = evidence.sent.get(id);
    if (records.length === 1 || !event) continue;
    if (hasCause(evidence, event, windows)) explained += records.length - 1;
    else findings.push(`${id} lies at ${records.map(at).join(' and ')}, and nothing explains a second attempt`);
  }
  const note = `${explained} duplicates after attempts in doubt, spills and redrives, to be caught by the consumer`;
  return result('K4', 'no event is in the log twice without a cause', findings, note);
}

function hasCause(evidence: Evidence, event: SentEvent, windows: readonly Window[]): boolean {
  if (event.attempts > 1 || event.spilled || event.queued || redriven(evidence, event.id)) return true;
  const { firstAt, acceptedAt = Infinity } = event;
  return windows.some(({ start, end }) => start <= acceptedAt && firstAt <= (end ?? Infinity) + IN_DOUBT_MS);
}

/** K5: one place holds one event for ever, whoever looks: caller, mapping, sink, final read. */
export function inconsistentOffsets(evidence: Evidence): CheckResult {
  const seen = new Map<string, { id: string; by: string }>();
  const findings = new Map<string, string>();
  const look = (place: Place, id: string | null | undefined, by: string) => {
    if (typeof id !== 'string' || place.offset < 0) return;
    const first = seen.get(at(place));
    if (!first) seen.set(at(place), { id, by });
    else if (first.id !== id && !findings.has(at(place))) {
      findings.set(at(place), `${at(place)} holds ${first.id} (${first.by}) and ${id} (${by})`);
    }
  };
  for (const record of evidence.log.values()) look(record, record.id, 'final read');
  for (const ack of evidence.acks) look(ack, ack.id, 'acknowledged');
  for (const record of recordsOf(evidence.deliveries)) look(record, record.id, 'delivered');
  for (const applied of Object.values(evidence.read.effects.byKey))
    for (const each of applied) look(each, each.id, 'applied');
  return result('K5', 'one offset holds one event, whoever reads it', [...findings.values()]);
}
