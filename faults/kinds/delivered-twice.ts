import type { Fault } from '../fault';
import { someOf } from '../underway';

export const deliveredTwice: Fault = {
  name: 'delivered-twice',
  title: 'Batches delivered twice',
  group: 'mapping',
  describe: 'A share of the batches is handed to the consumer again after it has answered; the second answer counts.',
  seconds: [6, 10],
  start({ consumers }, chance) {
    const again = someOf(consumers, chance, 'consumer');
    const share = chance.oneOf([0.2, 0.5, 1]);
    let hits = 0;
    again.around(async (payload, invoke) => {
      const outcome = await invoke(payload);
      if (outcome.kind !== 'success' || chance.next() >= share) return outcome;
      hits += 1;
      return invoke(payload);
    });
    const heal = () => {
      again.around(undefined);
      return Promise.resolve(hits);
    };
    return Promise.resolve({ what: `${share * 100} % of the batches delivered twice to ${again.path}`, heal });
  },
};
