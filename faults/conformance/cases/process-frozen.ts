import { leaderKilled } from '../../kinds/leader-killed';
import { inMode } from '../../underway';
import type { Case, Stage } from '../case';

/** Past the adapter's request timeout and, for the second, past an election. */
const FROZEN_MS = 8_000;
const THAWED_MS = 4_000;
/** Brokers this far away have something in flight whenever the process stops. */
const FAR = { kind: 'latency', ms: 300, jitterMs: 0 } as const;

export const processFrozen: Case = {
  name: 'process-frozen',
  describe:
    "SIGSTOP of the client's process in the middle of its sends, as a function is frozen; also past an election",
  usualLoses: false,
  heldMs: FROZEN_MS + 2_000,
  play: async (stage) => {
    const { heal } = await inMode(stage.target.brokers.map(({ network }) => network), FAR, 'far away'); // prettier-ignore
    await stage.sleep(THAWED_MS);
    await frozen(stage);
    await stage.sleep(THAWED_MS);
    if (stage.rounds(2) > 1) await frozenPastElection(stage);
    await heal();
  },
};

async function frozenPastElection(stage: Stage): Promise<void> {
  const { heal } = await leaderKilled.start(stage.target, stage.chance);
  await frozen(stage);
  await heal();
  await stage.untilInSync();
}

async function frozen({ senders, sleep }: Stage): Promise<void> {
  for (const sender of senders) sender.kill('SIGSTOP');
  try {
    await sleep(FROZEN_MS);
  } finally {
    for (const sender of senders) sender.kill('SIGCONT');
  }
}
