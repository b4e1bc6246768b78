import { REMOVED } from '../spot';
import type { Losing } from './setting';

/** One field of what the environment tells the runtime. */
export interface Field {
  readonly of: 'consumer' | 'producer' | 'replay' | 'unpack';
  /** Start of the variable's name. */
  readonly variable: string;
  readonly name: string;
  readonly losing: readonly Losing[];
  readonly harmless?: readonly unknown[];
}

export const FIELDS: readonly Field[] = [
  {
    of: 'producer',
    variable: 'LOSSLESS_PRODUCER_',
    name: 'acks',
    losing: [
      ['1', 'an event that the leader alone has'],
      ['0', 'an event that nobody has'],
      [REMOVED, 'nobody knows who has the event'],
    ],
  },
  {
    of: 'producer',
    variable: 'LOSSLESS_PRODUCER_',
    name: 'deadlineMs',
    losing: [[60_000, 'killed before it spills']],
    harmless: [10_000],
  },
  {
    of: 'producer',
    variable: 'LOSSLESS_PRODUCER_',
    name: 'spill',
    losing: [[REMOVED, 'what Kafka does not take has nowhere to go']],
  },
  {
    of: 'consumer',
    variable: 'LOSSLESS_CONSUMER_',
    name: 'doneSeconds',
    losing: [[3600, 'a second copy is applied again']],
    harmless: [9_999_999],
  },
  {
    of: 'consumer',
    variable: 'LOSSLESS_CONSUMER_',
    name: 'group',
    losing: [['another', 'the memory is kept under a group that the mapping is not']],
  },
  {
    of: 'consumer',
    variable: 'LOSSLESS_CONSUMER_',
    name: 'topic',
    losing: [['another', 'events of a topic that the function does not know']],
  },
  {
    of: 'consumer',
    variable: 'LOSSLESS_CONSUMER_',
    name: 'timeMarginMs',
    losing: [[900_000, 'no time is left for a single event']],
    harmless: [5000],
  },
  {
    of: 'replay',
    variable: 'LOSSLESS_REPLAY_',
    name: 'topic',
    losing: [['another', 'what was spilled stays where it is']],
  },
  {
    of: 'unpack',
    variable: 'LOSSLESS_UNPACK_',
    name: 'group',
    losing: [['another', 'what was given up is parked for a group that has none of it']],
  },
];
