import {
  DESTINATION,
  ERROR,
  FINE,
  onCluster,
  onMapping,
  QUEUE,
  statement,
  TOPIC_FAILED,
  UNDECIDED,
  type Row,
} from './row';
import { TOKEN, variable, type Edit } from './support';

/** Who may do what, and who is let in: the same question, asked in every way in which a template can answer it. */

const NOTHING = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
const NO_READING = statement(0, NOTHING);
const NO_WRITING = statement(1, NOTHING);
const allow = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
const deny = (Action: unknown, Resource: unknown = '*', more: object = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});
const document = (...Statement: object[]) => ({ Statement });
const policy = (Type: string, Properties: object): Edit => [
  'Extra',
  { Type, Properties: { PolicyName: 'x', ...Properties } },
];
const ROLE = { 'Fn::GetAtt': 'BillingRole.Arn' };
const READS = document(allow('kafka-cluster:*'));
const CONDITION = { Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } };
const without = (all: readonly string[], one: string) => all.filter((action) => action !== one);

const READING = ['Connect', 'DescribeGroup', 'AlterGroup', 'DescribeTopic', 'ReadData'].map(
  (name) => `kafka-cluster:${name}`,
);
const WRITING = ['Connect', 'DescribeTopic', 'WriteData'].map((name) => `kafka-cluster:${name}`);
const MANAGED = [
  ...['DescribeCluster', 'DescribeClusterV2', 'GetBootstrapBrokers'].map((name) => `kafka:${name}`),
  ...['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces'].map((name) => `ec2:${name}`),
  ...['DescribeSubnets', 'DescribeSecurityGroups', 'DescribeVpcs'].map((name) => `ec2:${name}`),
];
/** Lets the policies of the account's roles decide. */
const OWNERS = { ...allow('kms:*'), Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } } };
const UNMANAGED: Edit = ['BillingRole.ManagedPolicyArns', []];
const BY_SECRET = (Type: unknown) => onMapping('SourceAccessConfigurations', [{ Type, URI: 'arn' }]);
const TO_TOPIC = [TOPIC_FAILED, onMapping(DESTINATION, 'kafka://failed')];
const SELF_MANAGED = [
  onMapping('EventSourceArn', undefined),
  onMapping('SelfManagedEventSource', { Endpoints: { KafkaBootstrapServers: ['a:9092'] } }),
];

