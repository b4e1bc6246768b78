import { isRedriveRequest, redrive } from './runtime/redrive';
import { replay } from './runtime/replay';

const replaying = replay();
const redriving = redrive();

/**
 * Replay function: publishes what lies in the spill stores of its environment. A schedule wakes it. Invoked with a redrive it sends
 * the dead letters that this names back to their topic.
 */
export const handler = (event: unknown, context: Parameters<typeof replaying>[1]) =>
  isRedriveRequest(event) ? redriving(event, context) : replaying(event, context);
