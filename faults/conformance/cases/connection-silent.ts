import { brokerSilent } from '../../kinds/broker-silent';
import type { Case } from '../case';

const SILENT_MS = 12_000;
const BETWEEN_MS = 3_000;

export const connectionSilent: Case = {
  name: 'connection-silent',
  describe: 'connections to a leader stay open and carry nothing; then all that was sent arrives late',
  usualLoses: false,
  play: async ({ target, chance, rounds, sleep }) => {
    for (let round = 0; round < rounds(2); round += 1) {
      const { heal } = await brokerSilent.start(target, chance);
      await sleep(SILENT_MS);
      await heal();
      await sleep(BETWEEN_MS);
    }
  },
};
