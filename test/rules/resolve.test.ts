import { Properties } from '../../rules/properties';
import { createResolver } from '../../rules/resolve';
import { covers, decoded, shown, symbol, atom } from '../../rules/symbols';
import { asTemplate } from '../../rules/template';

const template = asTemplate({
  Parameters: {
    Known: { Type: 'String', Default: 'orders' },
    Some: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Secret: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
    Open: { Type: 'String' },
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
    Egg: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': '${Hen}-x' } } },
    Hen: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': '${Egg}-y' } } },
  },
});
const { resolve, conditions } = createResolver(template, {}, {});
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
    '${Fn::FindInMap Sizes.zone}',
  ],
  ['a condition that holds', { 'Fn::If': ['Yes', 1, 2] }, 1],
  ['a condition that does not hold', { 'Fn::If': ['Both', 1, 2] }, 2],
  ['a condition of which one half decides', { 'Fn::If': ['Either', 1, 2] }, 1],
  ['branches that are the same', { 'Fn::If': ['Unsure', 1, 1] }, 1],
  ['a secret', 'x{{resolve:ssm:/y}}', 'x${{{resolve:ssm:/y}}}'],
  ['names that go in a circle', { Ref: 'Egg' }, '${Egg}-y-x'],
])('%s has its meaning before a deploy', (_what, value, expected) => {
  expect(says(value)).toEqual(expected);
});

test('a condition that refers to itself is left open', () => {
  expect(conditions.holds('Circle')).toBeUndefined();
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
  [`${atom('Bucket')}/*`, `${atom('Other')}/x`, 'maybe'],
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
])('properties %j are read as Java reads them', (text, expected) => {
  expect(Properties.parse(text).get('a')).toEqual({ kind: 'known', value: expected });
});

test('a line that may be any setting leaves settings open', () => {
  expect(Properties.parse(`a=1\n${symbol('Rest')}`).get('a').kind).toBe('unknown');
});
