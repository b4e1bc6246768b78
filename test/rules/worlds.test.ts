import fc from 'fast-check';
import { findingsAmong, findingsOf, templateFrom } from '../../rules';

/** A condition, a value and a parameter as the test understands them, apart from how the rules read them. */
type Expression =
  | { readonly kind: 'is'; readonly parameter: string; readonly value: string }
  // In rules alone.
  | { readonly kind: 'among'; readonly parameter: string; readonly values: readonly string[] }
  | { readonly kind: 'each'; readonly parameters: readonly string[]; readonly values: readonly string[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };
type Factor = 2 | 3 | { readonly when: Expression; readonly then: Factor; readonly otherwise: Factor };
interface Asserted {
  readonly when: Expression | null;
  readonly asserts: readonly Expression[];
}
type Declared = 'allowed' | 'allowed and defaulted' | 'defaulted' | 'open';
type Values = Readonly<Record<string, string>>;

const VALUES = ['a', 'b', 'c'];
const NAMES = ['P', 'Q', 'R'];

const made = (of: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> =>
  fc.letrec<{ node: Expression }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      of,
      fc.record({ kind: fc.constant('not' as const), of: tie('node') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  })).node;

const parameter = fc.constantFrom(...NAMES);
const values = fc.subarray(VALUES, { minLength: 1 });
const is = fc.record({ kind: fc.constant('is' as const), parameter, value: fc.constantFrom(...VALUES) });
const expression = made(is);
const assertion = made(
  fc.oneof(
    is,
    fc.record({ kind: fc.constant('among' as const), parameter, values }),
    fc.record({ kind: fc.constant('each' as const), parameters: fc.subarray(NAMES, { minLength: 1 }), values }),
    fc.constant({ kind: 'open' as const }),
  ),
);
const rules = fc.array(
  fc.record({ when: fc.option(assertion), asserts: fc.array(assertion, { minLength: 1, maxLength: 2 }) }),
  { maxLength: 2 },
);

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
  rules,
});

function written(expression: Expression): unknown {
  switch (expression.kind) {
    case 'is':
      return { 'Fn::Equals': [{ Ref: expression.parameter }, expression.value] };
    case 'among':
      return { 'Fn::Contains': [expression.values, { Ref: expression.parameter }] };
    case 'each':
      return { 'Fn::EachMemberIn': [expression.parameters.map((Ref) => ({ Ref })), expression.values] };
    case 'open':
      return { 'Fn::Equals': [{ 'Fn::ValueOf': ['Network', 'Tags.stage'] }, 'prod'] };
    case 'not':
      return { 'Fn::Not': [written(expression.of)] };
    case 'and':
      return { 'Fn::And': expression.of.map(written) };
    case 'or':
      return { 'Fn::Or': expression.of.map(written) };
  }
}

/** Undefined where only AWS knows. */
function holds(expression: Expression, values: Values): boolean | undefined {
  switch (expression.kind) {
    case 'is':
      return values[expression.parameter] === expression.value;
    case 'among':
      return expression.values.includes(values[expression.parameter] ?? '');
    case 'each':
      return expression.parameters.every((name) => expression.values.includes(values[name] ?? ''));
    case 'open':
      return undefined;
    case 'not': {
      const of = holds(expression.of, values);
      return of === undefined ? undefined : !of;
    }
    case 'and':
    case 'or': {
      const decisive = expression.kind === 'or';
      const all = expression.of.map((each) => holds(each, values));
      return all.includes(decisive) ? decisive : all.includes(undefined) ? undefined : !decisive;
    }
  }
}

/** Whether CloudFormation deploys with the values, as far as that can be told. */
const isTaken = (asserted: readonly Asserted[], values: Values): boolean =>
  asserted.every(
    ({ when, asserts }) =>
      (when !== null && holds(when, values) !== true) || asserts.every((each) => holds(each, values) !== false),
  );

const factorIn = (of: Factor, values: Values): number =>
  typeof of === 'number' ? of : factorIn(holds(of.when, values) === true ? of.then : of.otherwise, values);

const DECLARATIONS: Readonly<Record<Declared, object>> = {
  allowed: { AllowedValues: VALUES },
  'allowed and defaulted': { AllowedValues: VALUES, Default: 'a' },
  defaulted: { Default: 'a' },
  open: {},
};

