import type { Fault, FaultReplicas } from '../fault';
import { meanwhile } from '../underway';

const BETWEEN_MOVES_MS = 2000;

export const leaderMoves: Fault = {
  name: 'leader-moves',
  title: 'Leaders moved',
  group: 'broker',
  describe: 'Every partition gets another preferred leader, which is elected; again and again, with all brokers alive.',
  seconds: [6, 10],
  start({ replicas, sleep }) {
    const heal = meanwhile(async (ended) => {
      let moves = 0;
      do {
        await moveAll(replicas);
        moves += 1;
        await sleep(BETWEEN_MOVES_MS, ended);
      } while (!ended.aborted);
      return moves;
    });
    return Promise.resolve({ what: `the leaders of ${replicas.topic} move every ${BETWEEN_MOVES_MS / 1000} s`, heal });
  },
};

async function moveAll(replicas: FaultReplicas): Promise<void> {
  const partitions = await replicas.describe();
  const turned = partitions.map(({ partition, leader, replicas: ids }) => {
    const others = ids.filter((id) => id !== leader);
    return [partition, [...others, ...ids.filter((id) => id === leader)]] as const;
  });
  await replicas.reassign(new Map(turned));
  await replicas.electPreferred();
}
