import { REMOVED } from '../spot';
import type { Setting } from './setting';

const OPEN_DOOR = 'anybody may write events, or delete them';

/** Clusters, their disks and their topics. */
export const BROKER_SETTINGS: readonly Setting[] = [
  { of: 'brokers', path: 'NumberOfBrokerNodes', losing: [[2, 'two brokers: one down leaves one copy']], harmless: [6] },
  {
    of: 'brokers',
    path: 'BrokerNodeGroupInfo.ClientSubnets',
    losing: [[(subnets: unknown[]) => subnets.slice(0, 2), 'two zones hold three copies']],
  },
  {
    of: 'brokers',
    path: 'BrokerNodeGroupInfo.InstanceType',
    losing: [['kafka.t3.small', 'a broker with 2 GB that runs out of credits and memory under load']],
    harmless: ['kafka.m7g.xlarge', 'kafka.m5.2xlarge'],
  },
  {
    of: 'brokers',
    path: 'BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type',
    losing: [['SERVICE_PROVIDED_EIPS', 'brokers reached from the internet']],
    harmless: ['DISABLED'],
  },
  {
    of: 'brokers',
    path: 'EncryptionInfo.EncryptionInTransit.ClientBroker',
    losing: [
      ['TLS_PLAINTEXT', OPEN_DOOR],
      ['PLAINTEXT', OPEN_DOOR],
    ],
    harmless: ['TLS', REMOVED],
  },
  {
    of: 'brokers',
    path: 'ClientAuthentication.Unauthenticated.Enabled',
    losing: [[true, OPEN_DOOR]],
    harmless: [REMOVED, false],
  },
  {
    of: 'brokers',
    path: 'ClientAuthentication.Sasl.Iam.Enabled',
    losing: [[false, 'nobody gets in, or everybody']],
    ifPresent: true,
  },
  {
    of: 'brokers',
    path: 'ClientAuthentication.Sasl.Scram.Enabled',
    losing: [[false, 'nobody gets in, or everybody']],
    ifPresent: true,
  },
  { of: 'brokers', path: 'ClientAuthentication', losing: [[REMOVED, OPEN_DOOR]], ifPresent: true },
  {
    of: 'brokers',
    path: 'ConfigurationInfo',
    losing: [[REMOVED, "the service's defaults elect unclean leaders"]],
    ifPresent: true,
  },
  {
    of: 'brokers',
    path: 'ConfigurationInfo.Revision',
    losing: [[1, 'edits never reach the brokers']],
    ifPresent: true,
  },
  {
    of: 'brokers',
    path: 'KafkaVersion',
    losing: [['2.8.1', 'a version without fixes']],
    harmless: ['3.9.x', '4.0.x.kraft'],
  },
  { of: 'brokers', path: 'EnhancedMonitoring', losing: [], harmless: ['PER_BROKER', 'PER_TOPIC_PER_BROKER'] },
  { of: 'brokers', path: 'Tags', losing: [], harmless: [{ team: 'orders' }] },
  { of: 'brokers', path: 'LoggingInfo', losing: [], harmless: [REMOVED] },
  { of: 'growing', path: 'MaxCapacity', losing: [[1, 'a disk that cannot grow fills up']], harmless: [4096] },
  {
    of: 'growing',
    path: 'ServiceNamespace',
    losing: [['dynamodb', 'a disk that cannot grow fills up']],
    ifPresent: true,
  },
  { of: 'growing', path: 'MinCapacity', losing: [], harmless: [100] },
  {
    of: 'growth',
    path: 'TargetTrackingScalingPolicyConfiguration.TargetValue',
    losing: [[100, 'a disk grows only once it is full']],
    harmless: [50],
    ifPresent: true,
  },

  {
    of: 'topic',
    path: 'ReplicationFactor',
    losing: [
      [1, 'one copy of every event'],
      [2, 'two copies of every event'],
    ],
  },
  { of: 'topic', path: 'PartitionCount', losing: [], harmless: [12] },
];
