import { findingsOf, TemplateError } from '../../rules';
import { Template } from 'aws-cdk-lib/assertions';
import { OrdersStack } from '../../examples/orders/stack';
import { newApp } from '../lib/support';
import { edited, shape, TOKEN, type Edit } from './support';

/** A seeded stream of whole numbers: a failure can be played again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What templates of others hold, by mistake or with a meaning unknown here. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'LATEST',
  '\uE000#x\uE001',
  '__proto__',
  'constructor',
  [],
  {},
  [[[]]],
  { Ref: 'Cluster' },
  { Ref: 'Nowhere' },
  { Ref: null },
  { Ref: 'AWS::NoValue' },
  { 'Fn::GetAtt': [] },
  { 'Fn::GetAtt': ['Mapping', { Ref: 'Stage' }] },
  { 'Fn::Sub': '${Cluster.Arn}${!x}${' },
  { 'Fn::Sub': ['${a}', { a: { 'Fn::Sub': '${b}' } }] },
  { 'Fn::Join': ['', { Ref: 'Subnets' }] },
  { 'Fn::Join': 7 },
  { 'Fn::Select': [9, ['a']] },
  { 'Fn::Select': ['x', { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] },
  { 'Fn::Split': [',', 5] },
  { 'Fn::If': ['Production', { Ref: 'AWS::NoValue' }, 'TRIM_HORIZON'] },
  { 'Fn::If': ['Unheard', 1, 2] },
  { 'Fn::FindInMap': ['Sizes', 'nowhere', 'type'] },
  { 'Fn::ForEach::X': ['Y', ['a'], {}] },
  { 'Fn::Base64': { 'Fn::Base64': 'x' } },
  { 'Fn::ImportValue': { 'Fn::Sub': '${AWS::StackName}-x' } },
  { 'Fn::Unheard': { Ref: 'Cluster' } },
  '{{resolve:ssm:/x:1}}',
];

type Node = Record<string | number, unknown>;

/** Removes, replaces, moves or wraps one value somewhere in the template. */
function mutate(template: Node, random: (below: number) => number): void {
  let at = template;
  let key: string | number = 'Resources';
  for (let depth = 0; depth < 12; depth++) {
    const keys = Object.keys(at);
    key = keys[random(keys.length)] ?? 'Resources';
    const next = at[key];
    if (typeof next !== 'object' || next === null || Object.keys(next).length === 0 || random(5) === 0) break;
    at = next as Node;
  }
  switch (random(5)) {
    case 0:
      delete at[key];
      break;
    case 1:
      at[key] = { 'Fn::If': ['Production', at[key], JUNK[random(JUNK.length)]] };
      break;
    case 2:
      at[key] = [at[key]];
      break;
    case 3:
      at[`${key}X`] = at[key];
      break;
    default:
      at[key] = structuredClone(JUNK[random(JUNK.length)]);
  }
}

/** The template of the sample, as the CDK writes it. */
const sample = JSON.stringify(Template.fromStack(new OrdersStack(newApp(), 'Orders')).toJSON());
const fresh = (name: string): object => (name === 'the sample' ? (JSON.parse(sample) as object) : shape(name));

/** Most to the cheapest: a template of the sample's size takes seven times as long. */
const COUNTS = {
  'the sample': 100,
  'plain.yaml': 150,
  'serverless.yaml': 1000,
  'self-managed.yaml': 8000,
  'express.json': 800,
} as const;

test.each(Object.entries(COUNTS))('%s, mutated %d times, is judged or refused in words', (name, count) => {
  const random = numbers(count);
  let judged = 0;
  for (let n = 0; n < count; n++) {
    const template = fresh(name) as Node;
    for (let edits = 1 + random(3); edits > 0; edits--) mutate(template, random);
    try {
      judged += findingsOf(template).every(({ message }) => message.length > 0) ? 1 : 0;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw new Error(`${name}: ${JSON.stringify(template)}`, { cause: error });
      expect(error.message).toMatch(/^template: .+: got .+, want .+; .+|^template: got .+, want .+; .+/);
      judged += 1;
    }
  }
  expect(judged).toBe(count);
});

