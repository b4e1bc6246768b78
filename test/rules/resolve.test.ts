import { Properties } from '../../rules/reading/properties';
import { Choices } from '../../rules/reading/choices';
import { createResolver } from '../../rules/reading/resolve';
import { covers } from '../../rules/reading/matching';
import { decoded, shown, symbol, atom } from '../../rules/reading/symbols';
import { asTemplate } from '../../rules/reading/template';

const template = asTemplate({
  Parameters: {
    Known: { Type: 'String', Default: 'orders' },
    Some: { Type: 'CommaDelimitedList', Default: 'a,, b' },
    Secret: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
    Open: { Type: 'String' },
    Other: { Type: 'String' },
    Marked: { Type: 'String', Default: '\uE000#x\uE001' },
  },
  Mappings: {
    Sizes: { one: { type: 'large', zone: 'a' }, two: { type: 'large', zone: 'b' } },
  },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Known' }, 'orders'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { 'Fn::Equals': [{ Ref: 'Open' }, 'x'] }] },
    Unsure: { 'Fn::Equals': [{ Ref: 'Open' }, 'x'] },
    Circle: { 'Fn::Not': [{ Condition: 'Circle' }] },
  },
  Resources: {
    Cluster: { Type: 'AWS::MSK::Cluster', Properties: { ClusterName: 'orders' } },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Gone: { Type: 'AWS::S3::Bucket', Condition: 'No' },
    Egg: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': '${Hen}-x' } } },
    Hen: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': '${Egg}-y' } } },
  },
});
const NO_SETTING: ReadonlySet<string> = new Set();
const choices = new Choices();
const resolver = createResolver(template, choices);
/** Its meaning with every default kept, and with what comes last of that which a deploy decides: anything else. */
const resolve = (value: unknown): unknown =>
  choices.explore(() => resolver.resolve(value), NO_SETTING).leaves.at(-1)?.value;

/** Undefined where a deploy decides whether the condition holds. */
function truthOf(asked: ReturnType<typeof asTemplate>, name: string): boolean | undefined {
  const own = new Choices();
  const { conditions } = createResolver(asked, own);
  const truths = own.explore(() => conditions.holds(name), NO_SETTING).leaves.map(({ value }) => value);
  return truths.length === 1 ? truths[0] : undefined;
}
const says = (value: unknown): unknown => {
  const resolved = resolve(value);
  return typeof resolved === 'string' ? shown(resolved) : resolved;
};

