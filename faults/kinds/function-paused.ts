import type { Fault } from '../fault';
import { someOf } from '../underway';

export const functionPaused: Fault = {
  name: 'function-paused',
  title: 'Function paused',
  group: 'function',
  describe: 'SIGSTOP of the sandboxes of a function in the middle of whatever they do; later they go on with it.',
  seconds: [3, 9],
  async start({ producers, consumers }, chance) {
    const paused = someOf([...producers, ...consumers], chance, 'producer or a consumer');
    const hits = await paused.signal('SIGSTOP');
    const heal = async () => {
      await paused.signal('SIGCONT');
      return hits;
    };
    return { what: `${hits} sandboxes of ${paused.path} paused`, heal };
  },
};
