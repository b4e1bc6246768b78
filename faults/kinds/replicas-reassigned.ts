import type { Fault } from '../fault';
import { leaderOfSome } from '../underway';

export const replicasReassigned: Fault = {
  name: 'replicas-reassigned',
  title: 'Replicas reassigned',
  group: 'broker',
  describe:
    'A broker gives up its replicas of the topic, those it leads too, and later gets them back, copied from nothing.',
  seconds: [4, 8],
  async start(target, chance) {
    const { replicas } = target;
    const { broker } = await leaderOfSome(target, chance);
    const before = await replicas.describe();
    const without = before.map(
      ({ partition, replicas: ids }) => [partition, ids.filter((id) => id !== broker.id)] as const,
    );
    await replicas.reassign(new Map(without));
    const heal = async () => {
      await replicas.reassign(new Map(before.map(({ partition, replicas: ids }) => [partition, ids])));
      return before.filter(({ replicas: ids }) => ids.includes(broker.id)).length;
    };
    return { what: `broker ${broker.id} has no replica of ${replicas.topic}`, heal };
  },
};
