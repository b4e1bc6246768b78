import type { ParkedObject } from '../final-read/final-read';
import { accepted, type SentEvent } from './attempts';
import { callsExplained } from './calls';
import { at, hasLapsed, type Evidence } from './evidence';
import { missingAcks } from './log';
import { result, type CheckResult } from './verdict';

const acceptedEvents = (evidence: Evidence): SentEvent[] => [...evidence.sent.values()].filter(accepted);

/** Ids accepted and neither applied nor parked, nor ended by a person. */
export const lost = (evidence: Evidence): string[] =>
  acceptedEvents(evidence)
    .map(({ id }) => id)
    .filter((id) => !hasEnded(evidence, id) && !hasLapsed(evidence, id) && !isKeptAtDoor(evidence, id));

/** Before it was published: in a dead-letter queue, or where the door's failures are kept. */
const isKeptAtDoor = ({ read }: Evidence, id: string): boolean => read.keptAtDoors?.includes(id) ?? false;

/** An amended event ends as the one in its place does. */
function hasEnded(evidence: Evidence, id: string): boolean {
  const { applied, discarded, amended } = evidence;
  const as = amended.get(id);
  if (as !== undefined) return hasEnded(evidence, as);
  return applied.has(id) || discarded.has(id) || isParked(evidence, id);
}

/** What a person has ended has no end beside that. */
const endedAndApplied = ({ amended, discarded, applied }: Evidence): string[] => [
  ...[...discarded].filter((id) => applied.has(id)).map((id) => `${id} was discarded and is applied`),
  ...[...amended]
    .filter(([id]) => applied.has(id))
    .map(([id, as]) => `${id} was amended as ${as} and is applied itself`),
];

/** By name: nobody else ends an accepted event unapplied. */
function endedByPeople({ amended, discarded }: Evidence): string | undefined {
  const words = [
    ...(amended.size > 0 ? [`amended: ${[...amended].map(([id, as]) => `${id} as ${as}`).join(', ')}`] : []),
    ...(discarded.size > 0 ? [`discarded: ${[...discarded].join(', ')}`] : []),
  ];
  return words.length > 0 ? words.join('; ') : undefined;
}

/** Parked, with the object that holds its bytes still there; a redrive under way holds it too. */
function isParked(evidence: Evidence, id: string): boolean {
  const settled = evidence.settledById.get(id);
  if (settled?.state !== 'parked' && settled?.state !== 'redriven') return evidence.parked.has(id);
  return evidence.read.deadLetters.some(({ object }) => object === settled.object);
}

/** P1: one end for every accepted event, and no event with two. */
export function oneEnd(evidence: Evidence): CheckResult {
  const inDoubt = inDoubtOf(evidence);
  const both = [...evidence.parked].filter((id) => evidence.applied.has(id) && !inDoubt.has(id));
  const nothing = acceptedEvents(evidence).length === 0 ? ['no event was accepted, so the run shows nothing'] : [];
  const findings = [
    ...lost(evidence).map((id) => `${id} was accepted and is neither applied nor parked${whereabouts(evidence, id)}`),
    ...both.map((id) => `${id} is both applied and parked`),
    ...endedAndApplied(evidence),
    ...nothing,
  ];
  const title = 'every accepted event is applied or parked, never neither, never both';
  return result('P1', title, findings, endedByPeople(evidence));
}

/** Parked calls of which the dead letter itself says that they may have taken place. */
const inDoubtOf = ({ read }: Evidence): ReadonlySet<string> =>
  new Set(read.deadLetters.filter(({ effect }) => read.effect === 'call' && effect === 'unknown').map(({ id }) => id));

function whereabouts(evidence: Evidence, id: string): string {
  const as = evidence.amended.get(id);
  if (as !== undefined) return `; it was amended as ${as}${whereabouts(evidence, as)}`;
  if (evidence.read.spilled.includes(id)) return '; it is still in the spill store';
  const [record] = evidence.logById.get(id) ?? [];
  if (!record) return '; it is not in the log';
  const committed = evidence.read.partitions.find(({ partition }) => partition === record.partition)?.committed ?? 0;
  return `; it lies at ${at(record)}, ${record.offset < committed ? 'committed past' : 'not committed past'}`;
}

