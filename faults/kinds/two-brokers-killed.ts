import type { Fault } from '../fault';

export const twoBrokersKilled: Fault = {
  name: 'two-brokers-killed',
  title: 'Two brokers killed',
  group: 'broker',
  describe: 'SIGKILL of two brokers at once: one replica is left, and sends are refused until a second one is back.',
  seconds: [4, 10],
  async start({ brokers }, chance) {
    const killed = chance.some(brokers, 2);
    await Promise.all(killed.map((broker) => broker.kill('SIGKILL')));
    const heal = async () => {
      await Promise.all(killed.map((broker) => broker.start()));
      return killed.length;
    };
    return { what: `brokers ${killed.map(({ id }) => id).join(' and ')} killed`, heal };
  },
};
