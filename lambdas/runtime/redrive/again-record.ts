import { type AgainFate, type AgainRequest, type DeadLetter, type EventIds } from '../contract';
import { deadLetter, deadLetterName } from '../dead-letters/letter';
import type { ConsumerRecord } from '../event/records';
import { deliveryOf } from '../idempotency/delivery';
import { sendable, type LetterOf, type LetterToSend } from './letter-to-send';
import type { AgainState } from './mark-again';

export interface AgainOf extends LetterOf, Pick<AgainRequest['again'], 'before'> {
  readonly eventIds?: EventIds;
  readonly nowMs: number;
}

/** The letter that would send a record again, or why none can. */
export type AgainRecord = ({ readonly kind: 'to send' } & LetterToSend) | Extract<AgainFate, { kind: 'refused' }>;

export function againRecord(record: ConsumerRecord, { eventIds, before, nowMs, ...of }: AgainOf): AgainRecord {
  const { event, isForeign } = deliveryOf(record, { ...of, eventIds });
  if (isForeign && (eventIds === undefined || eventIds.kind === 'handler')) {
    return { kind: 'refused', reason: 'no-id', detail: 'it brings no id of its own, and its handler may make one, under which the table would know it; publish it anew, or say in the construct how events are told apart (`eventIds`)' }; // prettier-ignore
  }
  const { cluster, group } = of;
  const cause = { reason: 'from-topic', detail: `put to send again what the topic still holds` } as const;
  const what = { kind: 'record', group, record, event } as const;
  const letter: DeadLetter = { ...deadLetter(what, cause, { cluster, nowMs }), again: before };
  return sendable(deadLetterName(letter), letter, of);
}

/** What becomes of a record by what the table says of its event; `send`: a letter of that name has, or is given, the event. */
export type AgainVerdict = { readonly kind: 'send'; readonly object: string; readonly isNew: boolean } | AgainFate;

/** @param isThere - whether the record's own letter is there already */
export function againVerdict(
  { object }: LetterToSend,
  state: AgainState,
  { isThere, maxRedrives }: { readonly isThere: boolean; readonly maxRedrives: number },
): AgainVerdict {
  switch (state.kind) {
    case 'due':
      return state.generation < maxRedrives
        ? { kind: 'send', object, isNew: true }
        : { kind: 'refused', reason: 'max-redrives', detail: `its event was sent back ${state.generation} times, want fewer than ${maxRedrives}; raise --max-redrives` }; // prettier-ignore
    case 'parked elsewhere':
      return { kind: 'send', object: state.object, isNew: false };
    case 'redriven':
      // Interrupted, or its copy is in the log.
      return isThere ? { kind: 'send', object, isNew: false } : { kind: 'under-way' };
    case 'redriven elsewhere':
      return { kind: 'under-way' };
    case 'done':
      return { kind: 'applied' };
    case 'claimed':
      return { kind: 'waits', reason: 'claimed', detail: 'a call is under way for its event; run it again' };
    case 'discarded':
    case 'discarded elsewhere':
      return { kind: 'ended', reason: 'discarded', detail: `its event was discarded by ${state.by}: ${state.why}` };
    case 'amended':
    case 'amended elsewhere':
      return { kind: 'ended', reason: 'amended', detail: `the event ${state.as} takes its place` };
    case 'other content':
      return { kind: 'refused', reason: 'id-conflict', detail: 'its id belongs to an event of other content' };
    case 'not known':
      return { kind: 'refused', reason: 'not-parked', detail: `its record is in state ${state.state}, which this version does not know` }; // prettier-ignore
  }
}
