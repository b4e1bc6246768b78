import type { Fault } from '../fault';
import { inMode } from '../underway';

export const kafkaAway: Fault = {
  name: 'kafka-away',
  title: 'Kafka away',
  group: 'network',
  describe:
    'No broker can be reached by any client, for longer than a door waits and a sweep tries: what is taken meanwhile is spilled.',
  seconds: [34, 40],
  start: ({ brokers }) =>
    inMode(
      brokers.map(({ network }) => network),
      { kind: 'cut' } as const,
      'clients cut off from every broker',
    ),
};
