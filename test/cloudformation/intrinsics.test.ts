import { attributeIn, intrinsicIn, substituted } from '../../cloudformation/intrinsics';

/** One reading of the shapes for all who ask what a template says. */

test.each([
  [{ Ref: 'Topic' }, { kind: 'Ref', name: 'Topic' }],
  [{ 'Fn::GetAtt': ['Nested', 'Outputs.Arn'] }, { kind: 'Fn::GetAtt', logicalId: 'Nested', attribute: 'Outputs.Arn' }],
  [{ 'Fn::GetAtt': 'Nested.Outputs.Arn' }, { kind: 'Fn::GetAtt', logicalId: 'Nested', attribute: 'Outputs.Arn' }],
  [{ 'Fn::Sub': '${A}' }, { kind: 'Fn::Sub', text: '${A}', variables: {} }],
  [{ 'Fn::Sub': ['${A}'] }, { kind: 'Fn::Sub', text: '${A}', variables: {} }],
  [{ 'Fn::Sub': ['${A}', { A: 1 }] }, { kind: 'Fn::Sub', text: '${A}', variables: { A: 1 } }],
  [{ 'Fn::Join': [':', ['a']] }, { kind: 'Fn::Join', separator: ':', items: ['a'] }],
  [{ 'Fn::Select': ['0', ['a']] }, { kind: 'Fn::Select', index: '0', items: ['a'] }],
  [{ 'Fn::Split': [':', 'a:b'] }, { kind: 'Fn::Split', separator: ':', text: 'a:b' }],
  [{ 'Fn::FindInMap': ['M', 'a', 'b'] }, { kind: 'Fn::FindInMap', keys: ['M', 'a', 'b'] }],
  [{ 'Fn::If': ['C', 1, 2] }, { kind: 'Fn::If', condition: 'C', yes: 1, no: 2 }],
  [{ 'Fn::GetAZs': '' }, { kind: 'Fn::GetAZs' }],
])('%j is a function of its own shape', (value, intrinsic) => {
  expect(intrinsicIn(value)).toEqual(intrinsic);
});

test.each([
  [{ Ref: ['Topic'] }, 'Ref', ['Topic']],
  [{ 'Fn::GetAtt': ['A', { Ref: 'B' }] }, 'Fn::GetAtt', ['A', { Ref: 'B' }]],
  [{ 'Fn::Sub': [1] }, 'Fn::Sub', [1]],
  [{ 'Fn::Sub': ['a', 'b'] }, 'Fn::Sub', ['a', 'b']],
  [{ 'Fn::Join': 'a' }, 'Fn::Join', 'a'],
  [{ 'Fn::Select': 'a' }, 'Fn::Select', 'a'],
  [{ 'Fn::Split': [{}, 'a'] }, 'Fn::Split', [{}, 'a']],
  [{ 'Fn::FindInMap': 'M' }, 'Fn::FindInMap', 'M'],
  [{ 'Fn::Cidr': ['10.0.0.0/16', 1] }, 'Fn::Cidr', ['10.0.0.0/16', 1]],
  [{ 'Fn::constructor': 1 }, 'Fn::constructor', 1],
])('%j is a function that nobody knows, or in a shape that is refused', (value, name, argument) => {
  expect(intrinsicIn(value)).toEqual({ kind: 'other', name, argument });
});

test.each([[undefined], [null], ['Ref'], [['Ref']], [{}], [{ Ref: 'A', Type: 'B' }], [{ Condition: 'C' }]])(
  '%j is a plain value',
  (value) => {
    expect(intrinsicIn(value)).toBeUndefined();
  },
);

test('a text is filled in name by name, and keeps what stands for itself', () => {
  const text = '${A}:${B.Arn}:${!C}:$D:${';
  expect(substituted(text, (name, whole) => `<${name} of ${whole}>`)).toBe(
    '<A of ${A}>:<B.Arn of ${B.Arn}>:${C}:$D:${',
  );
  expect(attributeIn('B')).toEqual({ logicalId: 'B', attribute: '' });
});
