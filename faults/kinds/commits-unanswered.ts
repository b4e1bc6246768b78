import type { Fault } from '../fault';
import { OFFSET_COMMIT } from '../proxies/kafka-answers';
import { inMode } from '../underway';

export const commitsUnanswered: Fault = {
  name: 'commits-unanswered',
  title: 'Commits unanswered',
  group: 'mapping',
  describe: 'Every commit of the mappings is carried out and its connection closed: none of them is confirmed.',
  seconds: [12, 15],
  start({ brokers }) {
    const mode = { kind: 'lose-answers', share: 1, apiKeys: [OFFSET_COMMIT], then: 'close' } as const;
    return inMode(
      brokers.map(({ network }) => network),
      mode,
      'no commit is confirmed',
    );
  },
};
