import { ERROR, FINE, UNDECIDED, WARNING, type Row } from './row';
import { TOKEN, type Edit } from './support';

/** Pipes, Firehose, MSK Connect and Replicator beside the mapping; each hazard beside its harmless sibling. */

const add = (Type: string, Properties: object): Edit[] => [['Reader', { Type, Properties }]];

const CLUSTER = { 'Fn::GetAtt': 'Cluster.Arn' };
const pipe = (changed: object, more: object = {}): Edit[] =>
  add('AWS::Pipes::Pipe', {
    Source: CLUSTER,
    SourceParameters: {
      ManagedStreamingKafkaParameters: {
        TopicName: 'orders',
        StartingPosition: 'TRIM_HORIZON',
        ConsumerGroupID: 'pipe',
        ...changed,
      },
    },
    ...more,
  });
const selfManaged = (changed: object): Edit[] =>
  add('AWS::Pipes::Pipe', {
    Source: 'smk://a.example:9092',
    SourceParameters: {
      SelfManagedKafkaParameters: { TopicName: 'orders', StartingPosition: 'TRIM_HORIZON', ...changed },
    },
  });
const fromQueue = add('AWS::Pipes::Pipe', { Source: 'arn:aws:sqs:eu-west-1:111122223333:q', SourceParameters: TOKEN });

const CALLED = { 'Fn::GetAtt': 'Called.Arn' };
const called = (Properties: object): Edit => ['Called', { Type: 'AWS::Lambda::Function', Properties }];

const firehose = (changed: object): Edit[] =>
  add('AWS::KinesisFirehose::DeliveryStream', {
    DeliveryStreamType: 'MSKAsSource',
    MSKSourceConfiguration: {
      MSKClusterARN: CLUSTER,
      TopicName: 'orders',
      ReadFromTimestamp: '1970-01-01T00:00:00Z',
      ...changed,
    },
  });

const replicator = (position: unknown): Edit[] =>
  add('AWS::MSK::Replicator', { ReplicationInfoList: [{ TopicReplication: { StartingPosition: position } }] });

const connector = (settings: object, more: object = {}): Edit[] =>
  add('AWS::KafkaConnect::Connector', {
    ConnectorName: 'orders',
    ConnectorConfiguration: { 'connector.class': 'Sink', topics: 'orders', ...settings },
    ...more,
  });
const second = (settings: object, more: object = {}): Edit[] =>
  connector({ ...settings }, more).map(([, value]) => ['Second', value]);
const SHARED = { 'consumer.override.group.id': 'g' };
const BROKERS = { KafkaCluster: { ApacheKafkaCluster: { BootstrapServers: 'a:9098,b:9098' } } };
const FIRED = {
  Target: CALLED,
  TargetParameters: { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } },
};
const source = (settings: object, more: object = {}): Edit[] => connector({ topics: undefined, ...settings }, more);
const worker = (properties: unknown): Edit => [
  'Worker',
  {
    Type: 'AWS::KafkaConnect::WorkerConfiguration',
    Properties: { Name: 'orders', PropertiesFileContent: { 'Fn::Base64': properties } },
  },
];
const WORKERS = { WorkerConfiguration: { WorkerConfigurationArn: { Ref: 'Worker' }, Revision: 1 } };
const LETTERS = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'failed' };

