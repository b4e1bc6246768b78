import type { Fault } from '../fault';

export const topicWeakened: Fault = {
  name: 'topic-weakened',
  title: 'Topic weakened',
  group: 'people',
  describe:
    'Somebody sets min.insync.replicas of the topic to 1, and the doors start anew: they must not take that topic.',
  seconds: [6, 10],
  async start({ producers, topicConfig }) {
    await topicConfig('min.insync.replicas', '1');
    const killed = await Promise.all(producers.map((producer) => producer.kill()));
    const heal = async () => {
      await topicConfig('min.insync.replicas', null);
      return killed.reduce((sum, each) => sum + each, 0);
    };
    return { what: 'min.insync.replicas of the topic is 1', heal };
  },
};
