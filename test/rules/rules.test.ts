import { RULES } from '../../rules';
import { DOORS, ENTRANCES } from './doors';
import { GRANTS } from './grants';
import { READERS } from './readers';
import { CALLERS } from './callers';
import { CAPACITY } from './capacity';
import { RETURNS } from './returns';
import { RIGHTS } from './rights';
import { ROWS } from './rows';
import { SETTINGS } from './settings';
import { INCLUDE, UNSEEN } from './unseen';
import { WATCHES } from './watches';
import { WAYS } from './ways';
import { answers, edited, shape, topic, variable, type Edit } from './support';

test.each([...ROWS, ...RIGHTS, ...GRANTS, ...RETURNS, ...WAYS, ...DOORS, ...SETTINGS, ...ENTRANCES, ...UNSEEN])(
  '%s when %s',
  (code, _when, edits, expected) => {
    expect(answers(edited('plain.yaml', ...edits), code)).toEqual(expected);
  },
);

test.each([
  ['Parameters', ['undecided']],
  ['Mappings', ['undecided']],
  ['Conditions', ['undecided']],
  ['Outputs', ['undecided']],
  ['Metadata', []],
])('LK902 when an include stands in the section %s', (section, expected) => {
  const plain = shape('plain.yaml');
  const whole = { ...(plain[section] as object | undefined), 'Fn::Transform': INCLUDE };
  expect(answers({ ...plain, [section]: whole }, 'LK902')).toEqual(expected);
});

test('a template that loses nothing has no finding', () => {
  expect(RULES.flatMap(({ code }) => answers(shape('plain.yaml'), code))).toEqual([]);
});

test('every rule is seen to fail', () => {
  const seen = new Set(
    [...ROWS, ...RETURNS, ...WAYS, ...UNSEEN, ...READERS, ...CAPACITY, ...CALLERS, ...WATCHES]
      .filter(([, , , expected]) => expected.length > 0)
      .map(([code]) => code),
  );
  expect(RULES.map(({ code }) => code).filter((code) => !seen.has(code))).toEqual([]);
});

describe('a topic of the same name on another cluster', () => {
  const plain = shape('plain.yaml').Resources;
  const twin = (changed: Edit): Edit[] => [
    // Before the right one, as whoever looks by the name alone finds it first.
    ['Cluster2', { ...plain['Cluster'], Properties: { ...(plain['Cluster']?.['Properties'] as object) } }],
    ['Cluster2.ClusterName', 'bills'],
    ['Copy', structuredClone(plain['Topic'])],
    ['Copy.ClusterArn', { Ref: 'Cluster2' }],
    changed,
  ];
  const first = (edits: readonly Edit[]) => {
    const template = edited('plain.yaml', ...edits);
    const { Copy, ...others } = template.Resources;
    return { ...template, Resources: { ...(Copy && { Copy }), ...others } };
  };
  const LONG: Edit = ['Copy.Configs', { 'Fn::Base64': 'retention.ms=2592000000\nmessage.timestamp.type=CreateTime' }];

  test.each(['LK203', 'LK208', 'LK401'])('is not held against this one: %s', (code) => {
    expect(answers(first(twin(LONG)), code)).toEqual([]);
  });

  test('does not excuse this one', () => {
    const long = topic({ 'retention.ms': '2592000000', 'message.timestamp.type': 'CreateTime' });
    const template = first([...twin(['Copy.PartitionCount', 6]), long]);
    expect(['LK203', 'LK208', 'LK401'].flatMap((code) => answers(template, code))).toEqual([
      'warning',
      'warning',
      'error',
    ]);
  });

  test('leaves open how long an event must be remembered, where a deploy decides which of the two is read', () => {
    const template = first([...twin(LONG), variable('CONSUMER_Billing', { cluster: '${Open}' })]);
    expect(answers(template, 'LK401')).toEqual(['undecided']);
  });
});
