import fc from 'fast-check';
import { findingsAmong, findingsOf, templateFrom } from '../../rules';

/** A condition, a value and a parameter as the test understands them, apart from how the rules read them. */
type Expression =
  | { readonly kind: 'is'; readonly parameter: string; readonly value: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };
type Factor = 2 | 3 | { readonly when: Expression; readonly then: Factor; readonly otherwise: Factor };
type Declared = 'allowed' | 'allowed and defaulted' | 'defaulted' | 'open';
type Values = Readonly<Record<string, string>>;

const VALUES = ['a', 'b', 'c'];
const NAMES = ['P', 'Q', 'R'];

const expression = fc.letrec<{ node: Expression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({
      kind: fc.constant('is' as const),
      parameter: fc.constantFrom(...NAMES),
      value: fc.constantFrom(...VALUES),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('node') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).node;

const factor = fc.letrec<{ node: Factor }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(2 as const, 3 as const),
    fc.record({ when: expression, then: tie('node'), otherwise: tie('node') }),
  ),
})).node;

const template = fc.record({
  declared: fc.record(
    Object.fromEntries(
      NAMES.map((name) => [name, fc.constantFrom<Declared>('allowed', 'allowed and defaulted', 'defaulted', 'open')]),
    ),
  ),
  factor,
  exists: fc.option(expression),
});

function written(expression: Expression): unknown {
  switch (expression.kind) {
    case 'is':
      return { 'Fn::Equals': [{ Ref: expression.parameter }, expression.value] };
    case 'not':
      return { 'Fn::Not': [written(expression.of)] };
    case 'and':
      return { 'Fn::And': expression.of.map(written) };
    case 'or':
      return { 'Fn::Or': expression.of.map(written) };
  }
}

function holds(expression: Expression, values: Values): boolean {
  switch (expression.kind) {
    case 'is':
      return values[expression.parameter] === expression.value;
    case 'not':
      return !holds(expression.of, values);
    case 'and':
      return expression.of.every((each) => holds(each, values));
    case 'or':
      return expression.of.some((each) => holds(each, values));
  }
}

const factorIn = (of: Factor, values: Values): number =>
  typeof of === 'number' ? of : factorIn(holds(of.when, values) ? of.then : of.otherwise, values);

const DECLARATIONS: Readonly<Record<Declared, object>> = {
  allowed: { AllowedValues: VALUES },
  'allowed and defaulted': { AllowedValues: VALUES, Default: 'a' },
  defaulted: { Default: 'a' },
  open: {},
};

function templateOf(declared: Readonly<Record<string, Declared>>, of: Factor, exists: Expression | null): object {
  const Conditions: Record<string, unknown> = {};
  const named = (when: Expression): string => {
    const name = `C${Object.keys(Conditions).length}`;
    Conditions[name] = written(when);
    return name;
  };
  const value = (each: Factor): unknown =>
    typeof each === 'number' ? each : { 'Fn::If': [named(each.when), value(each.then), value(each.otherwise)] };
  const Topic = {
    Type: 'AWS::MSK::Topic',
    ...(exists && { Condition: named(exists) }),
    Properties: { ClusterArn: 'arn:aws:kafka:x:1:cluster/a/b', TopicName: 'orders', ReplicationFactor: value(of) },
  };
  const Parameters = Object.fromEntries(
    Object.entries(declared).map(([name, kind]) => [name, { Type: 'String', ...DECLARATIONS[kind] }]),
  );
  return { Parameters, Conditions, Resources: { Topic } };
}

/** Every way to give the parameters a value; of those with a default alone, only that, or any. */
function ways(declared: Readonly<Record<string, Declared>>, defaultsKept: boolean): Values[] {
  return Object.entries(declared).reduce<Values[]>(
    (all, [name, kind]) => {
      const any = kind.startsWith('allowed') ? VALUES : [...VALUES, 'another'];
      const values = kind === 'defaulted' && defaultsKept ? ['a'] : any;
      return all.flatMap((others) => values.map((value) => ({ ...others, [name]: value })));
    },
    [{}],
  );
}

const answerOf = (parsed: unknown): string =>
  findingsOf(parsed).find(({ code, property }) => code === 'LK201' && property === 'ReplicationFactor')?.status ??
  'pass';

