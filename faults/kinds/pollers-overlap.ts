import type { Fault } from '../fault';
import { someOf } from '../underway';

export const pollersOverlap: Fault = {
  name: 'pollers-overlap',
  title: 'Pollers overlap',
  group: 'mapping',
  describe:
    'Every batch is handed to two sandboxes at once, and the batch before it to a third, as by pollers that do not ' +
    'know of each other; only the first answer counts.',
  seconds: [6, 10],
  start({ consumers }, chance) {
    const shared = someOf(consumers, chance, 'consumer');
    let hits = 0;
    let before: string | undefined;
    shared.around(async (payload, invoke) => {
      const stale = before === undefined ? [] : [before];
      before = payload;
      hits += 1;
      const [outcome] = await Promise.all([invoke(payload), ...[payload, ...stale].map(invoke)]);
      return outcome;
    });
    const heal = () => {
      shared.around(undefined);
      return Promise.resolve(hits);
    };
    return Promise.resolve({ what: `two pollers hand every batch to ${shared.path}`, heal });
  },
};
