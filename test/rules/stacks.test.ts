import { findingsAmong, templateFrom, type Stack } from '../../rules';
import { topicOf } from '../cli/topic';
import { edited, TOKEN, type Edit } from './support';

type Node = Record<string, unknown>;

/** plain.yaml in two stacks: the network and the cluster in one, whoever uses them in the other, as the CDK takes them apart. */
const CLUSTER_SIDE = [
  ...['Vpc', 'SubnetA', 'SubnetB', 'SubnetC', 'BrokerGroup', 'Pollers', 'Key'],
  ...['Configuration', 'Cluster', 'Storage', 'Growth', 'Topic'],
];

/** What one template says to another in place of a reference. */
type Hand = (name: string) => unknown;

function apart(inner: readonly string[], hand: Hand, ...edits: readonly Edit[]) {
  const { Resources, Parameters } = edited('plain.yaml', ...edits);
  const asked = new Map<string, unknown>();
  const taken = (name: string, value: unknown): unknown => {
    if (!inner.includes(name.split('.')[0] ?? '')) return value;
    asked.set(name, value);
    return hand(name);
  };
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Node & { 'Fn::GetAtt'?: string | string[] };
    if (typeof Ref === 'string') return taken(Ref, value);
    if (attribute !== undefined) return taken([attribute].flat().join('.'), value);
    if (typeof text === 'string') {
      const names = [...text.matchAll(/\$\{([\w.]+)\}/g)].map(([, name = '']) => name);
      const given = names.map((name) => {
        const reference = name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name };
        return [name, taken(name, reference)] as const;
      });
      return { 'Fn::Sub': [text, Object.fromEntries(given)] };
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, moved(item)]));
  };
  const entries = Object.entries(Resources);
  const app = entries.filter(([id]) => !inner.includes(id)).map(([id, resource]) => [id, moved(resource)] as const);
  return {
    own: { Parameters, Resources: Object.fromEntries(entries.filter(([id]) => inner.includes(id))) },
    app: { Parameters, Resources: Object.fromEntries(app) },
    asked,
  };
}

const stack = (file: string, template: unknown, parent?: Stack['parent']): Stack => ({
  file: `cdk.out/${file}.template.json`,
  template: templateFrom(template),
  ...(parent && { parent }),
});

const exported = (name: string): string => `Cluster:ExportsOutput${name.replace('.', '')}`;

/** Two stacks, and exports from the one to the other. */
function siblings(...edits: readonly Edit[]): { cluster: Node; app: Node } {
  const { own, app, asked } = apart(CLUSTER_SIDE, (name) => ({ 'Fn::ImportValue': exported(name) }), ...edits);
  const Outputs = Object.fromEntries(
    [...asked].map(([name, Value]) => [name.replace('.', ''), { Value, Export: { Name: exported(name) } }]),
  );
  return { cluster: { ...own, Outputs }, app };
}

const answersOf = (stacks: readonly Stack[]): string[][] =>
  findingsAmong(stacks).map((findings) =>
    findings.map(
      ({ code, status, severity, logicalId }) => `${code} ${status === 'fail' ? severity : status} ${logicalId}`,
    ),
  );
const judged = ({ cluster, app }: { cluster: unknown; app: unknown }) =>
  answersOf([stack('Cluster', cluster), stack('App', app)]);

