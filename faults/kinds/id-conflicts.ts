import type { Fault } from '../fault';
import { meanwhile } from '../underway';

export const idConflicts: Fault = {
  name: 'id-conflicts',
  title: 'Ids used twice',
  group: 'load',
  describe:
    'Events of other content under ids that were acknowledged long ago, by sandboxes of the door that are gone.',
  seconds: [3, 5],
  start({ callers, producers }, chance) {
    const count = chance.whole(3, 8);
    // The same code, in new sandboxes: they do not know what the old ones have accepted.
    for (const door of producers) door.deploy({});
    const ended = meanwhile(() => callers.sendTwins(count));
    return Promise.resolve({
      what: `${count} ids used a second time`,
      heal: async () => {
        const hits = await ended();
        for (const door of producers) door.deploy(undefined);
        return hits;
      },
    });
  },
};
