import { leaderMoves } from '../../kinds/leader-moves';
import type { Case } from '../case';

export const leadersMoved: Case = {
  name: 'leaders-moved',
  describe: 'every partition gets another leader, again and again, with all brokers alive',
  usualLoses: true,
  play: async ({ target, chance, rounds, sleep }) => {
    const { heal } = await leaderMoves.start(target, chance);
    await sleep(rounds(2) * 12_000);
    await heal();
  },
};
