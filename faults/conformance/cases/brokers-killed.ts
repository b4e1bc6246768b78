import type { Case } from '../case';

/** Longer than the broker session timeout of 6 s, so that other brokers lead by then. */
const DEAD_MS = 8_000;

export const brokersKilled: Case = {
  name: 'brokers-killed',
  describe: 'SIGKILL of one broker after the other; each is started again once others lead',
  usualLoses: true,
  play: async ({ target, rounds, sleep, untilInSync }) => {
    for (const broker of target.brokers.slice(0, rounds(3))) {
      await broker.kill('SIGKILL');
      await sleep(DEAD_MS);
      await broker.start();
      await untilInSync();
    }
  },
};
