import { findingsOf, parseTemplate } from '../../rules';
import { answers, edited, TOKEN, topic, type Edit } from './support';

type Conditions = Record<string, unknown>;

const open = (name: string) => ({ 'Fn::Equals': [TOKEN, name] });
const under = (Conditions: Conditions, ...edits: readonly Edit[]) => ({
  ...edited('plain.yaml', ...edits),
  Conditions,
});
const when = (condition: string, yes: unknown, no: unknown) => ({ 'Fn::If': [condition, yes, no] });
const SOMETIMES = { Sometimes: open('yes') };
const NOTHING = { Ref: 'AWS::NoValue' };
const hours = (n: number): Buffer => Buffer.from(`message.timestamp.type=LogAppendTime\nretention.ms=${n * 3_600_000}`);

describe('a condition known only at deploy', () => {
  test('fails what fails in one case, and says in which', () => {
    const template = under(SOMETIMES, ['Topic.ReplicationFactor', when('Sometimes', 3, 2)]);
    expect(findingsOf(template)).toMatchObject([{ code: 'LK201', status: 'fail', found: '2, when Open is not yes' }]);
  });

  test('excuses nothing that fails in either case', () => {
    const template = under(SOMETIMES, ['Topic.ReplicationFactor', when('Sometimes', 1, 2)]);
    expect(findingsOf(template)).toMatchObject([{ code: 'LK201', status: 'fail', found: '1' }]);
  });

  test.each([
    [1, 24],
    [24, 1],
  ])('of a warning and an error makes an error: %d and %d hours', (yes, no) => {
    const [one, other] = [yes, no].map((n) => hours(n).toString('base64'));
    const template = under(SOMETIMES, ['Topic.Configs', when('Sometimes', one, other)]);
    expect(answers(template, 'LK203')).toEqual(['error']);
  });

  test('and a value known only at deploy leave the answer open', () => {
    const template = under(SOMETIMES, ['Topic.ReplicationFactor', when('Sometimes', 3, TOKEN)]);
    expect(answers(template, 'LK201')).toEqual(['undecided']);
  });

  test('says nothing for a resource that fails wherever it is', () => {
    const template = under(SOMETIMES, ['Topic!Condition', 'Sometimes'], ['Topic.ReplicationFactor', 2]);
    expect(answers(template, 'LK201')).toEqual(['error']);
  });

  test('of which others follow is turned one way at a time', () => {
    const Conditions = { ...SOMETIMES, Never: { 'Fn::Not': [{ Condition: 'Sometimes' }] } };
    const both = when('Sometimes', when('Never', 2, 3), 3);
    expect(findingsOf(under(Conditions, ['Topic.ReplicationFactor', both]))).toEqual([]);
  });

  const many = (count: number) => {
    const names = Array.from({ length: count }, (_, n) => `C${n}`);
    return {
      names,
      Conditions: Object.fromEntries(names.map((name) => [name, { 'Fn::Equals': [{ Ref: `P${name}` }, 'yes'] }])),
      Parameters: Object.fromEntries(names.map((name) => [`P${name}`, { Type: 'String' }])),
    };
  };

  test.each([6, 7, 9, 30])('is seen among %d', (count) => {
    const { names, ...sections } = many(count);
    const nested = names.reduce<unknown>((inner, name) => when(name, inner, 3), 2);
    const template = { ...edited('plain.yaml', ['Topic.ReplicationFactor', nested]), ...sections };
    expect(answers(template, 'LK201')).toEqual(['error']);
  });

  test.each([6, 7, 9, 30])('is not seen where %d can never hold together', (count) => {
    const { names } = many(count);
    const Conditions = Object.fromEntries(names.map((name) => [name, open(name)]));
    const nested = names.reduce<unknown>((inner, name) => when(name, inner, 3), 2);
    expect(answers(under(Conditions, ['Topic.ReplicationFactor', nested]), 'LK201')).toEqual([]);
  });
});

test('a condition on which only the mark of the CDK depends is not asked', () => {
  const Conditions = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`C${n}`, open(`${n}`)]));
  const mark: Edit = ['Mark', { Type: 'AWS::CDK::Metadata', Condition: 'C0', Properties: {} }];
  expect(findingsOf(under(Conditions, mark))).toEqual([]);
});

test('a resource under a condition that does not hold is not there', () => {
  const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
  expect(findingsOf(under(Conditions, ['Pollers!Condition', 'Never']))).toMatchObject([
    { code: 'LK314', status: 'fail' },
  ]);
  const twin: Edit = ['Topic!Condition', 'Never'];
  expect(answers(under(Conditions, twin, ['Topic.ReplicationFactor', 1]), 'LK201')).toEqual([]);
});

test('a bucket that several name is judged once, and every name that leads nowhere is told', () => {
  const versions = edited('plain.yaml', ['DeadLetters.VersioningConfiguration', undefined]);
  expect(findingsOf(versions).map(({ code, logicalId }) => [code, logicalId])).toEqual(
    // One anchor of the file makes all three.
    ['DeadLetters', 'Spill', 'OnFailure'].map((id) => ['LK503', id]),
  );
  const gone = edited('plain.yaml', ['Spill', undefined]);
  expect(
    findingsOf(gone)
      .filter(({ code }) => code === 'LK503')
      .map(({ property }) => property),
  ).toEqual(
    ['PRODUCER_Shop', 'PRODUCER_Replay', 'REPLAY_Shop', 'REPLAY_Replay'].map(
      (part) => `Environment.Variables.LOSSLESS_${part}.spill`,
    ),
  );
});

test('several findings of one place are all told', () => {
  const template = edited(
    'plain.yaml',
    topic({ 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' }),
  );
  expect(findingsOf(template).map(({ code, found }) => [code, found])).toEqual([
    ['LK202', '1'],
    ['LK202', 'true'],
  ]);
});

test.each([
  ['Shop/Topic/Resource', 'Shop/Topic/Resource', 'KafkaTopic'],
  [7, undefined, 'set ReplicationFactor'],
  [undefined, undefined, 'set ReplicationFactor'],
])('with %j for a construct path, a finding has the fix that fits', (written, path, fix) => {
  const template = edited(
    'plain.yaml',
    ['Topic.ReplicationFactor', 2],
    ['Topic!Metadata', { 'aws:cdk:path': written }],
  );
  const [finding] = findingsOf(template);
  expect(finding?.path).toBe(path);
  expect(finding?.fix).toContain(fix);
});

test('findings come by code', () => {
  const template = edited(
    'plain.yaml',
    ['Table!DeletionPolicy', NOTHING],
    ['Topic.ReplicationFactor', 2],
    ['Cluster!DeletionPolicy', NOTHING],
  );
  expect(findingsOf(template).map(({ code, logicalId, property }) => `${code} ${logicalId} ${property}`)).toEqual([
    'LK109 Cluster DeletionPolicy',
    'LK109 Table DeletionPolicy',
    'LK201 Topic ReplicationFactor',
  ]);
});

test.each([
  [
    'YAML',
    'Resources:\n  A: { Type: Lost, Type: T }\n  A: { Type: Kept, <<: { Type: Merged, Condition: C }, Type: Last }\n',
  ],
  ['JSON', '{"Resources":{"A":{"Type":"Lost"},"A":{"Type":"Lost","Condition":"C","Type":"Last"}}}'],
])('of a name written twice in %s the last is judged, as it is the one that is deployed', (_format, text) => {
  expect(parseTemplate(text)).toEqual({ Resources: { A: { Type: 'Last', Condition: 'C' } } });
});
