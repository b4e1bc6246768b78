import type { Fault } from '../fault';
import { leaderOfSome } from '../underway';

export const leaderPaused: Fault = {
  name: 'leader-paused',
  title: 'Leader paused',
  group: 'broker',
  describe:
    'SIGSTOP of the broker that leads a partition, for less or more than its session (6 s) and the lag time (10 s): ' +
    'in the end it wakes as a leader that has been replaced.',
  seconds: [5, 12],
  async start(target, chance) {
    const { broker, leads } = await leaderOfSome(target, chance);
    await broker.kill('SIGSTOP');
    const heal = async () => {
      await broker.kill('SIGCONT');
      return 1;
    };
    return { what: `broker ${broker.id}, leader of ${leads}, paused`, heal };
  },
};
