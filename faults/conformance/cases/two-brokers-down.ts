import { twoBrokersKilled } from '../../kinds/two-brokers-killed';
import type { Case } from '../case';

const DOWN_MS = 10_000;

export const twoBrokersDown: Case = {
  name: 'two-brokers-down',
  describe: 'SIGKILL of two brokers at once: nothing may be acknowledged until one of them is back',
  usualLoses: true,
  play: async ({ target, chance, sleep, untilInSync }) => {
    const { heal } = await twoBrokersKilled.start(target, chance);
    await sleep(DOWN_MS);
    await heal();
    await untilInSync();
  },
};
