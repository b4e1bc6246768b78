import { leaderPaused as leaderPausedFault } from '../../kinds/leader-paused';
import type { Case } from '../case';

/** Past the adapter's request timeout of 5 s; the second also past the session and the lag time: it wakes replaced. */
const PAUSES_MS = [8_000, 13_000];
const BETWEEN_MS = 3_000;

export const leaderPaused: Case = {
  name: 'leader-paused',
  describe: 'SIGSTOP of a leader for longer than a request may take; it wakes with requests in its buffers',
  usualLoses: true,
  play: async ({ target, chance, rounds, sleep, untilInSync }) => {
    for (const pauseMs of PAUSES_MS.slice(0, rounds(PAUSES_MS.length))) {
      const { heal } = await leaderPausedFault.start(target, chance);
      await sleep(pauseMs);
      await heal();
      await sleep(BETWEEN_MS);
      await untilInSync();
    }
  },
};