describe('stacks of one app', () => {
  test('a consumer of a cluster in another stack loses nothing, and nothing is left open', () => {
    expect(judged(siblings())).toEqual([[], []]);
  });

  test('alone, what a stack imports is known only at deploy: no error, and no pass', () => {
    const [findings = []] = answersOf([stack('App', siblings().app)]);
    expect(findings.filter((finding) => !finding.includes(' undecided '))).toEqual([]);
    expect(findings).toEqual(
      expect.arrayContaining(['LK112 undecided Mapping', 'LK311 undecided Mapping', 'LK606 undecided Shop']),
    );
  });

  test.each<[string, Edit, string[][]]>([
    ['its pollers are shut out', ['Pollers.FromPort', 9099], [['LK314 error Cluster'], []]],
    ['its brokers shut the producer out', ['ShopIn.ToPort', 9097], [[], ['LK606 error Shop', 'LK606 error Replay']]],
    [
      'its topic keeps events longer than the consumer remembers',
      LONG(),
      [[], ['LK203 warning Mapping', 'LK401 error Billing']],
    ],
    [
      'its role may read another topic',
      ['BillingRole.Policies.0.PolicyDocument.Statement.0.Resource', '*/bills'],
      [[], ['LK311 error Mapping']],
    ],
  ])('where %s, that is found in the stack that has it', (_when, edit, expected) => {
    expect(judged(siblings(edit))).toEqual(expected);
  });

  test('the order of the stacks changes nothing', () => {
    const { cluster, app } = siblings(['Pollers.FromPort', 9099]);
    expect(answersOf([stack('App', app), stack('Cluster', cluster)])).toEqual([[], ['LK314 error Cluster']]);
  });

  test('two things of one logical id are two things: a right on this key is no pass for that', () => {
    const { cluster, app } = siblings();
    const { Key } = cluster['Resources'] as Node;
    const role = JSON.stringify(app).replaceAll(
      JSON.stringify({ 'Fn::ImportValue': exported('Key.Arn') }),
      (found, at: number, whole: string) =>
        whole.slice(0, at).endsWith('"kms:GenerateDataKey*","Resource":') ? '{"Fn::GetAtt":"Key.Arn"}' : found,
    );
    const changed = JSON.parse(role) as { Resources: Node };
    changed.Resources['Key'] = Key;
    expect(judged({ cluster, app: changed })[1]).toEqual(['LK310 error Mapping', 'LK505 error Billing']);
  });

  test.each<[string, (outputs: Record<string, Node>) => void]>([
    ['under another name', (outputs) => (outputs['ClusterArn']!['Export'] = { Name: 'Another' })],
    ['under a name known only at deploy', (outputs) => (outputs['ClusterArn']!['Export'] = { Name: TOKEN })],
    ['twice', (outputs) => (outputs['Again'] = { Value: 'x', Export: { Name: exported('Cluster.Arn') } })],
    ['without a value', (outputs) => delete outputs['ClusterArn']!['Value']],
    ['in a circle', (outputs) => (outputs['ClusterArn']!['Value'] = { 'Fn::ImportValue': exported('Cluster.Arn') })],
    ['under a condition that does not hold', (outputs) => (outputs['ClusterArn']!['Condition'] = 'Never')],
  ])('a cluster that is exported %s leaves its users open', (_how, change) => {
    const { cluster, app } = siblings();
    change(cluster['Outputs'] as Record<string, Node>);
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    expect(judged({ cluster: { ...cluster, Conditions }, app })[1]).toContain('LK112 undecided Mapping');
  });

  test('an export that a condition decides about is no pass', () => {
    const { cluster, app } = siblings();
    (cluster['Outputs'] as Record<string, Node>)['ClusterArn']!['Condition'] = 'Sometimes';
    const Conditions = { Sometimes: { 'Fn::Equals': [TOKEN, 'yes'] } };
    expect(judged({ cluster: { ...cluster, Conditions }, app })[1]).toContain('LK112 undecided Mapping');
  });

  test('conditions of one name in two stacks are two conditions', () => {
    const { cluster, app } = siblings();
    const Conditions = { Sometimes: { 'Fn::Equals': [TOKEN, 'yes'] } };
    const some = (value: unknown) => ({ 'Fn::If': ['Sometimes', value, { Ref: 'AWS::NoValue' }] });
    const position = (app['Resources'] as Record<string, { Properties: Node }>)['Mapping']!.Properties;
    position['StartingPosition'] = some('TRIM_HORIZON');
    // Here the same name holds always: it must not speak for the other.
    const always = { Sometimes: { 'Fn::Equals': ['yes', 'yes'] } };
    expect(judged({ cluster: { ...cluster, Conditions: always }, app: { ...app, Conditions } })[1]).toContain(
      'LK301 error Mapping',
    );
  });

  test('stacks that have nothing to do with each other do not answer for each other', () => {
    const { own } = apart(CLUSTER_SIDE, () => TOKEN);
    const other = edited('plain.yaml', ['Cluster.ClusterName', 'orders']);
    expect(answersOf([stack('One', own), stack('Two', other)])).toEqual([[], []]);
    const mapping = { Resources: { Mapping: other.Resources['Mapping'] } };
    expect(answersOf([stack('One', other), stack('Two', mapping)])[1]).toContain('LK112 undecided Mapping');
  });
});

function LONG(): Edit {
  return ['Topic.Configs', { 'Fn::Base64': 'message.timestamp.type=LogAppendTime\nretention.ms=2592000000' }];
}

