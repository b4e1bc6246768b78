import type { Fault } from '../fault';
import { meanwhile } from '../underway';

/** Of 100 kB each: more than the buffer of the chaos variant's door (1 MiB), less than Lambda's payload. */
const EVENTS = 30;

export const largeEvents: Fault = {
  name: 'large-events',
  title: 'Requests larger than the buffer',
  group: 'load',
  describe: 'Requests of three megabytes: their events have to wait for room in the door’s buffer.',
  seconds: [4, 7],
  start({ callers }) {
    return Promise.resolve({
      what: `a request of ${EVENTS} large events`,
      heal: meanwhile(() => callers.send('large', EVENTS)),
    });
  },
};
