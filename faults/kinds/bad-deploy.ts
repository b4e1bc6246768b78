import type { Fault } from '../fault';
import { saidAnew } from '../underway';

export const badDeploy: Fault = {
  name: 'bad-deploy',
  title: 'Bad deploy',
  group: 'people',
  describe:
    'The code of every consumer is exchanged for one that fails on every event, until a circuit breaker opens; its successor ' +
    'is a good one, and new.',
  seconds: [24, 30],
  async start(target, chance) {
    const { consumers, badCode } = target;
    const until = await saidAnew(target, 'circuit breaker open: nothing more of this partition is parked');
    let failed = 0;
    for (const consumer of consumers) {
      consumer.around(async (payload, invoke) => {
        failed += 1;
        return invoke(payload);
      });
      consumer.deploy({ code: badCode });
    }
    // Code that had been at work before would find its own breaker as it left it, closed: a variable makes it another.
    const successor = String(chance.whole(1, 2 ** 32 - 1));
    const heal = () => {
      for (const consumer of consumers) {
        consumer.around(undefined);
        consumer.deploy({ environment: { RELEASE: successor } });
      }
      return Promise.resolve(failed);
    };
    return { what: `a bad deploy of ${consumers.map(({ path }) => path).join(' and ')}`, until, heal };
  },
};
