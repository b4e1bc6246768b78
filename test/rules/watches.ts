import { ERROR, FINE, UNDECIDED, WARNING, type Row } from './row';
import { TOKEN, type Edit } from './support';

/** Alarms, scaling and keys that do nothing; each beside its sibling that does. */

const ACTION = 'arn:aws:sns:eu-west-1:111122223333:pager';
const alarm = (changed: object): Edit => [
  'Alarm',
  {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      Namespace: 'AWS/Kafka',
      MetricName: 'KafkaDataLogsDiskUsed',
      Dimensions: [{ Name: 'Cluster Name', Value: 'orders' }],
      Threshold: 80,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [ACTION],
      ...changed,
    },
  },
];
const disks = (changed: object): Edit[] => [['Growth', undefined], alarm(changed)];
const above = (Threshold: unknown, ComparisonOperator: unknown = 'GreaterThanThreshold'): Edit[] => [
  alarm({ Threshold, ComparisonOperator }),
];
const lag = (Threshold: unknown, ComparisonOperator = 'GreaterThanThreshold'): Edit[] => [
  alarm({ Namespace: 'AWS/Lambda', MetricName: 'OffsetLag', Threshold, ComparisonOperator }),
];
const silent = { AlarmActions: undefined };
const beside = (Type: string, Properties: object): Edit => ['Beside', { Type, Properties }];

const SIZE: Edit = ['Cluster.BrokerNodeGroupInfo.StorageInfo', { EBSStorageInfo: { VolumeSize: 100 } }];
const tracking = (TargetValue: unknown): Edit => [
  'Growth.TargetTrackingScalingPolicyConfiguration',
  { TargetValue, PredefinedMetricSpecification: { PredefinedMetricType: 'KafkaBrokerStorageUtilization' } },
];

const OWN_KEY = { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
const OFF: Edit = ['Off', { ...OWN_KEY, Properties: { Enabled: false } }];
const secretWithKey = (key: string): Edit[] => [
  OFF,
  ['Secret', { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'AmazonMSK_x', KmsKeyId: { Ref: key } } }],
];
const comesInBySecret: Edit = ['Mapping.SourceAccessConfigurations', [{ Type: 'SASL_SCRAM_512_AUTH', URI: { Ref: 'Secret' } }]]; // prettier-ignore
const asksRegistry: Edit = ['Mapping.AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig', { AccessConfigs: [{ Type: 'BASIC_AUTH', URI: { Ref: 'Secret' } }] }]; // prettier-ignore
const known: Edit = ['Known', { Type: 'AWS::MSK::BatchScramSecret', Properties: { ClusterArn: { Ref: 'Cluster' }, SecretArnList: [{ Ref: 'Secret' }] } }]; // prettier-ignore
const queueWithKey = (Enabled: boolean): Edit[] => [
  ['QueueKey', { ...OWN_KEY, Properties: { Enabled } }],
  ['Failed', { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: { Ref: 'QueueKey' } } }],
];

