import { ERROR, WARNING, UNDECIDED, FINE, NOT_A_SWEEPER, type Row } from '../row';
import { TOKEN, variable, type Edit } from '../support';

const RULE: Edit = [
  'Rule',
  { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'shop', Arn: { 'Fn::GetAtt': 'Shop.Arn' } }] } },
];
const keyThrough = (keys: Record<string, string>): Edit => [
  'ShopPolicy.PolicyDocument.Statement.3.Condition',
  { StringLike: keys },
];

/** What rules on producing functions and their callers answer. */
export const PRODUCERS: readonly Row[] = [
  ['LK601', 'the leader alone acknowledges', [variable('PRODUCER_Shop', { acks: 1 })], ERROR],
  ['LK601', 'a deploy decides', [variable('PRODUCER_Shop', { acks: '${Open}' })], UNDECIDED],
  ['LK602', 'deadline and spill time fill the timeout', [['Shop.Timeout', 25]], ERROR],
  ['LK602', 'a millisecond is left', [variable('PRODUCER_Shop', { deadlineMs: 22_999 })], FINE],
  [
    'LK602',
    'the HTTP API gives up first',
    [['Shop.Timeout', 300], variable('PRODUCER_Shop', { deadlineMs: 24_000 })],
    ERROR,
  ],
  [
    'LK602',
    'no HTTP API waits',
    [['Api', undefined], ['Shop.Timeout', 300], variable('PRODUCER_Shop', { deadlineMs: 24_000 })],
    FINE,
  ],
  ['LK602', 'a deploy decides', [['Shop.Timeout', TOKEN]], UNDECIDED],
  [
    'LK603',
    'events have nowhere to go and are dropped',
    [variable('PRODUCER_Shop', { spill: undefined, onRejected: { kind: 'drop', reason: 'test' } })],
    ERROR,
  ],
  ['LK603', 'events have nowhere to go', [variable('PRODUCER_Shop', { spill: '' })], WARNING],
  ['LK603', 'the variable is no JSON', [['Shop.Environment.Variables.LOSSLESS_PRODUCER_Shop', TOKEN]], UNDECIDED],
  [
    'LK604',
    'the role may not write',
    [['ShopPolicy.PolicyDocument.Statement.1.Action', 'kafka-cluster:DescribeTopic*']],
    ERROR,
  ],
  [
    'LK604',
    'the role may not look at the settings',
    [['ShopPolicy.PolicyDocument.Statement.1.Action', ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData']]],
    WARNING,
  ],
  [
    'LK604',
    'the policy belongs to another role',
    [['ShopPolicy.Roles', [{ Ref: 'BillingRole' }]]],
    ['error', 'warning'],
  ],
  ['LK604', 'the role lies elsewhere', [['Shop.Role', TOKEN]], UNDECIDED],
  [
    'LK605',
    'the role may not spill',
    [NOT_A_SWEEPER, ['ShopPolicy.PolicyDocument.Statement.2.Resource', { 'Fn::Sub': '${DeadLetters.Arn}/*' }]],
    ERROR,
  ],
  [
    'LK605',
    'the role may not put at all',
    [NOT_A_SWEEPER, ['ShopPolicy.PolicyDocument.Statement.2.Action', 's3:Get*']],
    ERROR,
  ],
  ['LK605', 'it replays, and may not spill', [['ShopPolicy.PolicyDocument.Statement.2.Action', 's3:Get*']], FINE],
  [
    'LK605',
    'the role may not use the key',
    [NOT_A_SWEEPER, ['ShopPolicy.PolicyDocument.Statement.3.Resource', 'arn:aws:kms:*:*:alias/x']],
    ERROR,
  ],
  ['LK605', 'the role may use the key by way of S3', [NOT_A_SWEEPER, keyThrough({ 'kms:ViaService': 's3.*' })], FINE],
  [
    'LK605',
    'the role may use the key by way of SQS',
    [NOT_A_SWEEPER, keyThrough({ 'kms:ViaService': 'sqs.*' })],
    ERROR,
  ],
  [
    'LK605',
    'the role may use the key by way of S3, and on some condition',
    [NOT_A_SWEEPER, keyThrough({ 'kms:ViaService': 's3.*', 'aws:SourceVpce': 'vpce-1' })],
    UNDECIDED,
  ],
  ['LK606', 'the function is outside the network', [['Shop.VpcConfig', undefined]], ERROR],
  ['LK606', 'the brokers do not let it in', [['ShopIn', undefined]], ERROR],
  ['LK606', 'the brokers let it in on other ports', [['ShopIn.ToPort', 9097]], ERROR],
  ['LK606', 'the group of the function lies elsewhere', [['Shop.VpcConfig.SecurityGroupIds', [TOKEN]]], UNDECIDED],
  ['LK607', 'a rule invokes it and nothing takes what fails', [RULE, NOT_A_SWEEPER], ERROR],
  ['LK607', 'a rule invokes a function that sweeps', [RULE], FINE],
  [
    'LK607',
    'a queue takes what fails',
    [RULE, NOT_A_SWEEPER, ['Shop.DeadLetterConfig', { TargetArn: 'arn:aws:sqs:eu-west-1:1:q' }]],
    FINE,
  ],
  ['LK607', 'a deploy decides', [RULE, NOT_A_SWEEPER, ['Shop.DeadLetterConfig', TOKEN]], UNDECIDED],
];
