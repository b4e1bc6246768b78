import type { ParsedEvent } from './cloudevents-http';
import { LosslessError } from '../contract/errors';
import { InvalidEventError, type NewEvent } from '../event/new-event';
import type { Outcome, Producer } from '../producer';

/**
 * Publishes what a door has read: one outcome for each, in the same order. What is no event is rejected.
 * @throws as `publishAll`: then nothing was sent
 */
export async function published(
  producer: Pick<Producer, 'publishAll'>,
  parsed: readonly ParsedEvent[],
  remainingMs: number,
): Promise<Outcome[]> {
  const valid = parsed.filter((event): event is NewEvent => !(event instanceof InvalidEventError));
  const outcomes = valid.length === 0 ? [].values() : (await producer.publishAll(valid, { remainingMs })).values();
  return parsed.map((event): Outcome => {
    if (event instanceof InvalidEventError) {
      return { id: '', source: '', kind: 'rejected', code: event.code, reason: event.message };
    }
    const { value } = outcomes.next();
    if (value === undefined) throw new Error('an event was published and has no outcome');
    return value;
  });
}

/** Refused, or perhaps taken: to be sent again under the same id. */
export type NotTaken = Extract<Outcome, { readonly kind: 'rejected' | 'unknown' }>;

/** Accepted, or dealt with as the function's `onRejected` says: it need not, and must not, be sent again another way. */
export function isTaken(outcome: Outcome): outcome is Exclude<Outcome, NotTaken> {
  switch (outcome.kind) {
    case 'acked':
    case 'spilled':
    case 'sent':
    case 'parked':
    case 'forwarded':
    case 'dropped':
      return true;
    case 'rejected':
    case 'unknown':
      return false;
  }
}

/**
 * For an invocation for which nobody waits: it must fail, or whoever tries it again, or keeps it, never hears of it.
 * @param what - it was, in words
 * @throws LosslessError NOT_TAKEN unless all were taken
 */
export function requireTaken(outcomes: readonly Outcome[], what: string): void {
  const left = outcomes.filter((outcome): outcome is NotTaken => !isTaken(outcome));
  const [first] = left;
  if (first === undefined) return;
  const code = first.kind === 'rejected' ? first.code : 'UNKNOWN';
  const more = left.length > 1 ? ` and ${left.length - 1} more not taken` : '';
  throw new LosslessError(
    'NOT_TAKEN',
    `${what}: got ${code} (${first.reason})${more}, want every event accepted; send it again under the same id`,
  );
}