export const RIGHTS: readonly Row[] = [
  ['LK310', 'what is denied is known only at deploy', [statement(4, deny('s3:PutObject', TOKEN))], UNDECIDED],
  ['LK310', 'a condition decides what is denied', [statement(4, deny('s3:*', '*', CONDITION))], UNDECIDED],
  ['LK310', 'which action is denied is known only at deploy', [statement(4, deny(TOKEN))], UNDECIDED],
  ['LK310', 'which action is allowed is known only at deploy', [statement(1, allow(TOKEN))], UNDECIDED],
  ['LK310', 'on what is known only at deploy', [statement(1, allow('s3:*', TOKEN))], UNDECIDED],
  ['LK310', 'an action of the list is no text', [statement(1, allow(['s3:Get*', ['x']]))], UNDECIDED],
  [
    'LK310',
    'all but some actions are allowed',
    [statement(1, { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })],
    FINE,
  ],
  ['LK310', 'allowed or denied: a deploy decides', [statement(1, { ...allow('s3:*'), Effect: TOKEN })], UNDECIDED],
  ['LK310', 'a document is known only at deploy', [['BillingRole.Policies', [{ PolicyDocument: TOKEN }]]], UNDECIDED],
  ['LK310', 'a document is empty', [['BillingRole.Policies', [{ PolicyDocument: {} }]]], ERROR],
  ['LK310', 'there is no policy of AWS either', [NO_WRITING, ['BillingRole.ManagedPolicyArns', undefined]], ERROR],
  ['LK310', 'the function lies elsewhere', [onMapping('FunctionName', TOKEN)], UNDECIDED],
  [
    'LK310',
    'the bucket denies the role',
    [['OnFailurePolicy.PolicyDocument.Statement.1', { ...deny('s3:Put*'), Principal: { AWS: ROLE } }]],
    ERROR,
  ],
  [
    'LK310',
    'the bucket lets the role in itself',
    [NO_WRITING, ['OnFailurePolicy.PolicyDocument.Statement.1', { ...allow('s3:Put*'), Principal: { AWS: ROLE } }]],
    FINE,
  ],
  [
    'LK310',
    'the bucket lets another role in',
    [
      NO_WRITING,
      [
        'OnFailurePolicy.PolicyDocument.Statement.1',
        { ...allow('s3:Put*'), Principal: { AWS: { 'Fn::GetAtt': 'ShopRole.Arn' } } },
      ],
    ],
    ERROR,
  ],
  [
    'LK310',
    'another key lets the role in',
    [
      statement(3, NOTHING),
      [
        'Other',
        { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document({ ...allow('kms:*'), Principal: { AWS: ROLE } }) } },
      ],
    ],
    ERROR,
  ],
  [
    'LK310',
    'the key denies the role',
    [['Key.KeyPolicy', document({ ...deny('kms:*'), Principal: { AWS: ROLE } })]],
    ERROR,
  ],
  [
    'LK310',
    'the key denies the role under a condition',
    [['Key.KeyPolicy', document(OWNERS, { ...deny('kms:*', '*', CONDITION), Principal: { AWS: ROLE } })]],
    UNDECIDED,
  ],
  [
    'LK310',
    'a queue may be written to',
    [
      QUEUE,
      onMapping(DESTINATION, { 'Fn::GetAtt': 'Queue.Arn' }),
      statement(1, allow('sqs:SendMessage', { 'Fn::GetAtt': 'Queue.Arn' })),
    ],
    FINE,
  ],
  ['LK310', 'a queue may not be written to', [QUEUE, onMapping(DESTINATION, { 'Fn::GetAtt': 'Queue.Arn' })], ERROR],
  [
    'LK310',
    'an SNS topic may be written to',
    [
      onMapping(DESTINATION, 'arn:aws:sns:eu-west-1:1:failed'),
      statement(1, allow('sns:Publish', 'arn:aws:sns:eu-west-1:1:failed')),
    ],
    FINE,
  ],
  [
    'LK310',
    'another SNS topic may be written to',
    [
      onMapping(DESTINATION, 'arn:aws:sns:eu-west-1:1:failed'),
      statement(1, allow('sns:Publish', 'arn:aws:sns:eu-west-1:1:other')),
    ],
    ERROR,
  ],
  ['LK310', 'a Kafka topic may be written to', [...TO_TOPIC, statement(0, allow(WRITING))], FINE],
  ...WRITING.map((action): Row => [
    'LK310',
    `a Kafka topic is the destination, without ${action}`,
    [...TO_TOPIC, statement(0, allow(without(WRITING, action)))],
    ERROR,
  ]),
  [
    'LK310',
    'a Kafka topic is the destination, and pollers come in with a secret',
    [...TO_TOPIC, NO_READING, BY_SECRET('SASL_SCRAM_512_AUTH')],
    FINE,
  ],
  [
    'LK310',
    'a bucket is the destination, and pollers come in with a secret',
    [NO_WRITING, BY_SECRET('SASL_SCRAM_512_AUTH')],
    ERROR,
  ],

  ...READING.map((action): Row => [
    'LK311',
    `the role is without ${action}`,
    [statement(0, allow(without(READING, action)))],
    ERROR,
  ]),
  [
    'LK311',
    'each right is given by its name',
    [statement(0, allow(READING)), UNMANAGED, statement(4, allow(MANAGED))],
    FINE,
  ],
  ...MANAGED.filter((action) => !action.includes('Describe') || action.startsWith('ec2')).map((action): Row => [
    'LK311',
    `the role is without ${action}`,
    [UNMANAGED, statement(4, allow(without(MANAGED, action)))],
    ERROR,
  ]),
  [
    'LK311',
    'interfaces may be made, of the right kind',
    [
      UNMANAGED,
      statement(4, allow(['kafka:*', 'ec2:Describe*'])),
      statement(
        5,
        allow(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'], 'arn:aws:ec2:*:*:network-interface/*'),
      ),
    ],
    FINE,
  ],
  [
    'LK311',
    'interfaces may be made, of another kind',
    [
      UNMANAGED,
      statement(4, allow(['kafka:*', 'ec2:Describe*'])),
      statement(5, allow(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'], 'arn:aws:ec2:*:*:subnet/*')),
    ],
    ERROR,
  ],
  [
    'LK311',
    'a policy is attached',
    [NO_READING, policy('AWS::IAM::ManagedPolicy', { Roles: [{ Ref: 'BillingRole' }], PolicyDocument: READS })],
    FINE,
  ],
  [
    'LK311',
    'a policy is attached to several roles',
    [
      NO_READING,
      policy('AWS::IAM::ManagedPolicy', {
        Roles: [{ Ref: 'ShopRole' }, { Ref: 'BillingRole' }],
        PolicyDocument: READS,
      }),
    ],
    FINE,
  ],
  [
    'LK311',
    'a policy is put on the role',
    [NO_READING, policy('AWS::IAM::RolePolicy', { RoleName: { Ref: 'BillingRole' }, PolicyDocument: READS })],
    FINE,
  ],
  [
    'LK311',
    'a policy is put on another role',
    [NO_READING, policy('AWS::IAM::RolePolicy', { RoleName: { Ref: 'ShopRole' }, PolicyDocument: READS })],
    ERROR,
  ],
  [
    'LK311',
    'a policy of the template is named',
    [
      NO_READING,
      policy('AWS::IAM::ManagedPolicy', { PolicyDocument: READS }),
      ['BillingRole.ManagedPolicyArns.1', { Ref: 'Extra' }],
    ],
    FINE,
  ],
  [
    'LK311',
    'a policy of the template is named that says nothing of it',
    [
      NO_READING,
      policy('AWS::IAM::ManagedPolicy', { PolicyDocument: document(NOTHING) }),
      ['BillingRole.ManagedPolicyArns.1', { Ref: 'Extra' }],
    ],
    ERROR,
  ],
  [
    'LK311',
    'policies of AWS that give no such right are named',
    [
      NO_READING,
      ['BillingRole.ManagedPolicyArns.1', 'arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole'],
    ],
    ERROR,
  ],
  [
    'LK311',
    'a policy of AWS is named that no rule knows',
    [NO_READING, ['BillingRole.ManagedPolicyArns.1', 'arn:aws:iam::aws:policy/PowerUserAccess']],
    UNDECIDED,
  ],
  ['LK311', 'topics are known only at deploy', [onMapping('Topics', TOKEN)], UNDECIDED],
  ['LK311', 'the function lies elsewhere', [onMapping('FunctionName', TOKEN)], UNDECIDED],
  ['LK311', 'the cluster is no Amazon MSK', [...SELF_MANAGED, onMapping('FunctionName', TOKEN)], FINE],
  ['LK311', 'how pollers come in is known only at deploy', [NO_READING, BY_SECRET(TOKEN)], UNDECIDED],
  [
    'LK311',
    'the cluster lies elsewhere, and may let anybody in',
    [NO_READING, onMapping('EventSourceArn', TOKEN)],
    UNDECIDED,
  ],
  [
    'LK311',
    'the cluster lets anybody in',
    [NO_READING, onCluster('ClientAuthentication', { Unauthenticated: { Enabled: true } })],
    FINE,
  ],
  [
    'LK311',
    'the cluster is serverless, where IAM is the only way',
    [
      NO_READING,
      ['Serverless', { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: 's' } }],
      onMapping('EventSourceArn', { Ref: 'Serverless' }),
    ],
    ERROR,
  ],

  [
    'LK312',
    'a queue elsewhere keeps no order by its name',
    [onMapping(DESTINATION, 'arn:aws:sqs:eu-west-1:1:failed')],
    FINE,
  ],
  [
    'LK312',
    'its name is known only at deploy',
    [onMapping(DESTINATION, { 'Fn::Sub': 'arn:aws:sqs:eu-west-1:1:${Open}' })],
    UNDECIDED,
  ],
  [
    'LK312',
    'the end of its name is known',
    [onMapping(DESTINATION, { 'Fn::Sub': 'arn:aws:sqs:eu-west-1:1:${Open}-fail' })],
    FINE,
  ],
  [
    'LK312',
    'the end of its name is known but for the point',
    [onMapping(DESTINATION, { 'Fn::Sub': 'arn:aws:sqs:eu-west-1:1:${Open}fifo' })],
    UNDECIDED,
  ],
  [
    'LK312',
    'whether the queue keeps an order is known only at deploy',
    [
      ['Queue', { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: TOKEN } }],
      onMapping(DESTINATION, { 'Fn::GetAtt': 'Queue.Arn' }),
    ],
    UNDECIDED,
  ],
  [
    'LK312',
    'the SNS topic keeps an order',
    [['Notes', { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true } }], onMapping(DESTINATION, { Ref: 'Notes' })],
    ERROR,
  ],
  [
    'LK310',
    'the bucket lets two roles in',
    [
      NO_WRITING,
      [
        'OnFailurePolicy.PolicyDocument.Statement.1',
        { ...allow('s3:Put*'), Principal: { AWS: [{ 'Fn::GetAtt': 'ShopRole.Arn' }, ROLE] } },
      ],
    ],
    FINE,
  ],
  [
    'LK310',
    'the bucket is encrypted by no key of its own',
    [statement(3, NOTHING), ['OnFailure.BucketEncryption', undefined]],
    FINE,
  ],
  ['LK311', 'a topic of the list is no text', [onMapping('Topics', [['x']])], UNDECIDED],
  ['LK311', 'what is said beside IAM is no way in', [NO_READING, BY_SECRET('VPC_SUBNET')], ERROR],
  ['LK311', 'a way in is named like what every object has', [NO_READING, BY_SECRET('constructor')], ERROR],
  ...['Connect', 'WriteDataIdempotently'].map((name): Row => [
    'LK604',
    `the role may only ${name} on the cluster`,
    [['ShopPolicy.PolicyDocument.Statement.0.Action', `kafka-cluster:${name}`]],
    ERROR,
  ]),
  ...['DescribeTopic', 'WriteData'].map((name): Row => [
    'LK604',
    `the role may only ${name} on the topic`,
    [
      [
        'ShopPolicy.PolicyDocument.Statement.1.Action',
        [`kafka-cluster:${name}`, 'kafka-cluster:DescribeTopicDynamicConfiguration'],
      ],
    ],
    ERROR,
  ]),
  ['LK604', 'the cluster is not named', [variable('PRODUCER_Shop', { cluster: undefined })], UNDECIDED],
  [
    'LK604',
    'the producer comes in with a password',
    [['ShopPolicy', undefined], variable('PRODUCER_Shop', { authentication: 'scram' })],
    FINE,
  ],
  ['LK310', 'the destination is known only at deploy', [onMapping(DESTINATION, TOKEN)], UNDECIDED],
  [
    'LK311',
    'interfaces may be looked at one by one, which nobody can',
    [
      UNMANAGED,
      statement(4, allow(['kafka:*', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'])),
      statement(5, allow('ec2:Describe*', 'arn:aws:ec2:*:*:network-interface/*')),
    ],
    ERROR,
  ],
  ['LK312', 'nothing is known of the destination', [onMapping('DestinationConfig', TOKEN)], UNDECIDED],
  ['LK312', 'there is no destination', [onMapping('DestinationConfig', undefined)], FINE],
];
