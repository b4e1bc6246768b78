import type { Context } from 'aws-lambda';
import type { AgainAnswer } from '../contract';
import { againRange } from './again-range';
import { againRequest } from './request';
import { Sending, type RedriveDeps } from './sending';

/**
 * Puts letters for what a partition of a topic still holds, as an `AgainRequest` says, and names those that a redrive is to send.
 * Publishes nothing. Safe to run at any time: a letter that is there is found.
 *
 * The handler rejects before anything is put: INVALID_ARGUMENT for what is no such request, or offsets that are not there,
 * NOT_CONFIGURED for a topic that is not this function's.
 */
export function again(
  given: Partial<RedriveDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<AgainAnswer> {
  let sending: Sending | undefined;
  return async (event, context) => {
    sending ??= new Sending(given);
    const range = againRequest(event, sending.nowMs());
    const { log, ...deps } = sending.begin(range.topic, context);
    const reader = sending.reader(range.topic);
    try {
      const answer = await againRange(range, { ...deps, reader });
      const { topic, partition, group, look = false } = range;
      log.info('looked at what the topic holds', { topic, partition, group, look, from: range.from, next: answer.next, send: answer.send.length }); // prettier-ignore
      return answer;
    } finally {
      await reader.close();
    }
  };
}
