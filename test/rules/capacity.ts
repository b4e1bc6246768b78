import { ERROR, EXPRESS, FINE, onCluster, onMapping, UNDECIDED, WARNING, type Row } from './row';
import { brokers, brokersWithToken, TOKEN, topic, variable, type Edit } from './support';

/** Contract, pollers, brokers and serverless clusters; each hazard beside its harmless sibling. */

const pollers = (config: object): Edit[] => [onMapping('ProvisionedPollerConfig', config)];
const contract = (changed: object): Edit[] => [variable('CONSUMER_Billing', { ...changed })];

const ITSELF = [{ IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098, SourceSecurityGroupId: { Ref: 'Own' } }];
const serverless = (ingress: unknown, groups: unknown = [{ Ref: 'Own' }], Configs?: string): Edit[] => [
  ['Own', { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'brokers' } }],
  [
    'OwnIn',
    { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupId: { Ref: 'Own' }, ...(ingress as object) } },
  ],
  [
    'Serverless',
    { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: 's', VpcConfigs: [{ SecurityGroups: groups }] } },
  ],
  onMapping('EventSourceArn', { Ref: 'Serverless' }),
  ...(Configs === undefined
    ? []
    : ([
        ['Topic.ClusterArn', { Ref: 'Serverless' }],
        ['Topic.Configs', { 'Fn::Base64': Configs }],
      ] as Edit[])),
];
const FROM_ITSELF = ITSELF[0];

