import type { Context } from 'aws-lambda';
import type { AmendFate } from '../contract';
import { isObject } from '../event/wire';
import { amendLetter } from './amend-letter';
import { amendRequest } from './request';
import { Sending, type RedriveDeps } from './sending';

/** Whether the function was invoked to publish a corrected event. */
export const isAmendRequest = (event: unknown): boolean => isObject(event) && 'amend' in event;

/**
 * Publishes the corrected event that an `AmendRequest` gives, in place of the parked one it names, and answers what became of it.
 * Safe to run again at any time: what was published twice is a duplicate under the same new id.
 *
 * The handler rejects before anything is done: INVALID_ARGUMENT for what is no such request, NOT_CONFIGURED for a topic that is
 * not this function's.
 */
export function amend(
  given: Partial<RedriveDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<AmendFate> {
  let sending: Sending | undefined;
  return async (event, context) => {
    const request = amendRequest(event);
    sending ??= new Sending(given);
    const { log, topic, ...deps } = sending.begin(request.topic, context);
    const fate = await amendLetter(request, deps);
    log.info('dead letter amended', { topic, group: request.group, object: request.object, outcome: fate.kind });
    return fate;
  };
}
