import type { Fault } from '../fault';
import { PRODUCE } from '../proxies/kafka-answers';
import { inMode } from '../underway';

export const answersLost: Fault = {
  name: 'answers-lost',
  title: 'Answers lost after the append',
  group: 'network',
  describe:
    'A share of the answers to sends never arrives, after the brokers have appended: the connection closes, or stays ' +
    'open and says nothing more.',
  seconds: [5, 10],
  start({ brokers }, chance) {
    const share = chance.oneOf([0.01, 0.05, 0.15]);
    const then = chance.oneOf(['close', 'silent'] as const);
    const proxies = brokers.map(({ network }) => network);
    const mode = { kind: 'lose-answers', share, apiKeys: [PRODUCE], then } as const;
    return inMode(proxies, mode, `${share * 100} % of the answers to sends lost, then ${then}`);
  },
};
