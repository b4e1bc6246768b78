import type { Context } from 'aws-lambda';
import type { LetterFate, RedriveAnswer } from '../contract';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { ANSWER_MS, timeLeft } from '../time/time-left';
import { redriveChunk } from './chunk';
import { redriveRequest } from './request';
import { Sending, type RedriveDeps } from './sending';

export { amend, isAmendRequest } from './amend';
export { isRedriveRequest } from './request';
export type { RedriveDeps } from './sending';

/**
 * Sends the dead letters that a `RedriveRequest` names back to their topic, in their order, and answers what became of each.
 * Safe to run at any time, also twice at once: what was sent twice is a duplicate under the same event id.
 *
 * The handler rejects before anything is done: INVALID_ARGUMENT for what is no such request, NOT_CONFIGURED for a topic that is
 * not this function's.
 */
export function redrive(
  given: Partial<RedriveDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<RedriveAnswer> {
  let sending: Sending | undefined;
  return async (event, context) => {
    const request = redriveRequest(event);
    sending ??= new Sending(given);
    const { clock, store, transactions, log } = sending.deps;
    const left = timeLeft(context, clock);
    const leftMs = () => left() - ANSWER_MS;
    const { cluster, topic, deadLetters } = sending.environmentOf(request.topic);
    const { pipe } = sending.topic(topic);
    const timed = timedObjectStore(store, clock, () => Math.min(STORE_ANSWER_MS, leftMs()));
    const answer = await redriveChunk({ ...request, cluster }, { clock, transactions, pipe, deadLetters, leftMs, store: timed }); // prettier-ignore
    log.info('dead letters sent back', { topic, group: request.group, ...countsOf(answer) });
    return answer;
  };
}

function countsOf({ outcomes }: RedriveAnswer): Partial<Record<LetterFate['kind'], number>> {
  const counts: Partial<Record<LetterFate['kind'], number>> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