describe('nested stacks', () => {
  const parameter = (name: string): string => `referenceto${name.replace('.', '')}`;

  /** The users of the cluster nested in its stack; what they need comes as parameters. */
  function nestedApp(...edits: readonly Edit[]): Stack[] {
    const { own, app, asked } = apart(CLUSTER_SIDE, (name) => ({ Ref: parameter(name) }), ...edits);
    const Parameters = Object.fromEntries([...asked].map(([name, value]) => [parameter(name), value]));
    const types = Object.fromEntries(Object.keys(Parameters).map((name) => [name, { Type: 'String' }]));
    const Nested = { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters, TemplateURL: TOKEN } };
    const outer = stack('Orders', { ...own, Resources: { ...own.Resources, Nested } });
    const template = { ...app, Parameters: { ...(app.Parameters as Node), ...types } };
    return [outer, stack('OrdersNested.nested', template, { stack: outer, logicalId: 'Nested' })];
  }

  test('what the stack around gives is known', () => {
    expect(answersOf(nestedApp())).toEqual([[], []]);
    expect(answersOf(nestedApp(['Pollers.FromPort', 9099]))).toEqual([['LK314 error Cluster'], []]);
  });

  test('without the stack around, a parameter is known only at deploy', () => {
    const [, inner] = nestedApp();
    const alone = { file: inner!.file, template: inner!.template };
    expect(answersOf([alone])[0]).toContain('LK112 undecided Mapping');
  });

  test('what a nested stack puts out is known around it', () => {
    const { own, app, asked } = apart(CLUSTER_SIDE, (name) => ({
      'Fn::GetAtt': ['Network', `Outputs.${name.replace('.', '')}`],
    }));
    const Outputs = Object.fromEntries([...asked].map(([name, Value]) => [name.replace('.', ''), { Value }]));
    const Network = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: TOKEN } };
    const outer = stack('Orders', { ...app, Resources: { ...app.Resources, Network } });
    const inner = stack('OrdersNetwork.nested', { ...own, Outputs }, { stack: outer, logicalId: 'Network' });
    expect(answersOf([outer, inner])).toEqual([[], []]);
    expect(answersOf([outer])[0]).toContain('LK112 undecided Mapping');
  });

  test('one template nested twice is two stacks, each with what it is given', () => {
    const nested = (Replicas: unknown) => ({
      Type: 'AWS::CloudFormation::Stack',
      Properties: { Parameters: { Replicas } },
    });
    const outer = stack('App', { Resources: { Three: nested(3), Two: nested('2') } });
    const Resources = {
      Topic: edited('plain.yaml', ['Topic.ReplicationFactor', { Ref: 'Replicas' }]).Resources['Topic'],
    };
    const inner = (logicalId: string) =>
      stack('Topic.nested', { Parameters: { Replicas: { Type: 'Number' } }, Resources }, { stack: outer, logicalId });
    const replication = answersOf([outer, inner('Three'), inner('Two')]).map((found) =>
      found.filter((finding) => finding.startsWith('LK201')),
    );
    expect(replication).toEqual([[], [], ['LK201 error Topic']]);
  });

  test.each([
    ['a list in one text', 'List<AWS::EC2::Subnet::Id>', 'subnet-a, subnet-b', 'error'],
    ['a list of what a deploy knows', 'CommaDelimitedList', { 'Fn::Sub': '${Open},${Open}' }, 'undecided'],
    ['the name of an SSM parameter', 'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>', '/subnets', 'undecided'],
  ])('%s is given as it is meant', (_what, Type, Subnets, expected) => {
    const nested = { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters: { Subnets } } };
    const outer = stack('App', { Parameters: { Open: { Type: 'String' } }, Resources: { Nested: nested } });
    const { Cluster } = edited('plain.yaml', [
      'Cluster.BrokerNodeGroupInfo.ClientSubnets',
      { Ref: 'Subnets' },
    ]).Resources;
    const template = { Parameters: { Subnets: { Type } }, Resources: { Cluster } };
    const [, found = []] = answersOf([outer, stack('Inner.nested', template, { stack: outer, logicalId: 'Nested' })]);
    expect(found.filter((finding) => finding.startsWith('LK106'))).toEqual([`LK106 ${expected} Cluster`]);
  });
});

describe('rules of a nested stack', () => {
  const PROD = { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] };
  const nested = (given: unknown, more: object = {}) => {
    const outer = stack('Outer', {
      Parameters: {
        Stage: { Type: 'String', AllowedValues: ['prod', 'dev'] },
        Replicas: { Type: 'Number', AllowedValues: [1, 3] },
      },
      Conditions: { Prod: PROD },
      Resources: {
        Inner: { Type: 'AWS::CloudFormation::Stack', Properties: { Parameters: { Replicas: given } }, ...more },
        Topic: topicOf({ Ref: 'Replicas' }),
      },
    });
    const inner = stack(
      'Inner',
      {
        Parameters: { Replicas: { Type: 'Number' } },
        Rules: { Three: { Assertions: [{ Assert: { 'Fn::Equals': [{ Ref: 'Replicas' }, 3] } }] } },
        Resources: {},
      },
      { stack: outer, logicalId: 'Inner' },
    );
    return [outer, inner];
  };
  const replicas = (stacks: readonly Stack[], given = {}) =>
    findingsAmong(stacks, given)
      .flat()
      .filter(({ code }) => code === 'LK201')
      .map(({ status, found }) => `${status}: ${found}`);

  test('refuse what the stack around it gives', () => {
    expect(replicas(nested({ Ref: 'Replicas' }))).toEqual([]);
  });

  test('refuse nothing where it is not there', () => {
    expect(replicas(nested({ Ref: 'Replicas' }, { Condition: 'Prod' }))).toEqual(['fail: 1, when Outer/Replicas is 1']);
  });

  test('are not asked about what is given to the stack around it under the same name', () => {
    expect(replicas(nested(1), { Replicas: '3' })).toEqual([]);
    expect(replicas(nested(1), { Replicas: '1' })).toEqual(['fail: 1']);
  });
});