export const CAPACITY: readonly Row[] = [
  ['LK320', 'the function is told of another topic', contract({ topic: 'bills' }), ERROR],
  ['LK320', 'the mapping reads another topic', [onMapping('Topics', ['bills'])], ERROR],
  ['LK320', 'the mapping reads one topic more', [onMapping('Topics', ['orders', 'bills'])], ERROR],
  [
    'LK320',
    'the function is told of both topics of the mapping',
    [
      onMapping('Topics', ['orders', 'bills']),
      ['Billing.Environment.Variables.LOSSLESS_CONSUMER_Bills', { 'Fn::Sub': '{"cluster":"${Cluster.Arn}","topic":"bills","group":"billing","timeMarginMs":1}' }], // prettier-ignore
    ],
    FINE,
  ],
  ['LK320', 'the function is told of another group', contract({ group: 'bills' }), ERROR],
  [
    'LK320',
    'the mapping has another group',
    [onMapping('AmazonManagedKafkaEventSourceConfig.ConsumerGroupId', 'bills')],
    ERROR,
  ],
  [
    'LK320',
    'the function is told of another cluster',
    contract({ cluster: 'arn:aws:kafka:eu-west-1:1:cluster/a/b-1' }),
    UNDECIDED,
  ],
  [
    'LK320',
    'function and mapping name two clusters elsewhere',
    [
      ...contract({ cluster: 'arn:aws:kafka:eu-west-1:1:cluster/a/b-1' }),
      onMapping('EventSourceArn', 'arn:aws:kafka:eu-west-1:1:cluster/c/d-1'),
    ],
    ERROR,
  ],
  ['LK320', 'a deploy decides about the topic', contract({ topic: '${Open}' }), UNDECIDED],
  ['LK320', 'a deploy decides about the group', contract({ group: '${Open}' }), UNDECIDED],
  [
    'LK320',
    'a deploy decides about the variable',
    [['Billing.Environment.Variables.LOSSLESS_CONSUMER_Billing', TOKEN]],
    UNDECIDED,
  ],
  ['LK320', 'the function is none of ours', [['Billing.Environment', undefined]], FINE],
  ['LK320', 'the margin is the whole timeout', contract({ timeMarginMs: 120_000 }), ERROR],
  ['LK320', 'the margin leaves a millisecond', contract({ timeMarginMs: 119_999 }), FINE],
  ['LK320', 'the function is told of more time than it has', contract({ timeoutMs: 120_001 }), ERROR],
  ['LK320', 'the function is told of its own time', contract({ timeoutMs: 120_000 }), FINE],
  ['LK320', 'a deploy decides about the timeout', [['Billing.Timeout', TOKEN]], UNDECIDED],

  ['LK313', 'the mapping names no topic', [onMapping('Topics', undefined)], ERROR],
  ['LK313', 'the list of topics is empty', [onMapping('Topics', [])], ERROR],
  [
    'LK313',
    'the topic is not in the template, and others of its cluster are',
    [onMapping('Topics', ['order'])],
    UNDECIDED,
  ],
  ['LK313', 'no topic of the cluster is in the template', [['Topic', undefined]], FINE],
  ['LK313', 'a deploy decides about topics', [onMapping('Topics', TOKEN)], UNDECIDED],

  ['LK304', 'fewer pollers are allowed than asked for', pollers({ MinimumPollers: 5, MaximumPollers: 2 }), ERROR],
  ['LK304', 'as many pollers are allowed as asked for', pollers({ MinimumPollers: 2, MaximumPollers: 2 }), FINE],
  ['LK304', 'no poller is asked for', pollers({ MinimumPollers: 0, MaximumPollers: 2 }), ERROR],
  ['LK304', 'more pollers are asked for than there are', pollers({ MinimumPollers: 1, MaximumPollers: 2001 }), ERROR],
  ['LK304', 'a deploy decides how many', pollers({ MinimumPollers: TOKEN, MaximumPollers: 2 }), UNDECIDED],

  ['LK102', 'one broker may settle a transaction', [brokers({ 'transaction.state.log.min.isr': '1' })], ERROR],
  ['LK102', 'two brokers settle a transaction', [brokers({ 'transaction.state.log.min.isr': '2' })], FINE],
  [
    'LK102',
    'a deploy decides who settles a transaction',
    [brokersWithToken('transaction.state.log.min.isr')],
    UNDECIDED,
  ],
  [
    'LK102',
    'Express brokers settle transactions by two',
    [brokers({ 'transaction.state.log.min.isr': '1' }), EXPRESS],
    FINE,
  ],
  ['LK202', 'a topic wants every replica', [topic({ 'min.insync.replicas': '3' })], WARNING],
  [
    'LK202',
    'a topic wants three of four replicas',
    [topic({ 'min.insync.replicas': '3' }), ['Topic.ReplicationFactor', 4]],
    FINE,
  ],
  [
    'LK202',
    'a topic wants every replica of Express brokers, which keep two',
    [topic({ 'min.insync.replicas': '3' }), EXPRESS],
    FINE,
  ],

  ['LK114', 'brokers live on credits', [onCluster('BrokerNodeGroupInfo.InstanceType', 'kafka.t3.small')], WARNING],
  [
    'LK114',
    'brokers are the smallest that do not',
    [onCluster('BrokerNodeGroupInfo.InstanceType', 'kafka.m5.large')],
    FINE,
  ],
  ['LK114', 'brokers are Express', [EXPRESS], FINE],
  ['LK114', 'a deploy decides about the brokers', [onCluster('BrokerNodeGroupInfo.InstanceType', TOKEN)], UNDECIDED],

  ['LK314', 'the group of a serverless cluster lets itself in', serverless(FROM_ITSELF), FINE],
  [
    'LK314',
    'the group of a serverless cluster lets nobody in',
    serverless({ ...FROM_ITSELF, FromPort: 443, ToPort: 443 }),
    ERROR,
  ],
  ['LK314', 'the group of a serverless cluster lies elsewhere', serverless(FROM_ITSELF, ['sg-1']), UNDECIDED],
  ['LK206', 'a topic of a serverless cluster says nothing, which is 250 GiB', serverless(FROM_ITSELF, [], 'retention.ms=-1'), [...WARNING, ...UNDECIDED]], // prettier-ignore
  ['LK206', 'topics of a serverless cluster are made elsewhere', serverless(FROM_ITSELF), UNDECIDED],
  ['LK203', 'a topic of a serverless cluster says nothing, which is a week', serverless(FROM_ITSELF, [], ' '), FINE],
  [
    'LK203',
    'a topic of a serverless cluster keeps events an hour',
    serverless(FROM_ITSELF, [], 'retention.ms=3600000'),
    ERROR,
  ],
  [
    'LK201',
    'a topic of a serverless cluster, which keeps three',
    [...serverless(FROM_ITSELF, [], ' '), ['Topic.ReplicationFactor', 2]],
    FINE,
  ],
];
