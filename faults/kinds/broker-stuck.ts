import type { Fault } from '../fault';
import { inMode, leaderOfSome } from '../underway';

export const brokerStuck: Fault = {
  name: 'broker-stuck',
  title: 'Broker stuck',
  group: 'network',
  describe:
    'The leader of a partition takes connections and tells its versions, and answers nothing else, ' +
    'as a broker does whose request handlers are stuck; then everything it was asked is carried out late.',
  seconds: [8, 20],
  async start(target, chance) {
    const { broker, leads } = await leaderOfSome(target, chance);
    return inMode(
      [broker.network],
      { kind: 'handlers-stuck' } as const,
      `broker ${broker.id}, leader of ${leads}, stuck in its request handlers`,
    );
  },
};
