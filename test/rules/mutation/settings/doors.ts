import { REMOVED } from '../spot';
import type { Setting } from './setting';

/** How events come in, and who else reads them. */
export const DOOR_SETTINGS: readonly Setting[] = [
  {
    of: 'failure queue',
    path: 'MessageRetentionPeriod',
    losing: [[60, 'what failed is gone before anybody looks']],
    harmless: [1209600],
  },
  {
    of: 'source queue',
    path: 'RedrivePolicy',
    losing: [[REMOVED, 'what fails is tried until its retention ends, then gone']],
    ifPresent: true,
  },
  {
    of: 'source queue',
    path: 'MessageRetentionPeriod',
    losing: [[60, 'an outage of a minute loses what waits']],
    harmless: [1209600],
  },
  {
    of: 'door policy',
    path: 'DestinationConfig',
    losing: [[REMOVED, 'a call that failed three times is dropped']],
  },
  {
    of: 'door policy',
    path: 'MaximumEventAgeInSeconds',
    losing: [[60, 'an outage of a minute gives everything away']],
    harmless: [21600],
  },
  {
    of: 'pipe',
    path: 'SourceParameters.ManagedStreamingKafkaParameters.StartingPosition',
    losing: [['LATEST', 'what comes while the pipe is created']],
  },
  {
    of: 'pipe',
    path: 'SourceParameters.ManagedStreamingKafkaParameters.StartingPosition',
    losing: [[REMOVED, 'what comes while the pipe is created, if the service starts at the end']],
    // No page says where a pipe starts that does not say it.
    outside: true,
  },
  {
    of: 'pipe',
    path: 'SourceParameters.ManagedStreamingKafkaParameters.ConsumerGroupID',
    losing: [[REMOVED, 'a replaced pipe starts over or skips']],
  },
  { of: 'pipe', path: 'DesiredState', losing: [['STOPPED', 'nothing reads']], harmless: ['RUNNING'] },
  {
    of: 'connector',
    path: 'ConnectorConfiguration.errors\\.tolerance',
    losing: [['all', 'what cannot be handled is skipped']],
    harmless: ['none'],
  },
  {
    of: 'connector',
    path: 'ConnectorConfiguration.consumer\\.override\\.auto\\.offset\\.reset',
    losing: [['latest', 'what came before the connector is skipped']],
  },
];
