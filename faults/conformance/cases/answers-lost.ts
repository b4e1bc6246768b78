import { PRODUCE } from '../../proxies/kafka-answers';
import { inMode } from '../../underway';
import type { Case } from '../case';

const EACH_MS = 10_000;

/** @param share - of the answers to sends, 0 to 1 */
export const answersLost = (share: number): Case => ({
  name: `answers-lost-${Math.round(share * 100)}`,
  describe: `${Math.round(share * 100)} % of the answers to sends never arrive, after the append; the connection closes, or falls silent`,
  usualLoses: true,
  play: async ({ target, rounds, sleep }) => {
    const proxies = target.brokers.map(({ network }) => network);
    for (const then of (['close', 'silent'] as const).slice(0, rounds(2))) {
      const mode = { kind: 'lose-answers', share, apiKeys: [PRODUCE], then } as const;
      const { heal } = await inMode(proxies, mode, then);
      await sleep(EACH_MS);
      await heal();
    }
  },
});