function templateOf(
  declared: Readonly<Record<string, Declared>>,
  of: Factor,
  exists: Expression | null,
  asserted: readonly Asserted[],
): object {
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
  const Rules = Object.fromEntries(
    asserted.map(({ when, asserts }, n) => [
      `Rule${n}`,
      {
        ...(when && { RuleCondition: written(when) }),
        Assertions: asserts.map((each) => ({ Assert: written(each), AssertDescription: `rule ${n}` })),
      },
    ]),
  );
  return { Parameters, Conditions, Rules, Resources: { Topic } };
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

test('the answer is that of trying every value of every parameter that the rules of the template take', () => {
  fc.assert(
    fc.property(template, ({ declared, factor: of, exists, rules: asserted }) => {
      const loses = (values: Values): boolean =>
        (exists === null || holds(exists, values) === true) && factorIn(of, values) === 2;
      // Rules that nothing meets are not believed.
      const believed = ways(declared, false).some((values) => isTaken(asserted, values)) ? asserted : [];
      const losing = (defaultsKept: boolean) =>
        ways(declared, defaultsKept).some((values) => isTaken(believed, values) && loses(values));
      const expected = losing(true) ? 'fail' : losing(false) ? 'undecided' : 'pass';
      expect(answerOf(templateOf(declared, of, exists, asserted))).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('with every parameter given, the answer is that of the values given, unless the rules of the template refuse them', () => {
  fc.assert(
    fc.property(
      template,
      fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom(...VALUES)]))),
      ({ declared, factor: of, exists, rules: asserted }, values) => {
        const loses = (exists === null || holds(exists, values) === true) && factorIn(of, values) === 2;
        const stack = { file: '', template: templateFrom(templateOf(declared, of, exists, asserted)) };
        const judged = () => findingsAmong([stack], values).flat();
        if (!isTaken(asserted, values)) return expect(judged).toThrow(/got parameters that it refuses/);
        const found = judged();
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

  const small = { Type: 'Number', MinValue: 1, MaxValue: 5 };
  const asserting = (...Assertions: object[]) => ({
    Safe: { Assertions: Assertions.map((Assert) => ({ Assert, AssertDescription: 'three copies' })) },
  });
  const FACTOR = { Ref: 'Factor' };

  test.each<[string, object, object, string[]]>([
    [
      'whose losing value a rule refuses is right',
      { Type: 'Number', AllowedValues: [1, 3] },
      asserting({ 'Fn::Equals': [FACTOR, 3] }),
      [],
    ],
    [
      'that a rule takes among a few is right',
      { Type: 'String' },
      asserting({ 'Fn::Contains': [['3', '4'], FACTOR] }),
      [],
    ],
    [
      'that loses where a rule does not apply fails, and says when',
      { Type: 'Number', AllowedValues: [1, 3] },
      { Safe: { RuleCondition: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] }, ...asserting({ 'Fn::Equals': [FACTOR, 3] }).Safe } }, // prettier-ignore
      ['fail: 1, when Factor is 1'],
    ],
    [
      'of which a rule refuses the end of its range loses by the next number',
      small,
      asserting({ 'Fn::Not': [{ 'Fn::Equals': [FACTOR, 1] }] }),
      ['fail: 2, when Factor is 2'],
    ],
    [
      'about which a rule asks AWS may be each of its values',
      { Type: 'Number', AllowedValues: [1, 3] },
      asserting({ 'Fn::Equals': [FACTOR, { 'Fn::ValueOf': ['Network', 'Tags.copies'] }] }),
      ['fail: 1, when Factor is 1'],
    ],
    [
      'whose default a rule refuses is judged by what else it may be',
      { Type: 'String', Default: '1' },
      asserting({ 'Fn::Not': [{ 'Fn::Contains': [['1'], FACTOR] }] }),
      ['undecided: Factor is known only at deploy, as Factor (1 by default) may be given another value'],
    ],
    [
      'that no value of which its rules take is judged as if there were none',
      { Type: 'Number', AllowedValues: [1] },
      asserting({ 'Fn::Equals': [FACTOR, 3] }),
      ['fail: 1'],
    ],
    [
      'among all of its type is taken by a rule about each',
      { Type: 'Number', AllowedValues: [1, 3] },
      asserting({ 'Fn::EachMemberEquals': [{ 'Fn::RefAll': 'Number' }, '3'] }),
      [],
    ],
  ])('%s', (_what, declaration, Rules, expected) => {
    const Parameters = { Factor: declaration, Stage: { Type: 'String', AllowedValues: ['prod', 'dev'] } };
    const found = factorOf({ Parameters, Rules, Resources: { Topic: topic(FACTOR) } });
    expect(found.map(({ status, found: what }) => `${status}: ${what}`)).toEqual(expected);
  });

  test('that a condition treats apart is tried on both sides of it', () => {
    const Conditions = { One: { 'Fn::Equals': [FACTOR, 1] } };
    const Resources = { Topic: topic({ 'Fn::If': ['One', 3, FACTOR] }) };
    expect(factorOf({ Parameters: { Factor: small }, Conditions, Resources })).toMatchObject([
      { found: '2, when Factor is not 1 and Factor is 2' },
    ]);
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
