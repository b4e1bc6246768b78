import {
  DESTINATION,
  ERROR,
  EXPRESS,
  FINE,
  onCluster,
  onMapping,
  QUEUE,
  TOPIC_FAILED,
  UNDECIDED,
  WARNING,
  type Row,
} from './row';
import { brokers, shape, TOKEN, topic, variable, type Edit } from './support';

/** Settings at their edges, in every unit and in every place where a template can say them. */

const ZONES = (...zones: readonly unknown[]): Edit[] =>
  ['SubnetA', 'SubnetB', 'SubnetC'].map((id, n): Edit => [`${id}.AvailabilityZone`, zones[n]]);
const ZONE_IDS = (...zones: readonly unknown[]): Edit[] => [
  ...ZONES(),
  ...['SubnetA', 'SubnetB', 'SubnetC'].map((id, n): Edit => [`${id}.AvailabilityZoneId`, zones[n]]),
];
const SUBNETS = (...subnets: readonly unknown[]): Edit => onCluster('BrokerNodeGroupInfo.ClientSubnets', subnets);
const retention = (setting: string, value: string): Edit[] => [
  topic({ 'retention.ms': undefined }),
  brokers({ [`log.retention.${setting}`]: value }),
];
const ARN = (name: string): string => `arn:aws:kafka:eu-west-1:111122223333:cluster/${name}/0a1b-2`;
const plainText = (Condition: object): Edit => ['SpillPolicy.PolicyDocument.Statement.0.Condition', Condition];
const LONG = topic({ 'retention.ms': '2592000000' });
const UNPROVISIONED: Edit[] = [
  onMapping('ProvisionedPollerConfig', undefined),
  onMapping('MaximumRetryAttempts', undefined),
  onMapping('FunctionResponseTypes', undefined),
  onMapping('BisectBatchOnFunctionError', undefined),
];
const SELF_MANAGED = (server: string): object => ({
  ...(shape('plain.yaml').Resources['Mapping']?.['Properties'] as object),
  EventSourceArn: undefined,
  AmazonManagedKafkaEventSourceConfig: undefined,
  SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'billing' },
  SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: [server] } },
});
const mapping = (id: string, Properties: object): Edit => [id, { Type: 'AWS::Lambda::EventSourceMapping', Properties }];
/** A variable that names a bucket or table of which nothing else is said. */
const names = (variableName: string, field: string, Type: string): Edit[] => [
  ['Kept', { Type, Properties: {} }],
  [`Billing.Environment.Variables.LOSSLESS_${variableName}`, { 'Fn::Sub': `{"${field}":"\${Kept}"}` }],
];