export const WATCHES: readonly Row[] = [
  ['LK110', 'an alarm that calls somebody watches the disks', disks({}), FINE],
  ['LK110', 'an alarm on the disks calls nobody', disks(silent), WARNING],
  ['LK110', 'the actions of an alarm on the disks are off', disks({ ActionsEnabled: false }), WARNING],
  ['LK110', 'an alarm on the disks waits for more than all', disks({ Threshold: 100 }), WARNING],
  ['LK110', 'a deploy decides when an alarm on the disks is set off', disks({ Threshold: TOKEN }), UNDECIDED],
  ['LK110', 'disks may grow to what they are', [SIZE, ['Storage.MaxCapacity', 100]], WARNING],
  ['LK110', 'disks may grow by less than MSK grows them', [SIZE, ['Storage.MaxCapacity', 109]], WARNING],
  ['LK110', 'disks may grow', [SIZE, ['Storage.MaxCapacity', 110]], FINE],
  ['LK110', 'disks of which the size is not said may not grow, however small', [['Storage.MaxCapacity', 10]], WARNING],
  ['LK110', 'disks of which the size is not said may grow', [['Storage.MaxCapacity', 11]], FINE],
  ['LK110', 'a deploy decides how large disks are', [['Cluster.BrokerNodeGroupInfo.StorageInfo', TOKEN]], UNDECIDED],
  ['LK110', 'a deploy decides how far disks may grow', [SIZE, ['Storage.MaxCapacity', TOKEN]], UNDECIDED],
  ['LK110', 'growth is suspended', [['Storage.SuspendedState', { DynamicScalingOutSuspended: true }]], WARNING],
  ['LK110', 'shrinking is suspended', [['Storage.SuspendedState', { DynamicScalingInSuspended: true }]], FINE],
  ['LK110', 'disks grow once they are more than full', [tracking(101)], WARNING],
  ['LK110', 'disks grow once they are fuller than half', [tracking(50)], FINE],

  ['LK115', 'an alarm has no action', [alarm(silent)], WARNING],
  ['LK115', 'the list of actions is empty', [alarm({ AlarmActions: [] })], WARNING],
  ['LK115', 'actions are off', [alarm({ ActionsEnabled: false })], WARNING],
  ['LK115', 'an alarm calls somebody', [alarm({})], FINE],
  ['LK115', 'a deploy decides whether actions are on', [alarm({ ActionsEnabled: TOKEN })], UNDECIDED],
  ['LK115', 'a deploy decides about actions', [alarm({ AlarmActions: TOKEN })], UNDECIDED],
  ['LK115', 'an alarm without action is part of another', [alarm(silent), beside('AWS::CloudWatch::CompositeAlarm', { AlarmRule: { 'Fn::Sub': 'ALARM("${Alarm}")' } })], FINE], // prettier-ignore
  ['LK115', 'an alarm without action is part of no other', [alarm(silent), beside('AWS::CloudWatch::CompositeAlarm', { AlarmRule: 'ALARM("else")' })], WARNING], // prettier-ignore
  ['LK115', 'a rule hears of all alarms', [alarm(silent), beside('AWS::Events::Rule', { EventPattern: { source: ['aws.cloudwatch'] } })], FINE], // prettier-ignore
  ['LK115', 'a rule hears of something else', [alarm(silent), beside('AWS::Events::Rule', { EventPattern: { source: ['aws.s3'] } })], WARNING], // prettier-ignore
  ['LK115', 'an alarm of something else has no action', [alarm({ ...silent, Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' })], FINE], // prettier-ignore
  ['LK115', 'an alarm on what is dropped has no action', [alarm({ ...silent, Namespace: 'AWS/Lambda', MetricName: 'DroppedEventCount' })], WARNING], // prettier-ignore
  ['LK115', 'an alarm on our own metric has no action', [alarm({ ...silent, Namespace: 'LosslessKafka', MetricName: 'EventsParked' })], WARNING], // prettier-ignore
  [
    'LK115',
    'an alarm on an expression has no action',
    [alarm({ ...silent, Namespace: undefined, MetricName: undefined, Threshold: 1, Metrics: [{ MetricStat: { Metric: { Namespace: 'AWS/Kafka', MetricName: 'MaxOffsetLag' } } }] })], // prettier-ignore
    WARNING,
  ],
  ['LK115', 'more than 99 percent are possible', above(99), FINE],
  ['LK115', 'more than 100 percent are not', above(100), WARNING],
  ['LK115', '100 percent or more are possible', above(100, 'GreaterThanOrEqualToThreshold'), FINE],
  ['LK115', '101 percent or more are not', above(101, 'GreaterThanOrEqualToThreshold'), WARNING],
  ['LK115', 'an alarm from 0 is always set off', above(0, 'GreaterThanOrEqualToThreshold'), WARNING],
  ['LK115', 'an alarm above 0 is not', lag(0), FINE],
  ['LK115', 'an alarm above −1 always is', lag(-1), WARNING],
  ['LK115', 'a lag of a million is possible', lag(1_000_000), FINE],
  ['LK115', 'less than nothing is not', lag(0, 'LessThanThreshold'), WARNING],
  ['LK115', 'less than one is possible', lag(1, 'LessThanThreshold'), FINE],
  ['LK115', 'nothing or less is possible', lag(0, 'LessThanOrEqualToThreshold'), FINE],
  ['LK115', '−1 or less is not', lag(-1, 'LessThanOrEqualToThreshold'), WARNING],
  ['LK115', '100 percent or less always are', above(100, 'LessThanOrEqualToThreshold'), WARNING],
  ['LK115', 'a band is no threshold', above(undefined, 'GreaterThanUpperThreshold'), FINE],
  ['LK115', 'a deploy decides how values are compared', above(80, TOKEN), UNDECIDED],

  ['LK506', 'the key of brokers and buckets is off', [['Key.Enabled', false]], ERROR],
  ['LK506', 'the key is on', [['Key.Enabled', true]], FINE],
  ['LK506', 'a deploy decides whether the key is on', [['Key.Enabled', TOKEN]], UNDECIDED],
  ['LK506', 'the key signs', [['Key.KeyUsage', 'SIGN_VERIFY']], ERROR],
  ['LK506', 'the key encrypts', [['Key.KeyUsage', 'ENCRYPT_DECRYPT']], FINE],
  ['LK506', 'the key has two halves', [['Key.KeySpec', 'RSA_4096']], ERROR],
  ['LK506', 'a key of nothing of ours is off', [['Other', { ...OWN_KEY, Properties: { Enabled: false } }]], FINE],
  ['LK506', 'the key of a queue is off', queueWithKey(false), ERROR],
  ['LK506', 'the key of a queue is on', queueWithKey(true), FINE],
  ['LK506', 'the key of a password that pollers come in by is off', [...secretWithKey('Off'), comesInBySecret], ERROR],
  ['LK506', 'the key of a password that pollers come in by is on', [...secretWithKey('Key'), comesInBySecret], FINE],
  ['LK506', 'the key of the password of a registry of schemas is off', [...secretWithKey('Off'), asksRegistry], ERROR],
  ['LK506', 'the key of a password that brokers know is off', [...secretWithKey('Off'), known], ERROR],
  ['LK506', 'the key of a secret of something else is off', secretWithKey('Off'), FINE],
  [
    'LK506',
    'a key that is named by an alias is off',
    [
      ['Other', { ...OWN_KEY, Properties: { Enabled: false } }],
      ['Name', { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/spill', TargetKeyId: { Ref: 'Other' } } }],
      ['Spill.BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID', { Ref: 'Name' }], // prettier-ignore
    ],
    ERROR,
  ],
];
