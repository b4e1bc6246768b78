import { ERROR, FINE, UNDECIDED, WARNING, onCluster, type Row } from './row';
import { TOKEN, type Edit } from './support';

/** What looks dangerous and is not, each beside its dangerous sibling. */

const expires = (bucket: string, rule: object): Edit[] => [
  [`${bucket}.LifecycleConfiguration.Rules.0`, { Status: 'Enabled', ExpirationInDays: 1, ...rule }],
];
const goes = (id: string): Edit[] => [
  [`${id}!DeletionPolicy`, undefined],
  [`${id}!UpdateReplacePolicy`, undefined],
];

/** As the CDK writes them before `cdk synth` has looked anything up: two zones, whatever there are. */
const LOOKED_UP = {
  ClientSubnets: ['p-12345', 'p-67890'],
  SecurityGroups: ['sg-12345678'],
  InstanceType: 'kafka.m7g.large',
};

export const HARMLESS: readonly Row[] = [
  [
    'LK502',
    'nothing is said of the public: S3 shuts it out',
    [['Spill.PublicAccessBlockConfiguration', undefined]],
    FINE,
  ],
  ['LK502', 'nothing is said of encryption: S3 encrypts', [['DeadLetters.BucketEncryption', undefined]], FINE],
  [
    'LK502',
    'three of four doors are shut by name: the fourth is open',
    [
      [
        'Spill.PublicAccessBlockConfiguration',
        { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true },
      ],
    ],
    ERROR,
  ],
  [
    'LK502',
    'a deploy decides whether the public is shut out',
    [['Spill.PublicAccessBlockConfiguration', TOKEN]],
    UNDECIDED,
  ],

  ['LK504', 'the unpacking schedule has begun', [['UnpackMinutely.StartDate', '2020-01-01T00:00:00Z']], FINE],
  ['LK504', 'the unpacking schedule has begun, in UTC', [['UnpackMinutely.StartDate', '2020-01-01T00:00:00']], FINE],
  ['LK504', 'the scheduler refuses what is no date', [['UnpackMinutely.StartDate', 'tomorrow']], FINE],
  ['LK504', 'it has not begun', [['UnpackMinutely.StartDate', '2099-01-01T00:00:00Z']], ERROR],

  ...['Vpc', 'SubnetA', 'BrokerGroup', 'Configuration'].map((id): Row => [
    'LK109',
    `${id} has no policy: AWS does not delete what a cluster uses`,
    goes(id),
    FINE,
  ]),
  ['LK109', 'the key has no policy: KMS deletes it, whoever uses it', goes('Key'), ERROR],
  [
    'LK109',
    'a serverless cluster goes with the stack',
    [['Serverless', { Type: 'AWS::MSK::ServerlessCluster', Properties: {} }]],
    ERROR,
  ],
  [
    'LK109',
    'a serverless cluster stays',
    [
      [
        'Serverless',
        {
          Type: 'AWS::MSK::ServerlessCluster',
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
          Properties: {},
        },
      ],
    ],
    FINE,
  ],

  ['LK501', 'objects of another prefix expire', expires('OnFailure', { Prefix: 'access-logs/' }), FINE],
  [
    'LK501',
    'objects that somebody tagged expire',
    expires('DeadLetters', { TagFilters: [{ Key: 'redriven', Value: '1' }] }),
    FINE,
  ],
  ['LK501', 'objects of any prefix expire', expires('Spill', { Prefix: '' }), ERROR],
  ['LK501', 'objects expire, and the list of tags is empty', expires('Spill', { TagFilters: [] }), ERROR],
  ['LK501', "Lambda's objects expire", expires('OnFailure', { Prefix: 'aws/' }), ERROR],
  ['LK501', "one mapping's objects expire", expires('OnFailure', { Prefix: 'aws/lambda/7d0a/' }), ERROR],
  ['LK501', 'dead letters of one cluster expire', expires('DeadLetters', { Prefix: 'arn!003aaws' }), ERROR],
  ['LK501', 'a deploy decides about the prefix', expires('Spill', { Prefix: TOKEN }), UNDECIDED],
  ['LK501', 'large objects expire', expires('Spill', { ObjectSizeGreaterThan: 1 }), ERROR],

  ['LK106', 'subnets are still to be looked up', [onCluster('BrokerNodeGroupInfo', LOOKED_UP)], UNDECIDED],
  [
    'LK106',
    'subnets that are none of a lookup are two',
    [onCluster('BrokerNodeGroupInfo', { ...LOOKED_UP, ClientSubnets: ['subnet-12345', 'subnet-67890'] })],
    ERROR,
  ],
  [
    'LK106',
    'zones are still to be looked up',
    ['SubnetA', 'SubnetB', 'SubnetC'].map((id, n): Edit => [`${id}.AvailabilityZone`, `dummy1${'abb'[n] ?? ''}`]),
    UNDECIDED,
  ],
  ['LK314', 'the group is still to be looked up', [onCluster('BrokerNodeGroupInfo', LOOKED_UP)], UNDECIDED],
  [
    'LK203',
    'a parameter is still to be looked up',
    [['Billing.Timeout', 'dummy-value-for-/orders/timeout']],
    UNDECIDED,
  ],
  ['LK111', 'the version is still to be looked up', [onCluster('KafkaVersion', 'dummy-value-for-/kafka')], UNDECIDED],
  ['LK111', 'the version is no lookup', [onCluster('KafkaVersion', '2.8.1')], WARNING],
];
