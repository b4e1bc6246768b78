import { REMOVED } from '../spot';
import type { Losing } from './setting';

/** One line of the brokers' or a topic's settings. */
export interface Line {
  readonly of: 'configuration' | 'topic';
  readonly name: string;
  readonly losing: readonly Losing[];
  readonly harmless?: readonly unknown[];
  readonly ifPresent?: true;
}

const replicas = 'one broker down leaves one copy or none';

export const LINES: readonly Line[] = [
  {
    of: 'configuration',
    name: 'unclean.leader.election.enable',
    losing: [
      ['true', 'a replica that missed events becomes leader'],
      [REMOVED, 'on Standard brokers nothing means true'],
    ],
    harmless: ['FALSE'],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'min.insync.replicas',
    losing: [
      ['1', 'an event acknowledged by one broker'],
      ['3', 'one broker down stops every write'],
    ],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'default.replication.factor',
    losing: [
      ['1', replicas],
      ['2', replicas],
    ],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'offsets.topic.replication.factor',
    losing: [
      ['1', replicas],
      ['2', replicas],
    ],
    harmless: [REMOVED],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'transaction.state.log.replication.factor',
    losing: [['2', replicas]],
    harmless: [REMOVED],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'transaction.state.log.min.isr',
    losing: [['1', 'a transaction acknowledged by one broker']],
    harmless: ['2'],
  },
  {
    of: 'configuration',
    name: 'auto.create.topics.enable',
    losing: [['true', 'a typing error becomes a topic that nobody reads']],
    harmless: [REMOVED],
    ifPresent: true,
  },
  {
    of: 'configuration',
    name: 'log.retention.hours',
    losing: [['1', 'an outage of an hour']],
    harmless: ['240', '-1'],
  },
  { of: 'configuration', name: 'log.retention.ms', losing: [['60000', 'an outage of a minute']] },
  { of: 'configuration', name: 'log.retention.bytes', losing: [['1000000', 'a burst deletes what was not read']] },
  { of: 'configuration', name: 'log.cleanup.policy', losing: [['compact', 'earlier events of a key']] },
  {
    of: 'configuration',
    name: 'offsets.retention.minutes',
    losing: [['60', 'a mapping paused for an hour starts over or skips']],
    harmless: ['20160'],
  },
  { of: 'configuration', name: 'message.max.bytes', losing: [['8000000', 'events no invocation can carry']] },
  { of: 'configuration', name: 'num.partitions', losing: [], harmless: ['6'] },
  { of: 'configuration', name: 'num.io.threads', losing: [], harmless: ['16'] },
  {
    of: 'topic',
    name: 'min.insync.replicas',
    losing: [
      ['1', 'an event acknowledged by one broker'],
      ['3', 'one broker down stops every write'],
    ],
    harmless: [REMOVED],
  },
  {
    of: 'topic',
    name: 'unclean.leader.election.enable',
    losing: [['true', 'a replica that missed events becomes leader']],
    harmless: [REMOVED],
  },
  {
    of: 'topic',
    name: 'retention.ms',
    losing: [
      ['3600000', 'an outage of an hour'],
      ['172800000', 'an outage of two days'],
    ],
    harmless: ['864000000'],
  },
  { of: 'topic', name: 'retention.bytes', losing: [['1000000', 'a burst deletes what was not read']] },
  { of: 'topic', name: 'cleanup.policy', losing: [['compact', 'earlier events of a key']], harmless: ['delete'] },
  {
    of: 'topic',
    name: 'message.timestamp.type',
    losing: [['CreateTime', 'an event sent again with its old time is deleted at once']],
    ifPresent: true,
  },
  { of: 'topic', name: 'max.message.bytes', losing: [['8000000', 'events no invocation can carry']] },
  { of: 'topic', name: 'segment.bytes', losing: [], harmless: ['104857600'] },
];
