import type { Fault } from '../fault';
import { someOf } from '../underway';

/** What the host may need for its kill after the deadline. */
const GRACE_MS = 1000;

export const functionTimeout: Fault = {
  name: 'function-timeout',
  title: 'Function timeout',
  group: 'function',
  describe: 'The sandboxes of the consumer hang until the host kills them at the deadline; healed when it has.',
  seconds: [1, 1],
  alone: true,
  async start({ consumers, sleep }, chance) {
    const hung = someOf(consumers, chance, 'consumer');
    const hits = await hung.signal('SIGSTOP');
    const killed = sleep(hung.timeoutMs + GRACE_MS);
    const heal = async () => {
      await killed;
      // One that had nothing to do when it was stopped has no deadline.
      await hung.signal('SIGCONT');
      return hits;
    };
    return { what: `${hits} sandboxes of ${hung.path} hang until their deadline of ${hung.timeoutMs / 1000} s`, heal };
  },
};
