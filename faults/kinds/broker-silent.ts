import type { Fault } from '../fault';
import { leaderOfSome, inMode } from '../underway';

export const brokerSilent: Fault = {
  name: 'broker-silent',
  title: 'Broker silent',
  group: 'network',
  describe:
    'Connections to the leader of a partition stay open, but nothing arrives on either side; then it comes late.',
  seconds: [4, 10],
  async start(target, chance) {
    const { broker, leads } = await leaderOfSome(target, chance);
    return inMode(
      [broker.network],
      { kind: 'silent' } as const,
      `broker ${broker.id}, leader of ${leads}, silent to clients`,
    );
  },
};
