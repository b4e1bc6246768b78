import type { Fault } from '../fault';
import { meanwhile } from '../underway';

export const idConflicts: Fault = {
  name: 'id-conflicts',
  title: 'Ids used twice',
  group: 'load',
  describe: 'Events of other content under ids that were acknowledged long ago.',
  seconds: [3, 5],
  start({ callers }, chance) {
    const count = chance.whole(3, 8);
    return Promise.resolve({
      what: `${count} ids used a second time`,
      heal: meanwhile(() => callers.sendTwins(count)),
    });
  },
};
