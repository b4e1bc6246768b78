import { REMOVED } from '../spot';
import type { Setting } from './setting';

/** Functions, and what starts those that sweep. */
export const FUNCTION_SETTINGS: readonly Setting[] = [
  {
    of: 'consumer',
    path: 'Timeout',
    losing: [
      [900, 'Lambda runs no Kafka mapping on it'],
      [3, 'a batch that takes longer fails for ever'],
      [10, 'a batch that takes longer fails for ever'],
      [REMOVED, 'three seconds: a batch that takes longer fails for ever'],
    ],
    harmless: [180],
  },
  {
    of: 'consumer',
    path: 'ReservedConcurrentExecutions',
    losing: [[0, 'nothing is invoked']],
    harmless: [50],
  },
  ...(['consumer', 'producer', 'replay', 'unpack'] as const).map((of): Setting => ({
    of,
    path: 'Role',
    losing: [['arn:aws:iam::111122223333:role/other', 'nobody knows what it may do']],
    outside: true,
    ifPresent: true,
  })),
  { of: 'consumer', path: 'MemorySize', losing: [], harmless: [2048] },
  { of: 'consumer', path: 'Description', losing: [], harmless: ['bills orders'] },
  { of: 'consumer', path: 'Environment.Variables.LOG_LEVEL', losing: [], harmless: ['info'] },
  {
    of: 'producer',
    path: 'Timeout',
    losing: [
      [10, 'killed before it spills what Kafka does not take'],
      [REMOVED, 'killed before it spills what Kafka does not take'],
    ],
  },
  { of: 'producer', path: 'VpcConfig', losing: [[REMOVED, 'no way to the brokers']] },
  {
    of: 'producer',
    path: 'ReservedConcurrentExecutions',
    losing: [[0, 'nothing is accepted']],
    harmless: [100],
  },
  ...(['replay', 'unpack'] as const).flatMap((of): Setting[] => [
    {
      of,
      path: 'ReservedConcurrentExecutions',
      losing: [[0, 'what was put aside never comes back']],
      harmless: [1],
    },
    {
      of: `${of} schedule`,
      path: 'State',
      losing: [['DISABLED', 'what was put aside never comes back']],
      harmless: ['ENABLED'],
    },
    {
      of: `${of} schedule`,
      path: 'Targets',
      losing: [[[{ Id: 'other', Arn: 'arn:aws:lambda:eu-west-1:111122223333:function:other' }], 'nobody sweeps']],
    },
    { of: `${of} schedule`, path: 'ScheduleExpression', losing: [], harmless: ['rate(2 minutes)'] },
  ]),
];
