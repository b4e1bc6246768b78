import type { Fault } from '../fault';
import { leaderOfSome } from '../underway';

export const leaderKilled: Fault = {
  name: 'leader-killed',
  title: 'Leader killed',
  group: 'broker',
  describe: 'SIGKILL of the broker that leads a partition; it is started again on its data.',
  seconds: [3, 9],
  async start(target, chance) {
    const { broker, leads } = await leaderOfSome(target, chance);
    await broker.kill('SIGKILL');
    const heal = async () => {
      await broker.start();
      return 1;
    };
    return { what: `broker ${broker.id}, leader of ${leads}, killed`, heal };
  },
};