test('the answer is that of trying every value of every parameter', () => {
  fc.assert(
    fc.property(template, ({ declared, factor: of, exists }) => {
      const loses = (values: Values): boolean =>
        (exists === null || holds(exists, values)) && factorIn(of, values) === 2;
      const expected = ways(declared, true).some(loses)
        ? 'fail'
        : ways(declared, false).some(loses)
          ? 'undecided'
          : 'pass';
      expect(answerOf(templateOf(declared, of, exists))).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('with every parameter given, the answer is that of the values given', () => {
  fc.assert(
    fc.property(
      template,
      fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom(...VALUES)]))),
      ({ declared, factor: of, exists }, values) => {
        const loses = (exists === null || holds(exists, values)) && factorIn(of, values) === 2;
        const stack = { file: '', template: templateFrom(templateOf(declared, of, exists)) };
        const found = findingsAmong([stack], values).flat();
        const failed = found.some(({ code, status }) => code === 'LK201' && status === 'fail');
        expect(failed).toBe(loses);
        expect(found.filter(({ code, status }) => code === 'LK201' && status === 'undecided')).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});

const topic = (ReplicationFactor: unknown, more: object = {}) => ({
  Type: 'AWS::MSK::Topic',
  Properties: { ClusterArn: 'arn:aws:kafka:x:1:cluster/a/b', TopicName: 'orders', ReplicationFactor },
  ...more,
});
const factorOf = (parsed: unknown) =>
  findingsOf(parsed).filter(({ code, property }) => code === 'LK201' && property === 'ReplicationFactor');

describe('a parameter', () => {
  const given = (declaration: object) =>
    factorOf({ Parameters: { Factor: declaration }, Resources: { Topic: topic({ Ref: 'Factor' }) } });

  test.each<[string, object, string[]]>([
    [
      'that may lose by an allowed value fails, and says by which',
      { Type: 'Number', Default: 3, AllowedValues: [3, 1] },
      ['fail: 1, when Factor is 1'],
    ],
    ['whose values are all right is right', { Type: 'Number', Default: 3, AllowedValues: [3, 4] }, []],
    ['whose default loses fails', { Type: 'Number', Default: 2 }, ['fail: 2']],
    [
      'that is right by default alone is undecided, and named',
      { Type: 'Number', Default: 3 },
      ['undecided: Factor is known only at deploy, as Factor (3 by default) may be given another value'],
    ],
    ['whose bounds are right is right', { Type: 'Number', Default: 3, MinValue: 3 }, []],
    [
      'whose lower bound loses is undecided, and named',
      { Type: 'Number', Default: 3, MinValue: 1, MaxValue: 5 },
      ['undecided: 1, when Factor is 1, as Factor (3 by default) may be given another value'],
    ],
    ['without a default fails by a bound', { Type: 'Number', MinValue: 1, MaxValue: 5 }, ['fail: 1, when Factor is 1']],
    [
      'of SSM is known only at deploy',
      { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/factor' },
      ['undecided: Factor is known only at deploy'],
    ],
  ])('%s', (_what, declaration, expected) => {
    expect(given(declaration).map(({ status, found }) => `${status}: ${found}`)).toEqual(expected);
  });

  test('of the CDK itself, and one that is but a name, leave nothing open', () => {
    const Parameters = {
      BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
      Stage: { Type: 'String', Default: 'dev' },
    };
    const Topic = topic(3);
    const named = { ...Topic, Properties: { ...Topic.Properties, TopicName: { 'Fn::Sub': '${Stage}-orders' } } };
    expect(factorOf({ Parameters, Resources: { Topic: named } })).toEqual([]);
  });
});

describe('more conditions than can all be tried', () => {
  const count = 30;
  const names = Array.from({ length: count }, (_, n) => `C${n}`);
  const sections = {
    Parameters: Object.fromEntries(names.map((name) => [`P${name}`, { Type: 'String' }])),
    Conditions: Object.fromEntries(names.map((name) => [name, { 'Fn::Equals': [{ Ref: `P${name}` }, 'yes'] }])),
  };

  test('are no matter for a resource that only one of them reaches', () => {
    const Resources = Object.fromEntries(
      names.map((name, n) => [`T${n}`, topic({ 'Fn::If': [name, 3, n === 17 ? 2 : 3] }, { Condition: name })]),
    );
    expect(factorOf({ ...sections, Resources })).toEqual([]);
    const Lost = topic({ 'Fn::If': ['C17', 3, 2] });
    expect(factorOf({ ...sections, Resources: { ...Resources, Lost } })).toMatchObject([
      { status: 'fail', logicalId: 'Lost', found: '2, when PC17 is not yes' },
    ]);
  });

  test('are undecided where all of them reach one resource, and nothing is found by then', () => {
    const Name = names.map((name) => ({ 'Fn::If': [name, 'x', 'y'] }));
    const ServerProperties = { 'Fn::Join': ['\n', [...Name, 'min.insync.replicas=2']] };
    const Resources = {
      Topic: topic(3),
      Configuration: { Type: 'AWS::MSK::Configuration', Properties: { Name: 'x', ServerProperties } },
      Cluster: {
        Type: 'AWS::MSK::Cluster',
        Properties: { ConfigurationInfo: { Arn: { Ref: 'Configuration' }, Revision: 1 }, NumberOfBrokerNodes: 3 },
      },
    };
    const found = findingsOf({ ...sections, Resources }).filter(({ code }) => code === 'LK102');
    expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['undecided']));
  });
});
