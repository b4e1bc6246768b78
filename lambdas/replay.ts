import { again, amend, isAgainRequest, isAmendRequest, isRedriveRequest, redrive } from './runtime/redrive';
import { replay } from './runtime/replay';
import { waiting } from './runtime/replay/waiting';

const replaying = replay();
const redriving = redrive();
const amending = amend();
const counting = waiting();
const lookingAgain = again();

/**
 * Replay function: counts what waits, and publishes what lies in the spill stores of its environment. A schedule wakes it. Invoked
 * with a redrive it sends the dead letters that this names back to their topic, with an amendment it publishes a corrected event
 * in place of a parked one, and asked for what a topic still holds it puts the letters by which a redrive sends that again.
 */
export const handler = async (event: unknown, context: Parameters<typeof replaying>[1]) => {
  if (isRedriveRequest(event)) return redriving(event, context);
  if (isAgainRequest(event)) return lookingAgain(event, context);
  if (isAmendRequest(event)) return amending(event, context);
  await counting(event);
  return replaying(event, context);
};