export const READERS: readonly Row[] = [
  ['LK301', 'a pipe starts at the end', pipe({ StartingPosition: 'LATEST' }), ERROR],
  ['LK301', 'a pipe does not say where it starts', pipe({ StartingPosition: undefined }), UNDECIDED],
  ['LK301', 'a pipe starts at the beginning', pipe({}), FINE],
  ['LK301', 'a deploy decides where a pipe starts', pipe({ StartingPosition: TOKEN }), UNDECIDED],
  ['LK301', 'a deploy decides all about a pipe', pipe({}, { SourceParameters: TOKEN }), UNDECIDED],
  ['LK301', 'a pipe reads a queue', fromQueue, FINE],
  ['LK301', 'a pipe reads self-managed brokers from the end', selfManaged({ StartingPosition: 'LATEST' }), ERROR],
  ['LK301', 'a pipe reads self-managed brokers from the beginning', selfManaged({}), FINE],
  ['LK305', 'the group of a pipe has no name', pipe({ ConsumerGroupID: undefined }), WARNING],
  ['LK305', 'the group of a pipe has a name', pipe({}), FINE],
  ['LK305', 'the group of a pipe of self-managed brokers has none', selfManaged({}), WARNING],
  ['LK308', 'a pipe filters', pipe({}, { SourceParameters: { ManagedStreamingKafkaParameters: {}, FilterCriteria: { Filters: [{ Pattern: '{}' }] } } }), WARNING], // prettier-ignore
  ['LK308', 'a pipe takes all', pipe({}), FINE],
  ['LK313', 'a pipe is stopped', pipe({}, { DesiredState: 'STOPPED' }), WARNING],
  ['LK313', 'a pipe runs', pipe({}, { DesiredState: 'RUNNING' }), FINE],
  ['LK319', 'a pipe has the group of the mapping', pipe({ ConsumerGroupID: 'billing' }), ERROR],
  ['LK319', 'a pipe has its own group', pipe({}), FINE],
  [
    'LK319',
    'a pipe has that group, on what a deploy decides',
    pipe({ ConsumerGroupID: 'billing' }, { Source: TOKEN }),
    UNDECIDED,
  ],
  [
    'LK319',
    'two pipes have one group',
    [...pipe({}), ['Second', { Type: 'AWS::Pipes::Pipe', Properties: { Source: CLUSTER, SourceParameters: { ManagedStreamingKafkaParameters: { ConsumerGroupID: 'pipe' } } } }]], // prettier-ignore
    ERROR,
  ],

  ['LK112', 'a pipe reads a cluster of the template', pipe({}), FINE],
  ['LK112', 'a pipe reads a cluster that lies elsewhere', pipe({}, { Source: TOKEN }), UNDECIDED],
  ['LK112', 'a pipe reads a self-managed cluster', selfManaged({}), UNDECIDED],
  ['LK112', 'Firehose reads a cluster of the template', firehose({}), FINE],
  ['LK112', 'Firehose reads a cluster that lies elsewhere', firehose({ MSKClusterARN: TOKEN }), UNDECIDED],
  ['LK317', 'a pipe calls a function of three seconds', [...pipe({}, { Target: CALLED }), called({})], ERROR],
  ['LK317', 'a pipe asks a function of three seconds', [...pipe({}, { Enrichment: CALLED }), called({})], ERROR],
  ['LK317', 'a pipe calls a function of a minute', [...pipe({}, { Target: CALLED }), called({ Timeout: 60 })], FINE],
  ['LK317', 'a pipe calls no function', pipe({}, { Target: 'arn:aws:sqs:eu-west-1:111122223333:q' }), FINE],
  [
    'LK317',
    'a deploy decides how long the function of a pipe has',
    [...pipe({}, { Target: CALLED }), called({ Timeout: TOKEN })],
    UNDECIDED,
  ],

  ['LK301', 'Firehose starts when it is ready', firehose({ ReadFromTimestamp: undefined }), ERROR],
  ['LK301', 'Firehose starts at the beginning', firehose({}), FINE],
  ['LK301', 'a deploy decides where Firehose starts', firehose({ ReadFromTimestamp: TOKEN }), UNDECIDED],
  [
    'LK301',
    'Firehose reads no topic',
    add('AWS::KinesisFirehose::DeliveryStream', { DeliveryStreamType: 'DirectPut' }),
    FINE,
  ],
  ['LK318', 'Firehose starts at a time', firehose({ ReadFromTimestamp: '2026-01-01T00:00:00Z' }), WARNING],
  [
    'LK318',
    'Firehose starts at the time at which all began',
    firehose({ ReadFromTimestamp: '1970-01-01T00:00:00.000Z' }),
    FINE,
  ],

  ['LK301', 'a replicator starts at the end', replicator({ Type: 'LATEST' }), ERROR],
  ['LK301', 'a replicator says nothing, which is the end', replicator(undefined), ERROR],
  ['LK301', 'a replicator starts at the beginning', replicator({ Type: 'EARLIEST' }), FINE],
  ['LK301', 'a deploy decides where a replicator starts', replicator({ Type: TOKEN }), UNDECIDED],
  [
    'LK301',
    'a deploy decides what a replicator copies',
    add('AWS::MSK::Replicator', { ReplicationInfoList: TOKEN }),
    UNDECIDED,
  ],

  ['LK321', 'a sink skips what fails', connector({ 'errors.tolerance': 'all' }), ERROR],
  ['LK321', 'a sink keeps what fails on a topic', connector(LETTERS), FINE],
  [
    'LK321',
    'the topic for what fails has an empty name',
    connector({ ...LETTERS, 'errors.deadletterqueue.topic.name': '' }),
    ERROR,
  ],
  ['LK321', 'a sink stops at what fails', connector({ 'errors.tolerance': 'none' }), FINE],
  ['LK321', 'a sink says nothing of failures', connector({}), FINE],
  ['LK321', 'a source skips what fails, and has no dead letters', source(LETTERS), ERROR],
  ['LK321', 'a source stops at what fails', source({}), FINE],
  ['LK321', 'a deploy decides about failures', connector({ 'errors.tolerance': TOKEN }), UNDECIDED],
  [
    'LK321',
    'a deploy decides where what fails goes',
    connector({ ...LETTERS, 'errors.deadletterqueue.topic.name': TOKEN }),
    UNDECIDED,
  ],
  ['LK321', 'a deploy decides all about a connector', connector({}, { ConnectorConfiguration: TOKEN }), UNDECIDED],
  ['LK201', 'dead letters of a sink have one replica', connector({ ...LETTERS, 'errors.deadletterqueue.topic.replication.factor': '1' }), ERROR], // prettier-ignore
  ['LK201', 'dead letters of a sink have three', connector(LETTERS), FINE],
  ['LK601', 'a source is content with the leader', source({ 'producer.override.acks': '1' }), ERROR],
  ['LK601', 'a source asks all, by a number', source({ 'producer.override.acks': '-1' }), FINE],
  ['LK601', 'a source says nothing, which is all', source({}), FINE],
  [
    'LK601',
    'the workers of a source are content with the leader',
    [...source({}, WORKERS), worker('producer.acks=1')],
    ERROR,
  ],
  [
    'LK601',
    'a source asks more than its workers',
    [...source({ 'producer.override.acks': 'all' }, WORKERS), worker('producer.acks=1')],
    FINE,
  ],
  ['LK601', 'the workers of a source ask all', [...source({}, WORKERS), worker('producer.acks=all')], FINE],
  ['LK601', 'a sink without dead letters writes no event', connector({ 'producer.override.acks': '1' }), FINE],
  ['LK601', 'a sink writes dead letters carelessly', connector({ ...LETTERS, 'producer.override.acks': '0' }), ERROR],
  [
    'LK601',
    'the workers lie elsewhere',
    source({}, { WorkerConfiguration: { WorkerConfigurationArn: TOKEN } }),
    UNDECIDED,
  ],
  ['LK601', 'what the workers say is no base64', [...source({}, WORKERS), worker('x'), ['Worker.PropertiesFileContent', 'producer.acks=1']], UNDECIDED], // prettier-ignore
  ['LK301', 'a sink starts at the end', connector({ 'consumer.override.auto.offset.reset': 'latest' }), ERROR],
  [
    'LK301',
    'the workers of a sink start at the end',
    [...connector({}, WORKERS), worker('consumer.auto.offset.reset=latest')],
    ERROR,
  ],
  ['LK301', 'a sink starts at the beginning', connector({ 'consumer.override.auto.offset.reset': 'earliest' }), FINE],
  ['LK301', 'a source reads no topic', source({ 'consumer.override.auto.offset.reset': 'latest' }), FINE],
  [
    'LK319',
    'a sink may have the group of the mapping',
    connector({ 'consumer.override.group.id': 'billing' }),
    UNDECIDED,
  ],
  [
    'LK319',
    'a mapping may have the group of a sink',
    [...connector({}), ['Mapping.AmazonManagedKafkaEventSourceConfig.ConsumerGroupId', 'connect-orders']],
    UNDECIDED,
  ],
  ['LK319', 'a sink has its own group', connector({}), FINE],
  [
    'LK319',
    'a pipe has the group of a sink',
    [...pipe({ ConsumerGroupID: 'connect-orders' }), ...second({})],
    UNDECIDED,
  ],
  ['LK319', 'two sinks have one group', [...connector(SHARED), ...second(SHARED)], UNDECIDED],
  ['LK319', 'two sinks have one group on the same brokers', [...connector(SHARED, BROKERS), ...second(SHARED, BROKERS)], ERROR], // prettier-ignore
  ['LK319', 'two sinks of different topics have one group', [...connector(SHARED), ...second({ ...SHARED, topics: 'bills, refunds' })], FINE], // prettier-ignore
  ['LK319', 'two sinks have a group each', [...connector({}), ...second({ 'consumer.override.group.id': 'mine' })], FINE], // prettier-ignore
  ['LK302', 'a pipe does not wait for the function that it calls', [called({ Timeout: 60 }), ...pipe({}, FIRED)], ERROR], // prettier-ignore
  ['LK302', 'a pipe does not wait, and what fails goes to a queue', [called({ Timeout: 60, DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-west-1:1:q' } }), ...pipe({}, FIRED)], FINE], // prettier-ignore
  ['LK302', 'a pipe does not wait, and a deploy decides where what fails goes', [called({ DeadLetterConfig: TOKEN }), ...pipe({}, FIRED)], UNDECIDED], // prettier-ignore
  ['LK302', 'a pipe does not wait for a function that lies elsewhere', pipe({}, { ...FIRED, Target: 'arn:aws:lambda:eu-west-1:1:function:x' }), UNDECIDED], // prettier-ignore
  ['LK302', 'a pipe waits for the function that it calls', [called({ Timeout: 60 }), ...pipe({}, { Target: CALLED })], FINE], // prettier-ignore
];
