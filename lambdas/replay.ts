import { amend, isAmendRequest, isRedriveRequest, redrive } from './runtime/redrive';
import { replay } from './runtime/replay';

const replaying = replay();
const redriving = redrive();
const amending = amend();

/**
 * Replay function: publishes what lies in the spill stores of its environment. A schedule wakes it. Invoked with a redrive it sends
 * the dead letters that this names back to their topic, and with an amendment it publishes a corrected event in place of a parked one.
 */
export const handler = (event: unknown, context: Parameters<typeof replaying>[1]) => {
  if (isRedriveRequest(event)) return redriving(event, context);
  return isAmendRequest(event) ? amending(event, context) : replaying(event, context);
};
