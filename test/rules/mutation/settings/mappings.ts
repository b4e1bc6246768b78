import { REMOVED } from '../spot';
import type { Setting } from './setting';

/** Event source mappings. */
export const MAPPING_SETTINGS: readonly Setting[] = [
  {
    of: 'mapping',
    path: 'StartingPosition',
    losing: [
      ['LATEST', 'what comes while the mapping is created'],
      ['AT_TIMESTAMP', 'what is older than the timestamp'],
      [REMOVED, 'what comes while the mapping is created'],
    ],
  },
  {
    of: 'mapping',
    path: 'DestinationConfig',
    losing: [[REMOVED, 'what uses up its retries, or is too large']],
    ifPresent: true,
  },
  {
    of: 'mapping',
    path: 'DestinationConfig.OnFailure.Destination',
    losing: [
      ['arn:aws:sqs:eu-west-1:111122223333:failed', 'a queue gets metadata alone'],
      ['arn:aws:sns:eu-west-1:111122223333:failed', 'a topic gets metadata alone'],
      ['arn:aws:sqs:eu-west-1:111122223333:failed.fifo', 'nothing is written to a FIFO queue'],
    ],
  },
  {
    of: 'mapping',
    path: 'MaximumRetryAttempts',
    losing: [
      [3, 'good events of a failing batch leave within seconds'],
      [10, 'good events leave in an outage of minutes'],
      [-1, 'with a destination, -1 means 10'],
      [REMOVED, 'with a destination, nothing means 10'],
    ],
  },
  {
    of: 'mapping',
    path: 'MaximumRetryAttempts',
    losing: [[100, 'good events leave before the retention ends']],
    // Nobody but the brokers knows how long a topic made elsewhere keeps its events.
    outside: true,
  },
  {
    of: 'mapping',
    path: 'MaximumRecordAgeInSeconds',
    losing: [[3600, 'a backlog of an hour leaves untried']],
    harmless: [-1],
  },
  {
    of: 'mapping',
    path: 'FunctionResponseTypes',
    losing: [[REMOVED, 'one bad event holds back, and at last takes along, its batch']],
  },
  {
    of: 'mapping',
    path: 'ProvisionedPollerConfig',
    losing: [
      [REMOVED, 'retries, destination topic and partial answers do not exist'],
      [{}, 'retries, destination topic and partial answers do not exist'],
    ],
    harmless: [{ MinimumPollers: 2, MaximumPollers: 20 }, { MinimumPollers: 1 }],
  },
  {
    of: 'mapping',
    path: 'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId',
    losing: [[REMOVED, 'a replaced mapping starts over or skips']],
    ifPresent: true,
  },
  {
    of: 'mapping',
    path: 'SelfManagedKafkaEventSourceConfig.ConsumerGroupId',
    losing: [[REMOVED, 'a replaced mapping starts over or skips']],
    ifPresent: true,
  },
  { of: 'mapping', path: 'Enabled', losing: [[false, 'nothing reads']], harmless: [true] },
  {
    of: 'mapping',
    path: 'FilterCriteria',
    losing: [[{ Filters: [{ Pattern: '{"value":{"kind":["a"]}}' }] }, 'what does not match is skipped']],
    harmless: [{ Filters: [] }],
  },
  {
    of: 'mapping',
    path: 'Topics',
    losing: [[['another'], 'events of a topic that is not there']],
    outside: true,
    beside: 'topic',
  },
  {
    of: 'mapping',
    path: 'SourceAccessConfigurations',
    losing: [
      [REMOVED, 'pollers come in by a door that is shut'],
      [
        [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-AbCdEf' }],
        'a secret that the role may not read, or the brokers do not know',
      ],
    ],
    ifPresent: true,
  },
  { of: 'mapping', path: 'BatchSize', losing: [], harmless: [10, 1000] },
  { of: 'mapping', path: 'MaximumBatchingWindowInSeconds', losing: [], harmless: [5] },
  { of: 'mapping', path: 'Tags', losing: [], harmless: [[{ Key: 'team', Value: 'orders' }]] },
];