test.each([
  ['a default', { Ref: 'Known' }, 'orders'],
  ['a list of defaults', { Ref: 'Some' }, ['a', 'b']],
  ['a parameter without default', { Ref: 'Open' }, '${Open}'],
  ['a parameter whose default is a name of something', { Ref: 'Secret' }, '${Secret}'],
  ['nothing', { Ref: 'AWS::NoValue' }, undefined],
  ['an ARN', { 'Fn::GetAtt': 'Bucket.Arn' }, 'arn:aws:s3:::${Bucket}'],
  [
    'an ARN of a cluster',
    { Ref: 'Cluster' },
    'arn:aws:kafka:${AWS::Region}:${AWS::AccountId}:cluster/orders/${Cluster.Uuid}',
  ],
  ['a part of an ARN', { 'Fn::Select': [1, { 'Fn::Split': ['/', { Ref: 'Cluster' }] }] }, 'orders'],
  [
    'an ARN taken apart and joined',
    { 'Fn::Join': [':topic/', { 'Fn::Split': [':cluster/', { Ref: 'Cluster' }] }] },
    'arn:aws:kafka:${AWS::Region}:${AWS::AccountId}:topic/orders/${Cluster.Uuid}',
  ],
  ['what would be split inside an unknown value', { 'Fn::Split': ['-', { Ref: 'Open' }] }, "${${Open} split at '-'}"],
  ['text', { 'Fn::Sub': ['${a}-${Known}-${!Known}-${Open}', { a: 1 }] }, '1-orders-${Known}-${Open}'],
  ['a zone', { 'Fn::Select': [2, { 'Fn::GetAZs': '' }] }, '${Fn::GetAZs[2]}'],
  ['base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
  ['what all rows agree on', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'type'] }, 'large'],
  [
    'what rows differ in',
    { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'zone'] },
    `\${Fn::FindInMap ["Sizes",{"Ref":"AWS::Region"},"zone"]}`,
  ],
  ['a condition that holds', { 'Fn::If': ['Yes', 1, 2] }, 1],
  ['a condition that does not hold', { 'Fn::If': ['Both', 1, 2] }, 2],
  ['a condition of which one half decides', { 'Fn::If': ['Either', 1, 2] }, 1],
  ['branches that are the same', { 'Fn::If': ['Unsure', 1, 1] }, 1],
  ['a secret', 'x{{resolve:ssm:/y}}', 'x${{{resolve:ssm:/y}}}'],
  ['names that go in a circle', { Ref: 'Egg' }, '${Egg}-y-x'],
  ['a row of a map', { 'Fn::FindInMap': ['Sizes', 'one', 'zone'] }, 'a'],
  [
    'a map that is not there',
    { 'Fn::FindInMap': ['Nowhere', 'one', 'zone'] },
    '${Fn::FindInMap ["Nowhere","one","zone"]}',
  ],
  ['the default of a row that is missing', { 'Fn::FindInMap': ['Sizes', 'three', 'type', { DefaultValue: 'x' }] }, 'x'],
  ['the default of a map that is missing', { 'Fn::FindInMap': ['Nowhere', 'one', 'zone', { DefaultValue: 'x' }] }, 'x'],
  ['a row beside a default', { 'Fn::FindInMap': ['Sizes', 'one', 'zone', { DefaultValue: 'x' }] }, 'a'],
  [
    'a row known at deploy that may be the default',
    { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'type', { DefaultValue: 'small' }] },
    `\${Fn::FindInMap ["Sizes",{"Ref":"AWS::Region"},"type",{"DefaultValue":"small"}]}`,
  ],
  [
    'what all rows and the default agree on',
    { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'type', { DefaultValue: 'large' }] },
    'large',
  ],
  ['a map without its keys', { 'Fn::FindInMap': 'Sizes' }, '${Fn::FindInMap "Sizes"}'],
  ['a resource that is not there', { Ref: 'Nowhere' }, '${Nowhere}'],
  ['a resource whose condition does not hold', { 'Fn::GetAtt': 'Gone.Arn' }, '${Gone.Arn}'],
  ['an attribute without its name', { 'Fn::GetAtt': { a: 1 } }, '${Fn::GetAtt {"a":1}}'],
  ['text with what is no text', { 'Fn::Sub': ['${a}', 'b'] }, '${Fn::Sub ["${a}","b"]}'],
  ['text with numbers and truths', { 'Fn::Sub': ['${a}${b}', { a: 1, b: true }] }, '1true'],
  ['a joined text that is no list', { 'Fn::Join': ['-', 'abc'] }, '${Fn::Join ["-","abc"]}'],
  ['a joined list with an object', { 'Fn::Join': ['-', ['a', { b: 1 }]] }, '${Fn::Join ["-",["a",{"b":1}]]}'],
  ['a choice from nothing', { 'Fn::Select': [0, { Ref: 'AWS::NoValue' }] }, '${Fn::Select [0,{"Ref":"AWS::NoValue"}]}'],
  ['a choice from too few', { 'Fn::Select': [1, ['a']] }, '${Fn::Select [1,["a"]]}'],
  ['what is split by nothing', { 'Fn::Split': 'a,b' }, '${Fn::Split "a,b"}'],
  ['an import', { 'Fn::ImportValue': 'x' }, '${Fn::ImportValue "x"}'],
  ['a function nobody knows', { 'Fn::Unheard': { a: 1 } }, '${Fn::Unheard {"a":1}}'],
  ['an object that looks like one', { 'Fn::Unheard': 1, b: { Ref: 'AWS::NoValue' } }, { 'Fn::Unheard': 1 }],
  ['an ARN of another partition', 'arn:aws-cn:s3:::x', 'arn:aws:s3:::x'],
  ['our own marks', '\uE000#x\uE001', '\uFFFD#x\uFFFD'],
  ['our own marks in a default', { Ref: 'Marked' }, '\uFFFD#x\uFFFD'],
])('%s has its meaning before a deploy', (_what, value, expected) => {
  expect(says(value)).toEqual(expected);
});

const LONG_NAME = 'x'.repeat(80);

test.each<[string, unknown, unknown]>([
  ['imports of long names', { 'Fn::ImportValue': `${LONG_NAME}A` }, { 'Fn::ImportValue': `${LONG_NAME}B` }],
  ['lists that cannot be joined', { 'Fn::Join': ['-', [{ a: 1 }]] }, { 'Fn::Join': ['-', [{ b: 1 }]] }],
  ['choices from too few', { 'Fn::Select': [1, ['a']] }, { 'Fn::Select': [1, ['b']] }],
  [
    'rows of a map',
    { 'Fn::FindInMap': ['Sizes', { Ref: 'Open' }, 'zone'] },
    { 'Fn::FindInMap': ['Sizes', { Ref: 'Other' }, 'zone'] },
  ],
  ['texts around what is no text', { 'Fn::Sub': ['${a}', { a: [1] }] }, { 'Fn::Sub': ['${a}', { a: [2] }] }],
  [
    'attributes whose name is computed',
    { 'Fn::GetAtt': ['Bucket', { Ref: 'Open' }] },
    { 'Fn::GetAtt': ['Cluster', { Ref: 'Open' }] },
  ],
])('%s that only a deploy knows are not taken for one', (_what, one, other) => {
  expect(resolve(one)).not.toBe(resolve(other));
  expect(resolve(one)).toBe(resolve(structuredClone(one)));
});

