import { brokersRolled } from '../../kinds/brokers-rolled';
import type { Case } from '../case';

export const brokersStopped: Case = {
  name: 'brokers-stopped',
  describe: 'SIGTERM and a new start of one broker after the other, as patching does',
  usualLoses: true,
  play: async ({ target, chance, rounds, untilInSync }) => {
    for (let round = 0; round < rounds(2); round += 1) {
      const { heal } = await brokersRolled.start(target, chance);
      await heal();
      await untilInSync();
    }
  },
};