export const SETTINGS: readonly Row[] = [
  ['LK101', 'the configuration is not named', [onCluster('ConfigurationInfo', { Revision: 1 })], UNDECIDED],
  [
    'LK102',
    'one replica of one is asked for',
    [brokers({ 'min.insync.replicas': '1', 'default.replication.factor': '1' })],
    ERROR,
  ],
  ['LK103', 'nothing is said of offsets', [brokers({ 'offsets.topic.replication.factor': undefined })], FINE],
  [
    'LK103',
    'nothing is said of transactions',
    [brokers({ 'transaction.state.log.replication.factor': undefined })],
    FINE,
  ],
  [
    'LK103',
    'topics have two replicas on Express brokers, which keep three',
    [brokers({ 'default.replication.factor': '2' }), EXPRESS],
    FINE,
  ],
  ['LK106', 'two of three zones, of which one is known only at deploy, are one', ZONES('x-1a', 'x-1a', TOKEN), ERROR],
  [
    'LK106',
    'a fourth subnet lies elsewhere',
    [...ZONES('x-1a', 'x-1b', 'x-1c'), SUBNETS({ Ref: 'SubnetA' }, { Ref: 'SubnetB' }, { Ref: 'SubnetC' }, TOKEN)],
    FINE,
  ],
  ['LK106', 'two subnets lie elsewhere', [SUBNETS('subnet-1', 'subnet-2')], ERROR],
  ['LK106', 'three subnets lie elsewhere', [SUBNETS('subnet-1', 'subnet-2', 'subnet-3')], UNDECIDED],
  ['LK106', 'zones are said by their ids', ZONE_IDS('euw1-az1', 'euw1-az2', 'euw1-az3'), FINE],
  ['LK106', 'two zones are said by their ids', ZONE_IDS('euw1-az1', 'euw1-az2', 'euw1-az2'), ERROR],
  ['LK107', 'the revision is no text', [onCluster('ConfigurationInfo.Revision', [1])], UNDECIDED],
  ['LK111', 'a major version is said alone', [onCluster('KafkaVersion', '3')], WARNING],
  ['LK201', 'nothing is said of a topic', [['Topic!Properties', null]], ERROR],
  ['LK201', 'a transform says it', [['Topic!Properties', { 'Fn::Transform': { Name: 'x' } }]], UNDECIDED],
  ['LK202', 'configs are JSON', [['Topic.Configs', { 'Fn::Base64': '{"min.insync.replicas": 1}' }]], UNDECIDED],
  ['LK203', 'the cluster says 23 hours', retention('hours', '23'), ERROR],
  ['LK203', 'the cluster says 24 hours', retention('hours', '24'), WARNING],
  ['LK203', 'the cluster says 168 hours', retention('hours', '168'), FINE],
  ['LK203', 'the cluster says 1439 minutes', retention('minutes', '1439'), ERROR],
  ['LK203', 'the cluster says 1440 minutes', retention('minutes', '1440'), WARNING],
  ['LK203', 'the cluster says 10080 minutes', retention('minutes', '10080'), FINE],
  [
    'LK203',
    'the cluster keeps events for ever',
    [...retention('hours', '-1'), onMapping('MaximumRetryAttempts', 10_000)],
    FINE,
  ],
  ['LK203', 'a deploy decides which cluster is read', [onMapping('EventSourceArn', TOKEN), LONG], WARNING],
  [
    'LK203',
    'another cluster is read',
    [['Topic.ClusterArn', ARN('a')], onMapping('EventSourceArn', ARN('b')), LONG],
    FINE,
  ],
  [
    'LK203',
    'the same cluster is read, elsewhere',
    [['Topic.ClusterArn', ARN('a')], onMapping('EventSourceArn', ARN('a')), LONG],
    WARNING,
  ],
  ['LK203', 'the time of one try is known only at deploy', [['Billing.Timeout', TOKEN]], UNDECIDED],
  ['LK203', 'retries are known only at deploy', [onMapping('MaximumRetryAttempts', TOKEN)], UNDECIDED],
  [
    'LK204',
    'neither topic nor template says it',
    [['Topic.ClusterArn', TOKEN], topic({ 'max.message.bytes': undefined })],
    UNDECIDED,
  ],
  [
    'LK205',
    'the size of the source is known only at deploy',
    [TOPIC_FAILED, onMapping(DESTINATION, 'kafka://failed'), onMapping('Topics', ['elsewhere'])],
    UNDECIDED,
  ],
  [
    'LK302',
    'nothing takes what fails, and a deploy decides about retries',
    [onMapping('DestinationConfig', undefined), onMapping('MaximumRetryAttempts', TOKEN)],
    UNDECIDED,
  ],
  ['LK303', 'there is no destination', [onMapping('DestinationConfig', undefined)], FINE],
  ['LK304', 'one poller is said', [onMapping('ProvisionedPollerConfig', { MinimumPollers: 1 })], FINE],
  ['LK304', 'batches are not halved', [...UNPROVISIONED, onMapping('BisectBatchOnFunctionError', false)], FINE],
  ['LK304', 'batches are halved', [...UNPROVISIONED, onMapping('BisectBatchOnFunctionError', true)], ERROR],
  ['LK304', 'the list of answers is empty', [...UNPROVISIONED, onMapping('FunctionResponseTypes', [])], FINE],
  [
    'LK304',
    'single records are answered for',
    [...UNPROVISIONED, onMapping('FunctionResponseTypes', ['ReportBatchItemFailures'])],
    ERROR,
  ],
  ['LK304', 'retries are bounded', [...UNPROVISIONED, onMapping('MaximumRetryAttempts', 3)], ERROR],
  ['LK304', 'age is bounded', [...UNPROVISIONED, onMapping('MaximumRecordAgeInSeconds', 60)], ERROR],
  ['LK304', 'what fails goes to a Kafka topic', [...UNPROVISIONED, onMapping(DESTINATION, 'kafka://failed')], ERROR],
  ...[
    'LoggingConfig',
    'MetricsConfig',
    'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig',
    'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig',
  ].map((name): Row => ['LK304', `${name} is there`, [...UNPROVISIONED, onMapping(name, { Some: 'thing' })], ERROR]),
  [
    'LK306',
    'an alias says the function by its ARN',
    [
      ['Billing.Timeout', 841],
      [
        'Live',
        { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { 'Fn::GetAtt': 'Billing.Arn' }, Name: 'live' } },
      ],
      onMapping('FunctionName', { Ref: 'Live' }),
    ],
    ERROR,
  ],
  [
    'LK306',
    'an alias leads to a version',
    [
      ['Billing.Timeout', 841],
      ['First', { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Billing' } } }],
      ['Live', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'First' }, Name: 'live' } }],
      onMapping('FunctionName', { Ref: 'Live' }),
    ],
    ERROR,
  ],
  [
    'LK309',
    'topics are known only at deploy',
    [onMapping('Topics', TOKEN), onMapping(DESTINATION, 'kafka://orders')],
    UNDECIDED,
  ],
  [
    'LK309',
    'a topic is known only at deploy',
    [onMapping('Topics', [TOKEN]), onMapping(DESTINATION, 'kafka://orders')],
    UNDECIDED,
  ],
  [
    'LK316',
    'retries are left out, and a deploy decides about the destination',
    [onMapping('DestinationConfig', TOKEN), onMapping('MaximumRetryAttempts', undefined)],
    UNDECIDED,
  ],
  [
    'LK316',
    'retries are left out, and there is no destination',
    [onMapping('DestinationConfig', undefined), onMapping('MaximumRetryAttempts', undefined)],
    FINE,
  ],
  [
    'LK319',
    'the same brokers are read under one group',
    [mapping('One', SELF_MANAGED('a:9092')), mapping('Two', SELF_MANAGED('a:9092'))],
    ERROR,
  ],
  [
    'LK319',
    'other brokers are read under one group',
    [mapping('One', SELF_MANAGED('a:9092')), mapping('Two', SELF_MANAGED('b:9092'))],
    FINE,
  ],
  [
    'LK319',
    'another group reads the cluster',
    [
      mapping('Twin', {
        ...(shape('plain.yaml').Resources['Mapping']?.['Properties'] as object),
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' },
      }),
    ],
    FINE,
  ],
  ['LK401', 'the cluster keeps events longer than they are remembered', retention('hours', '720'), ERROR],
  ['LK401', 'whether anything expires is known only at deploy', [['Table.TimeToLiveSpecification', TOKEN]], UNDECIDED],
  [
    'LK401',
    'expiry by another attribute is off',
    [['Table.TimeToLiveSpecification', { Enabled: false, AttributeName: 'settledAt' }]],
    FINE,
  ],
  ['LK501', 'the bucket of the mapping is known only at deploy', [onMapping(DESTINATION, TOKEN)], UNDECIDED],
  ['LK501', 'a queue is no bucket', [QUEUE, onMapping(DESTINATION, { 'Fn::GetAtt': 'Queue.Arn' })], FINE],
  ['LK501', 'objects expire at a date', [['Spill.LifecycleConfiguration.Rules.0.ExpirationDate', '2030-01-01']], ERROR],
  [
    'LK501',
    'whether the rule is on is known only at deploy',
    [['Spill.LifecycleConfiguration.Rules.0', { Status: TOKEN, ExpirationInDays: 1 }]],
    UNDECIDED,
  ],
  ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((block): Row => [
    'LK502',
    `${block} is left out`,
    [[`Spill.PublicAccessBlockConfiguration.${block}`, undefined]],
    ERROR,
  ]),
  ['LK502', 'the policy of another bucket denies plain text', [['SpillPolicy.Bucket', { Ref: 'DeadLetters' }]], ERROR],
  [
    'LK502',
    'plain text is denied for reading alone',
    [['SpillPolicy.PolicyDocument.Statement.0.Action', 's3:GetObject']],
    ERROR,
  ],
  ['LK502', 'plain text is denied where the request says so, if it does', [plainText({ BoolIfExists: { 'aws:SecureTransport': 'false' } })], FINE], // prettier-ignore
  ['LK502', 'plain text is denied by the text of a condition', [plainText({ StringEquals: { 'aws:SecureTransport': ['false'] } })], FINE], // prettier-ignore
  ['LK502', 'plain text is denied by what it is not', [plainText({ StringNotEqualsIgnoreCase: { 'AWS:SecureTransport': 'TRUE' } })], FINE], // prettier-ignore
  ['LK502', 'plain text is denied to all but services of AWS', [plainText({ Bool: { 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' } })], FINE], // prettier-ignore
  ['LK502', 'plain text is denied for everything that may be done', [['SpillPolicy.PolicyDocument.Statement.0.Action', '*']], FINE], // prettier-ignore
  ['LK502', 'plain text is denied for S3, in capitals', [['SpillPolicy.PolicyDocument.Statement.0.Action', 'S3:*']], FINE], // prettier-ignore
  ['LK502', 'TLS is denied', [plainText({ BoolIfExists: { 'aws:SecureTransport': 'true' } })], ERROR],
  ['LK502', 'old versions of TLS are denied, and plain text has none', [plainText({ NumericLessThan: { 's3:TlsVersion': 1.2 } })], ERROR], // prettier-ignore
  ['LK502', 'plain text is denied to some', [plainText({ Bool: { 'aws:SecureTransport': 'false' }, StringEquals: { 'aws:SourceVpce': 'vpce-1' } })], UNDECIDED], // prettier-ignore
  ['LK502', 'plain text is allowed', [['SpillPolicy.PolicyDocument.Statement.0.Effect', 'Allow']], ERROR],
  ['LK502', 'what the policy says is known only at deploy', [['SpillPolicy.PolicyDocument', TOKEN]], UNDECIDED],
  ...(
    [
      ['PRODUCER_Other', 'spill'],
      ['PRODUCER_Other', 'deadLetters'],
      ['CONSUMER_Other', 'deadLetters'],
      ['REPLAY_Other', 'spill'],
      ['REPLAY_Other', 'deadLetters'],
      ['UNPACK_Other', 'onFailure'],
      ['UNPACK_Other', 'deadLetters'],
    ] as const
  ).map(([name, field]): Row => [
    'LK503',
    `a bucket without versions is ${field} of ${name}`,
    names(name, field, 'AWS::S3::Bucket'),
    WARNING,
  ]),
  [
    'LK402',
    'a consumer names a table that cannot be brought back',
    names('CONSUMER_Other', 'table', 'AWS::DynamoDB::Table'),
    WARNING,
  ],
  [
    'LK402',
    'who unpacks names a table that cannot be brought back',
    names('UNPACK_Other', 'table', 'AWS::DynamoDB::Table'),
    WARNING,
  ],
  ['LK603', 'the variable is no text', [['Shop.Environment.Variables.LOSSLESS_PRODUCER_Shop', 7]], UNDECIDED],
  ['LK602', 'the function says no timeout', [['Shop.Timeout', undefined]], ERROR],
  ['LK602', 'the deadline is known only at deploy', [variable('PRODUCER_Shop', { deadlineMs: '${Open}' })], UNDECIDED],
  ['LK108', 'certificates alone are on', [onCluster('ClientAuthentication', { Tls: { Enabled: true } })], FINE],
  [
    'LK108',
    'an authority for certificates is named',
    [onCluster('ClientAuthentication', { Tls: { CertificateAuthorityArnList: ['arn:aws:acm-pca:x'] } })],
    FINE,
  ],
  [
    'LK108',
    'no authority for certificates is named',
    [onCluster('ClientAuthentication', { Tls: { CertificateAuthorityArnList: [] } })],
    ERROR,
  ],
  [
    'LK108',
    'how clients come in is known only at deploy',
    [onCluster('ClientAuthentication', { Sasl: TOKEN })],
    UNDECIDED,
  ],
  [
    'LK110',
    'growth is said by the cluster',
    [
      ['Growth.ScalingTargetId', undefined],
      ['Growth.ResourceId', { Ref: 'Cluster' }],
    ],
    FINE,
  ],
  [
    'LK110',
    'growth is said by another cluster',
    [
      ['Growth.ScalingTargetId', undefined],
      ['Growth.ResourceId', ARN('a')],
    ],
    WARNING,
  ],
  ...(
    [
      ['another cluster', 'KafkaDataLogsDiskUsed', [{ Name: 'Cluster Name', Value: 'bills' }]],
      ['the processors', 'CpuUser', [{ Name: 'Cluster Name', Value: 'orders' }]],
      ['what is known only at deploy', 'KafkaDataLogsDiskUsed', TOKEN],
      ['no cluster', 'KafkaDataLogsDiskUsed', [{ Name: 'Broker ID', Value: 'orders' }]],
    ] as const
  ).map(([what, MetricName, Dimensions]): Row => [
    'LK110',
    `an alarm watches ${what}`,
    [
      ['Growth', undefined],
      ['Alarm', { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName, Dimensions } }],
    ],
    WARNING,
  ]),
  [
    'LK302',
    'there is no second try, and nothing takes what fails',
    [onMapping('DestinationConfig', undefined), onMapping('MaximumRetryAttempts', 0)],
    ERROR,
  ],
  [
    'LK301',
    'a self-managed cluster alone says that it is Kafka',
    [mapping('One', { SelfManagedEventSource: {}, StartingPosition: 'LATEST' })],
    ERROR,
  ],
  [
    'LK301',
    'the ARN alone says that it is Kafka',
    [mapping('One', { EventSourceArn: ARN('a'), StartingPosition: 'LATEST' })],
    ERROR,
  ],
  [
    'LK301',
    'the consumer group alone says that it is Kafka',
    [mapping('One', { EventSourceArn: TOKEN, AmazonManagedKafkaEventSourceConfig: {}, StartingPosition: 'LATEST' })],
    ERROR,
  ],
  [
    'LK301',
    'the mapping reads a stream of Kinesis',
    [mapping('One', { EventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/x', StartingPosition: 'LATEST' })],
    FINE,
  ],
  [
    'LK306',
    'an alias leads to itself',
    [
      ['Live', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Live' }, Name: 'live' } }],
      onMapping('FunctionName', { Ref: 'Live' }),
    ],
    UNDECIDED,
  ],
  [
    'LK602',
    'a REST API gives up first',
    [
      [
        'Api',
        {
          Type: 'AWS::ApiGateway::Method',
          Properties: {
            Integration: { Uri: { 'Fn::Sub': 'arn:aws:apigateway:x:lambda:path/functions/${Shop.Arn}/invocations' } },
          },
        },
      ],
      ['Shop.Timeout', 300],
      variable('PRODUCER_Shop', { deadlineMs: 24_000 }),
    ],
    ERROR,
  ],
  [
    'LK602',
    'the HTTP API waits just long enough',
    [['Shop.Timeout', 300], variable('PRODUCER_Shop', { deadlineMs: 23_999 })],
    FINE,
  ],
  ['LK605', 'there is nowhere to spill', [variable('PRODUCER_Shop', { spill: undefined })], FINE],
  ['LK315', 'records are too old at once', [onMapping('MaximumRecordAgeInSeconds', 0)], WARNING],
  [
    'LK316',
    'retries are many, and a deploy decides about the destination',
    [onMapping('DestinationConfig', TOKEN)],
    FINE,
  ],
];
