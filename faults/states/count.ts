import { METRIC, type ParkReason } from '../../lambdas/runtime/contract';
import { entriesOf, gather } from '../checker/evidence';
import type { FinalRead } from '../final-read/final-read';
import type { Entry, History } from '../history';
import type { Observed } from './observed';
import type { StateCounts } from './state';

/** Reasons that only the unpacking of on-failure objects gives. */
const UNPACKED: ReadonlySet<ParkReason> = new Set<ParkReason>([
  'retries-exhausted',
  'record-too-old',
  'payload-too-large',
]);

/** Counts the states of a run, from what it left and from what was seen of it: nothing in the product counts for this. */
export function countStates(history: History, reads: readonly FinalRead[], observed: Observed): StateCounts {
  const { entries } = history;
  const { asked, lines, metrics, bufferBytes = Infinity } = observed;
  const [first] = reads;
  const outcomes = entriesOf(entries, 'outcome');
  const parked = parkedFor(reads);
  const spilled = new Set(of(entriesOf(entries, 'send'), 'spilled').flatMap(({ ids }) => ids));
  return {
    spilled: spilled.size,
    replayed: first ? replayed(history, first, spilled) : 0,
    leftForNextSweep: lines['spilled events left for the next sweep'] ?? 0,
    bufferFull: entriesOf(entries, 'publish').filter(({ bytes = 0 }) => bytes > bufferBytes).length,
    topicRefused: lines['topic refused'] ?? 0,
    unknownHeard: of(entriesOf(entries, 'send'), 'unknown').reduce((sum, { ids }) => sum + ids.length, 0),
    clientReplaced: metrics[METRIC.replaced] ?? 0,
    unsettledReported: outcomes.filter(({ type, failures = [] }) => type === 'ok' && failures.length > 0).length,
    redelivered: entriesOf(entries, 'deliver').filter(({ again }) => again).length,
    lookedUp: asked.lookUps,
    killed: outcomes.filter(({ type, reason = '' }) => type === 'unknown' && !TIMED_OUT.test(reason)).length,
    timedOut: outcomes.filter(({ type, reason = '' }) => type === 'unknown' && TIMED_OUT.test(reason)).length,
    claimWaitedFor: asked.claimsMet,
    claimTakenOver: asked.claimsTakenOver,
    breakerOpened: metrics[METRIC.breakerOpen] ?? 0,
    breakerClosed: lines['circuit breaker closed'] ?? 0,
    careful: asked.marks,
    killerParked: parked((reason) => reason === 'killed-function'),
    givenUp: entriesOf(entries, 'on-failure').length,
    unpacked: parked((reason) => UNPACKED.has(reason)),
    idConflict: parked((reason) => reason === 'id-conflict'),
    undecodableParked: parked((reason) => reason === 'undecodable'),
    commitUnconfirmed: entriesOf(entries, 'commit').filter(({ type }) => type === 'unknown').length,
  };
}

const TIMED_OUT = /timed out/;

const of = <E extends Extract<Entry, { op: 'send' }>>(answers: readonly E[], outcome: E['outcome']): E[] =>
  answers.filter((answer) => answer.outcome === outcome);

/** The bucket may be shared by consumers: each letter once. */
function parkedFor(reads: readonly FinalRead[]): (which: (reason: ParkReason) => boolean) => number {
  const letters = new Map(reads.flatMap(({ deadLetters }) => deadLetters.map((letter) => [letter.object, letter])));
  return (which) => [...letters.values()].filter(({ reason }) => which(reason)).length;
}

/** Never acknowledged to their callers, and in the topic all the same. */
function replayed(history: History, read: FinalRead, spilled: ReadonlySet<string>): number {
  const { sent, logById } = gather(history, read);
  return [...spilled].filter((id) => sent.get(id)?.acks.length === 0 && logById.has(id)).length;
}
