import type { Context } from 'aws-lambda';
import type { LetterFate, RedriveAnswer } from '../contract';
import { redriveChunk } from './chunk';
import { redriveRequest } from './request';
import { Sending, type RedriveDeps } from './sending';

export { again } from './again';
export { amend, isAmendRequest } from './amend';
export { isAgainRequest, isRedriveRequest } from './request';
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
    const { log, topic, cluster, ...deps } = sending.begin(request.topic, context);
    const answer = await redriveChunk({ ...request, cluster }, deps);
    log.info('dead letters sent back', { topic, group: request.group, ...countsOf(answer) });
    return answer;
  };
}

function countsOf({ outcomes }: RedriveAnswer): Partial<Record<LetterFate['kind'], number>> {
  const counts: Partial<Record<LetterFate['kind'], number>> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