test.each([
  ['numbers and their texts are one', ['1', 1], true],
  ['texts that differ', ['a', 'b'], false],
  ['a list is like nothing', [['a'], 'a'], undefined],
  ['an object is like nothing', ['a', { a: 1 }], undefined],
  ['what only a deploy knows is like itself', [{ Ref: 'Open' }, { Ref: 'Open' }], true],
  ['what only a deploy knows may be like another', [{ Ref: 'Open' }, 'a'], undefined],
  ['and the other way round', ['a', { Ref: 'Open' }], undefined],
])('in a condition %s', (_what, operands, expected) => {
  const asked = asTemplate({
    Parameters: { Open: { Type: 'String' } },
    Conditions: { Asked: { 'Fn::Equals': operands } },
    Resources: {},
  });
  expect(truthOf(asked, 'Asked')).toBe(expected);
});

test.each([
  ['all that hold', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'Yes' }] }, true],
  ['all of which one is open', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'Unsure' }] }, undefined],
  ['all of which one does not hold', { 'Fn::And': [{ Condition: 'No' }, { Condition: 'Unsure' }] }, false],
  ['any of which one is open', { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Unsure' }] }, undefined],
  ['none', { 'Fn::Not': [{ Condition: 'Unsure' }] }, undefined],
  ['a name that is no text', { Condition: ['Yes'] }, undefined],
  ['two at once', { 'Fn::Not': [{ Condition: 'No' }], Condition: 'Yes' }, undefined],
  ['a function nobody knows', { 'Fn::Unheard': [{ Condition: 'Yes' }] }, undefined],
  ['a text', 'Yes', undefined],
  ['a name nobody has declared', { Condition: 'Nowhere' }, undefined],
])('of conditions, %s', (_what, expression, expected) => {
  const asked = { ...template, Conditions: { ...template.Conditions, Asked: expression } };
  expect(truthOf(asked, 'Asked')).toBe(expected);
});

test('a condition that refers to itself is left open', () => {
  expect(truthOf(template, 'Circle')).toBeUndefined();
});

test('text with unknown parts survives base64', () => {
  expect(decoded(resolve({ 'Fn::Base64': { 'Fn::Sub': 'retention.ms=${Open}' } }) as string)).toBe(
    `retention.ms=${symbol('Open')}`,
  );
});

test.each([
  ['*', 'anything', 'yes'],
  ['a*c', 'abc', 'yes'],
  ['a?c', 'abc', 'yes'],
  ['a?c', 'abbc', 'no'],
  ['abc', 'abd', 'no'],
  [`${atom('Bucket')}/*`, `${atom('Bucket')}/x`, 'yes'],
  [`${atom('Bucket')}/*`, `${atom('Other')}/x`, 'no'],
  [`${atom('AWS::StackName')}/*`, `${atom('Other')}/x`, 'maybe'],
  [`orders/*`, `${atom('Bucket')}/x`, 'maybe'],
  [`key/${atom('A')}`, `topic/${atom('A')}`, 'no'],
  [`a:alias/x`, `a:${atom('Account')}`, 'no'],
  ['*a*a*a*a*a*a*b', 'a'.repeat(200), 'no'],
] as const)('pattern %s covers %s: %s', (pattern, text, expected) => {
  expect(covers(pattern, text)).toBe(expected);
});

test.each([
  ['a=1', '1'],
  ['a = 1', '1'],
  ['a:1', '1'],
  ['a 1', '1'],
  ['  a=1', '1'],
  ['# a=2\n! a=3\na=1', '1'],
  ['a=2\r\na=1', '1'],
  ['a=\\\n   1', '1'],
  ['\\u0061=1', '1'],
  ['a=1 ', '1'],
  ['a', ''],
  ['a=1\\\n#2', '1#2'],
  ['a=1\\\\\nb=2', '1\\'],
  ['a=1\\', '1'],
  ['\n \na=1', '1'],
  ['a=\\u0031', '1'],
  ['a=\\x', 'x'],
  ['a=1\\t2', '1\t2'],
])('properties %j are read as Java reads them', (text, expected) => {
  expect(Properties.parse(text).get('a')).toEqual({ kind: 'known', value: expected });
});

test('a line that may be any setting leaves settings open', () => {
  expect(Properties.parse(`a=1\n${symbol('Rest')}`).get('a').kind).toBe('unknown');
});

test('a right longer than any that is meant is left open, and slows no check', () => {
  const pattern = 'kafka-cluster:' + '*a'.repeat(3000) + 'b';
  expect(covers(pattern, 'b' + 'a'.repeat(5000))).toBe('no');
  expect(covers('*' + pattern, 'a'.repeat(5000))).toBe('maybe');
});