test('ten thousand mutated templates are tried', () => {
  expect(Object.values(COUNTS).reduce((sum: number, count) => sum + count, 0)).toBeGreaterThan(10_000);
});

/** Settings of plain.yaml on which an event depends. */
const SAFE = [
  'Configuration.ServerProperties',
  'Cluster.ConfigurationInfo',
  'Cluster.ConfigurationInfo.Arn',
  'Cluster.ConfigurationInfo.Revision',
  'Cluster.NumberOfBrokerNodes',
  'Cluster.BrokerNodeGroupInfo',
  'Cluster.BrokerNodeGroupInfo.ClientSubnets',
  'Cluster.BrokerNodeGroupInfo.SecurityGroups',
  'Cluster.ClientAuthentication',
  'Cluster.ClientAuthentication.Sasl',
  'Cluster.ClientAuthentication.Sasl.Iam.Enabled',
  'Cluster.KafkaVersion',
  'Cluster!DeletionPolicy',
  'Cluster!UpdateReplacePolicy',
  'Storage.ResourceId',
  'Growth.ScalingTargetId',
  'Topic.ReplicationFactor',
  'Topic!DeletionPolicy',
  'Table!DeletionPolicy',
  'Key!UpdateReplacePolicy',
  'Spill!DeletionPolicy',
  'Mapping.StartingPosition',
  'Mapping.DestinationConfig',
  'Mapping.DestinationConfig.OnFailure',
  'Mapping.DestinationConfig.OnFailure.Destination',
  'Mapping.ProvisionedPollerConfig',
  'Mapping.AmazonManagedKafkaEventSourceConfig',
  'Mapping.FunctionResponseTypes',
  'Mapping.MaximumRetryAttempts',
  'Mapping.FunctionName',
  'Billing.Timeout',
  'Billing.Role',
  'BillingRole.Policies',
  'BillingRole.ManagedPolicyArns',
  'Pollers.GroupId',
  'Pollers.SourceSecurityGroupId',
  'ShopIn.SourceSecurityGroupId',
  'Shop.VpcConfig',
  'Shop.Timeout',
  'Shop.Role',
  'ShopPolicy.Roles',
  'ShopPolicy.PolicyDocument',
  'DeadLetters.PublicAccessBlockConfiguration.BlockPublicAcls',
  'Spill.VersioningConfiguration',
  'OnFailure!DeletionPolicy',
  'DeadLettersPolicy.Bucket',
  'DeadLettersPolicy.PolicyDocument',
  'Table.PointInTimeRecoverySpecification',
] as const;

const WORSE: readonly (readonly [what: string, value: unknown])[] = [
  ['gone', undefined],
  ['known at deploy', TOKEN],
  ['of an unknown function', { 'Fn::Unheard': 1 }],
  ['under an undeclared condition', { 'Fn::If': ['Unheard', 1, 2] }],
  ['of the wrong type', [{ Wrong: 'type' }]],
];
/** Not worse: what cannot be read may be what was there. It is no pass where it is asked for, and here it is not. */
const unharmed = new Set(['Configuration.ServerProperties gone']);

test.each(SAFE.flatMap((path) => WORSE.map(([what, value]): [string, string, Edit] => [path, what, [path, value]])))(
  '%s %s changes the answer',
  (path, what, edit) => {
    const findings = findingsOf(edited('plain.yaml', edit));
    expect(unharmed.has(`${path} ${what}`) || findings.length > 0).toBe(true);
  },
);

test.each(SAFE)('%s, safe under one condition alone, is no pass', (path) => {
  const template = edited('plain.yaml');
  const [id = '', ...keys] = path.split(/[.!]/);
  let at = template.Resources[id] as Node;
  const whole = path.includes('!') ? keys : ['Properties', ...keys];
  for (const key of whole.slice(0, -1)) at = at[key] as Node;
  const last = whole.at(-1) ?? '';
  at[last] = { 'Fn::If': ['Sometimes', at[last], { Ref: 'AWS::NoValue' }] };
  const conditional = { ...template, Conditions: { Sometimes: { 'Fn::Equals': [TOKEN, 'yes'] } } };
  expect(findingsOf(conditional).length).toBeGreaterThan(0);
});
