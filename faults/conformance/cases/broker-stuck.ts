import { brokerStuck as brokerStuckFault } from '../../kinds/broker-stuck';
import type { Case } from '../case';

/** Past a request's timeout, twice. */
const STUCK_MS = 12_000;
const BETWEEN_MS = 3_000;

export const brokerStuck: Case = {
  name: 'broker-stuck',
  describe:
    'a leader takes connections and tells its versions, and answers nothing else; then it carries out late what it was asked',
  usualLoses: false,
  play: async ({ target, chance, rounds, sleep }) => {
    for (let round = 0; round < rounds(3); round += 1) {
      const { heal } = await brokerStuckFault.start(target, chance);
      await sleep(STUCK_MS);
      await heal();
      await sleep(BETWEEN_MS);
    }
  },
};
