import type { Fault } from '../fault';
import { meanwhile } from '../underway';

export const brokersRolled: Fault = {
  name: 'brokers-rolled',
  title: 'Brokers rolled',
  group: 'broker',
  describe:
    'SIGTERM and a new start of one broker after the other, as patching does; healed when all have had their turn.',
  seconds: [8, 14],
  start({ brokers }) {
    const heal = meanwhile(async () => {
      for (const broker of brokers) {
        await broker.kill('SIGTERM');
        await broker.start();
      }
      return brokers.length;
    });
    const ids = brokers.map(({ id }) => id).join(', ');
    return Promise.resolve({ what: `brokers ${ids} stopped and started, one after the other`, heal });
  },
};
