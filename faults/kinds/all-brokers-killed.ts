import type { Fault } from '../fault';

export const allBrokersKilled: Fault = {
  name: 'all-brokers-killed',
  title: 'All brokers killed',
  group: 'broker',
  describe: 'SIGKILL of every broker at once; the controller stays.',
  seconds: [3, 8],
  async start({ brokers }) {
    await Promise.all(brokers.map((broker) => broker.kill('SIGKILL')));
    const heal = async () => {
      await Promise.all(brokers.map((broker) => broker.start()));
      return brokers.length;
    };
    return { what: `brokers ${brokers.map(({ id }) => id).join(', ')} killed`, heal };
  },
};