/** Ids with more than one application, by the sink's counters or by its lists. */
export function appliedTwice(evidence: Evidence): string[] {
  const { timesApplied, byKey } = evidence.read.effects;
  const twice = new Set(Object.keys(timesApplied).filter((id) => (timesApplied[id] ?? 0) > 1));
  const seen = new Set<string>();
  for (const { id } of Object.values(byKey).flat()) {
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  return [...twice];
}

/** P2: also for events whose caller heard no answer: at most once is at most once. */
export function effectOnce(evidence: Evidence): CheckResult {
  if (evidence.read.effect === 'call') return callsExplained(evidence);
  const { timesApplied } = evidence.read.effects;
  const findings = appliedTwice(evidence).map((id) => `${id} took effect ${Math.max(2, timesApplied[id] ?? 0)} times`);
  return result('P2', 'no event takes effect twice', findings);
}

/** P5: what is parked can be sent back as it was: the object is there, and holds what the record held. */
export function parkedWhole(evidence: Evidence): CheckResult {
  const objects = new Set(evidence.read.deadLetters.map(({ object }) => object));
  const gone = [...evidence.settledById]
    .filter(([, { state, object }]) => state === 'parked' && (object === undefined || !objects.has(object)))
    .map(([id, { object }]) => `${id} is recorded as parked in ${object ?? 'no object'}, which is not there`);
  const stranded = [...evidence.settledById]
    .filter(
      ([id, { state, object }]) => state === 'redriven' && !objects.has(object ?? '') && !evidence.applied.has(id),
    )
    .map(([id]) => `${id} was sent back and has neither taken effect nor been parked again`);
  const unpublished = [...evidence.amended]
    .filter(([, as]) => !hasEnded(evidence, as))
    .map(([id, as]) => `${id} was amended as ${as}, which has neither taken effect nor been parked`);
  const changed = evidence.read.deadLetters.flatMap((letter) => difference(evidence, letter));
  return result('P5', 'a parked event is kept byte for byte and can be sent back', [
    ...gone,
    ...stranded,
    ...unpublished,
    ...changed,
  ]);
}

function difference(evidence: Evidence, letter: ParkedObject): string[] {
  const record = letter.partition < 0 ? undefined : evidence.log.get(at(letter));
  if (!record) return [];
  const parts: (keyof typeof letter & keyof typeof record)[] = ['keyHash', 'valueHash', 'headersHash', 'timestamp'];
  const different = parts.filter((part) => letter[part] !== record[part]).map((part) => part.replace('Hash', ''));
  if (record.id !== null && record.id !== letter.id) different.push('id');
  if (different.length === 0) return [];
  return [`${letter.object}: ${different.join(', ')} differ from the record at ${at(letter)}`];
}

/** P7: an answer is never more than the truth: acked is in the log, spilled is in the spill store until it is somewhere else, and queued in its queue. */
export function producerTruth(evidence: Evidence): CheckResult {
  const spilled = new Set(evidence.read.spilled);
  const nowhere = acceptedEvents(evidence).filter(
    ({ id, acks }) => acks.length === 0 && !spilled.has(id) && !evidence.logById.has(id) && !evidence.parked.has(id),
  );
  const missing = new Map(missingAcks(evidence).map((ack) => [ack.id, ack]));
  return result('P7', 'the producer says acked only of what is in the log, and drops nothing silently', [
    ...[...missing.values()].map((ack) => `${ack.id} was acknowledged at ${at(ack)} and is not in the log`),
    ...nowhere.filter(({ id }) => !isKeptAtDoor(evidence, id)).map(nowhereToBeFound),
  ]);
}

const nowhereToBeFound = ({ id, queued }: SentEvent): string =>
  queued
    ? `${id} was taken by a queue, and is neither kept there nor in the log nor parked`
    : `${id} was spilled, and is neither in the spill store nor in the log nor parked`;
