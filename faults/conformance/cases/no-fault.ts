import type { Case } from '../case';

/** Not a warm-up: systems have lost acknowledged events on a healthy cluster. */
export const noFault: Case = {
  name: 'no-fault',
  describe: 'nothing happens',
  usualLoses: false,
  play: ({ sleep, rounds }) => sleep(rounds(3) * 4_000),
};
