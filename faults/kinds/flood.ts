import type { Fault } from '../fault';
import { meanwhile } from '../underway';

const MISFITS = 40;
const FAILING = 10;
const INVALID = 3;
const BETWEEN_MS = 1_500;

export const flood: Fault = {
  name: 'flood',
  title: 'Flood of bad events',
  group: 'load',
  describe:
    'One caller sends hundreds of events that no consumer can read or apply, under few keys, amid the good ones.',
  seconds: [4, 8],
  start({ callers, sleep }) {
    const heal = meanwhile(async (ended) => {
      let taken = 0;
      do {
        taken += await callers.send('misfit', MISFITS);
        taken += await callers.send('failing', FAILING);
        await callers.send('invalid', INVALID);
        await sleep(BETWEEN_MS, ended);
      } while (!ended.aborted);
      return taken;
    });
    return Promise.resolve({ what: 'a flood of events that cannot be applied', heal });
  },
};
