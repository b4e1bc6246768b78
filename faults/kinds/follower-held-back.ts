import type { Fault, FaultTarget } from '../fault';
import { leaderOfSome } from '../underway';

/** Its session ends after 6 s, the lag time after 10 s; either takes it out of the in-sync replicas. */
const OUT_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 250;

export const followerHeldBack: Fault = {
  name: 'follower-held-back',
  title: 'Follower held back',
  group: 'broker',
  describe: 'SIGSTOP of a follower until it is out of the in-sync replicas; then it has to catch up.',
  seconds: [2, 6],
  async start(target, chance) {
    const { broker: leader } = await leaderOfSome(target, chance);
    const follower = chance.oneOf(target.brokers.filter(({ id }) => id !== leader.id));
    await follower.kill('SIGSTOP');
    await untilOutOfSync(target, follower.id);
    const heal = async () => {
      await follower.kill('SIGCONT');
      return 1;
    };
    return { what: `broker ${follower.id} paused until it was no in-sync replica of ${target.replicas.topic}`, heal };
  },
};

async function untilOutOfSync({ replicas, sleep }: FaultTarget, id: number): Promise<void> {
  for (let waited = 0; waited < OUT_WITHIN_MS; waited += LOOK_EVERY_MS) {
    const partitions = await replicas.describe();
    if (partitions.every(({ isr }) => !isr.includes(id))) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(
    `broker ${id} was paused for ${OUT_WITHIN_MS / 1000} s and is still an in-sync replica of ${replicas.topic}; ` +
      'check replica.lag.time.max.ms and broker.session.timeout.ms',
  );
}
