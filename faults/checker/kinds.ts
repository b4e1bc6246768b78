import type { ParkReason } from '../../lambdas/runtime/contract';
import type { EventKind } from '../history';
import { accepted, type SentEvent } from './attempts';
import { entriesOf, hasLapsedInPart, type Evidence } from './evidence';
import { faultWindows } from './fault-windows';
import { result, type CheckResult } from './verdict';

/** A bad deploy may park so many events of a partition. */
const PARKED_BY_A_DEPLOY = 20;
/** So many kills make a record a killer. */
const KILLS = 3;

const APPLICABLE: Readonly<Record<Exclude<EventKind, 'twin'>, boolean>> = {
  order: true,
  large: true,
  invalid: false,
  misfit: false,
  failing: false,
  mendable: true,
  killer: false,
};

/** P9: what can be applied is applied, and what cannot is parked. Of events of which no caller said what they are, nothing is known. */
export function endFitsKind(evidence: Evidence): CheckResult {
  const title = 'what can be applied is applied, what cannot is parked, and nothing else is';
  const sent = [...evidence.sent.values()].filter((event) => accepted(event) && event.kinds.size > 0);
  if (sent.length === 0) return result('P9', title, [], 'no caller said what it sent');
  const applied = sent.filter((event) => !applicable(event) && evidence.applied.has(event.id));
  // A door that remembers the first content refuses the second: then there is nothing to park.
  const twins = sent.filter(({ kinds, rejections }) => kinds.has('twin') && rejections === 0);
  const { findings, note } = goodOnesParked(evidence, sent.filter(applicable));
  return result(
    'P9',
    title,
    [
      ...applied.map(({ id, kinds }) => `${id} was applied, though it is a ${[...kinds].join(' and ')}`),
      ...twins
        .filter(({ id }) => !conflicts(evidence).has(id) && !hasLapsedInPart(evidence, id))
        .map(({ id }) => `${id} came a second time with other content, which is not parked`),
      ...findings,
    ],
    note,
  );
}

const applicable = ({ kinds }: SentEvent): boolean => [...kinds].every((kind) => kind === 'twin' || APPLICABLE[kind]);

const conflicts = ({ read }: Evidence): ReadonlySet<string> =>
  new Set(read.deadLetters.filter(({ reason }) => reason === 'id-conflict').map(({ id }) => id));

/** Good events may be parked for reasons that lie in the run, and only so many for each. */
function goodOnesParked(evidence: Evidence, good: readonly SentEvent[]): { findings: string[]; note?: string } {
  const letters = new Map(
    evidence.read.deadLetters.filter(({ reason }) => reason !== 'id-conflict').map((letter) => [letter.id, letter]),
  );
  const parked = good.flatMap(({ id }) => {
    const letter = letters.get(id);
    return letter && !evidence.applied.has(id) ? [letter] : [];
  });
  const allowed = allowance(evidence);
  const findings: string[] = [];
  const excused = new Map<ParkReason, number>();
  for (const { id, reason, partition } of parked) {
    if (allowed(reason, partition)) excused.set(reason, (excused.get(reason) ?? 0) + 1);
    else findings.push(`${id} can be applied and is parked as ${reason}`);
  }
  const words = [...excused].map(([reason, count]) => `${count} as ${reason}`);
  return { findings, ...(words.length > 0 && { note: `good events parked, as may be: ${words.join(', ')}` }) };
}

function allowance(evidence: Evidence): (reason: ParkReason, partition: number) => boolean {
  const deploys = faultWindows(evidence.entries).filter(({ name }) => name === 'bad-deploy').length;
  const kills = entriesOf(evidence.entries, 'outcome').filter(({ type }) => type === 'unknown').length;
  const left = new Map<string, number>();
  const take = (what: string, most: number): boolean => {
    const taken = (left.get(what) ?? 0) + 1;
    left.set(what, taken);
    return taken <= most;
  };
  return (reason, partition) => {
    switch (reason) {
      case 'handler-error':
        return take(`deploys of ${partition}`, deploys * PARKED_BY_A_DEPLOY);
      case 'killed-function':
        return take('kills', Math.floor(kills / KILLS));
      case 'retries-exhausted':
      case 'record-too-old':
      case 'payload-too-large':
        return evidence.read.givesUp === true;
      case 'undecodable':
      case 'write-refused':
      case 'id-conflict':
      case 'rejected-at-replay':
      case 'too-old':
      case 'rejected-at-producer':
      case 'foreign':
      case 'from-topic':
        return false;
    }
  };
}
