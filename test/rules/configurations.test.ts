import { findingsAmong, findingsOf, templateFrom, type Finding } from '../../rules';
import { answers, brokerSettings, edited, TOKEN } from './support';

/** A configuration in a stack of its own, for the clusters of others. */

const configuration = (ServerProperties: unknown) => ({
  Type: 'AWS::MSK::Configuration',
  Properties: { Name: 'shared', ServerProperties },
});
const alone = (ServerProperties: unknown) => ({ Resources: { Shared: configuration(ServerProperties) } });

describe('a configuration that no cluster of the templates names', () => {
  test('that keeps every event has no finding', () => {
    expect(findingsOf(alone(brokerSettings({})))).toEqual([]);
  });

  test.each([
    ['LK101', 'elects unclean leaders', { 'unclean.leader.election.enable': 'true' }, 'error'],
    ['LK101', 'says nothing of elections', { 'unclean.leader.election.enable': undefined }, 'error'],
    ['LK102', 'is content with one replica', { 'min.insync.replicas': '1' }, 'error'],
    ['LK102', 'asks for every replica', { 'min.insync.replicas': '3' }, 'warning'],
    ['LK102', 'leaves the replicas in sync to the zones of its clusters', { 'min.insync.replicas': undefined }, 'undecided'],
    ['LK102', 'settles transactions by one broker', { 'transaction.state.log.min.isr': '1' }, 'error'],
    ['LK103', 'makes topics of two replicas', { 'default.replication.factor': '2' }, 'error'],
    ['LK103', 'keeps offsets twice', { 'offsets.topic.replication.factor': '2' }, 'error'],
    ['LK103', 'leaves the replicas to the zones of its clusters', { 'default.replication.factor': undefined }, 'undecided'],
    ['LK104', 'makes topics of typing errors', { 'auto.create.topics.enable': 'true' }, 'warning'],
    ['LK113', 'forgets offsets in a day', { 'offsets.retention.minutes': '1440' }, 'warning'],
    ['LK203', 'keeps events for an hour', { 'log.retention.hours': '1' }, 'error'],
    ['LK204', 'takes records that Lambda does not', { 'message.max.bytes': '10000000' }, 'warning'],
    ['LK206', 'deletes by size', { 'log.retention.bytes': '1000' }, 'warning'],
    ['LK207', 'compacts topics', { 'log.cleanup.policy': 'compact' }, 'error'],
  ])('is judged by itself, %s: one that %s', (code, _what, settings, answer) => {
    const template = alone(brokerSettings(settings));
    expect(answers(template, code)).toEqual([answer]);
    const [found, second] = findingsOf(template).filter((each) => each.code === code);
    expect(found).toMatchObject({ logicalId: 'Shared', property: 'ServerProperties' });
    expect(second).toBeUndefined();
  }); // prettier-ignore

  test.each([
    ['the whole text', TOKEN],
    ['a value in it', { 'Fn::Sub': brokerSettings({ 'unclean.leader.election.enable': '${Open}' }) }],
  ])('is undecided where only a deploy knows %s', (_what, properties) => {
    expect(answers(alone(properties), 'LK101')).toEqual(['undecided']);
  });

  test('fails with a value that a parameter allows', () => {
    const properties = { 'Fn::Sub': brokerSettings({ 'unclean.leader.election.enable': '${Unclean}' }) };
    const Parameters = { Unclean: { Type: 'String', AllowedValues: ['true', 'false'] } };
    expect(findingsOf({ Parameters, ...alone(properties) })).toMatchObject([
      { code: 'LK101', status: 'fail', logicalId: 'Shared', found: 'true, when Unclean is true' },
    ]);
  });
});

describe('a configuration that a cluster names', () => {
  const BAD = brokerSettings({ 'unclean.leader.election.enable': 'true' });
  const unclean = (findings: readonly Finding[]) =>
    findings.filter(({ code }) => code === 'LK101').map(({ logicalId }) => logicalId);

  test('in its own template is judged once, at the cluster', () => {
    expect(unclean(findingsOf(edited('plain.yaml', ['Configuration.ServerProperties', BAD])))).toEqual(['Cluster']);
  });

  test('in another stack of the app is judged once, at the cluster', () => {
    const shared = { ...alone(BAD), Outputs: { Arn: { Value: { Ref: 'Shared' }, Export: { Name: 'shared' } } } };
    const brokers = edited(
      'plain.yaml',
      ['Configuration', undefined],
      ['Cluster.ConfigurationInfo', { Arn: { 'Fn::ImportValue': 'shared' }, Revision: 1 }],
    );
    const stacks = [shared, brokers].map((each, n) => ({ file: `${n}`, template: templateFrom(each) }));
    expect(unclean(findingsAmong(stacks).flat())).toEqual(['Cluster']);
  });

  test('is judged there beside another that no cluster names', () => {
    const template = edited('plain.yaml', ['Shared', configuration(BAD)]);
    expect(unclean(findingsOf(template))).toEqual(['Shared']);
  });
});
