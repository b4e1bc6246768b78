import { Match, Template } from 'aws-cdk-lib/assertions';
import { findings, type Deployed } from '../../examples/probe/findings';
import { report } from '../../examples/probe/measure';
import type { GivenUp, Recording, Scenario } from '../../examples/probe/scenarios';
import { ProbeStack, type ProbeStackProps } from '../../examples/probe/stack';
import type { Delivery, Form } from '../../examples/probe/wire';
import { SWITCHES } from '../../local/event-source-mapping/switches';
import { newApp, resourcesOf } from '../lib/support';

const synthesized = (changes: Partial<ProbeStackProps> = {}) =>
  Template.fromStack(new ProbeStack(newApp(), 'Probe', { configs: 'properties', s3Endpoint: false, ...changes }));

describe('the template', () => {
  const template = synthesized();
  const mapping = (topic: string) =>
    resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(
      ([, { Properties }]) => (Properties['Topics'] as string[])[0] === topic,
    )?.[1].Properties;
  const bisect = 'BisectBatchOnFunctionError';

  test('has one mapping per question that needs other settings, each with a destination of its own', () => {
    expect(mapping('probe-retries')).toMatchObject({ MaximumRetryAttempts: 4 });
    expect(mapping('probe-bisect')).toMatchObject({ MaximumRetryAttempts: 2, [bisect]: true });
    expect(mapping('probe-limits')).toMatchObject({ MaximumRetryAttempts: 0, MaximumRecordAgeInSeconds: 60 });
    const destinations = ['retries', 'bisect', 'limits'].map((name) =>
      JSON.stringify(mapping(`probe-${name}`)?.['DestinationConfig']),
    );
    expect(new Set(destinations).size).toBe(3);
  });

  test('asks for one poller a mapping, which is what is billed', () => {
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1 },
    });
  });

  test.each([
    ['properties', 'message.timestamp.type=CreateTime'],
    ['json', '{"message.timestamp.type":"CreateTime"}'],
  ] as const)('gives one topic its settings as %s, and the others none', (configs, text) => {
    const topics = resourcesOf(synthesized({ configs }), 'AWS::MSK::Topic').map(([, { Properties }]) => Properties);
    expect(topics.map(({ TopicName, Configs }) => [TopicName, Configs])).toEqual([
      ['probe-retries', undefined],
      ['probe-bisect', undefined],
      ['probe-limits', { 'Fn::Base64': text }],
    ]);
  });

  test('has a way to S3 from the brokers only where it is asked for', () => {
    expect(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).toEqual([]);
    expect(resourcesOf(synthesized({ s3Endpoint: true }), 'AWS::EC2::VPCEndpoint')).toHaveLength(1);
  });

  test('leaves nothing behind', () => {
    const types = ['AWS::MSK::Cluster', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key'];
    for (const [, resource] of types.flatMap((type) => resourcesOf(template, type)))
      expect(resource.DeletionPolicy).toBe('Delete');
  });

  test('lets the sender in at the brokers, and nobody write to other topics', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { Description: 'sender', FromPort: 9098 });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kafka-cluster:Connect' })]) },
    });
  });
});

const text = (name: string, key: Form = 'text', value: Form = 'text') => ({ name, key, value });
const delivery = (at: number, ...names: string[]): Delivery => ({ at, records: names.map((name) => text(name)) });
const object = (condition: string, ...names: string[]): GivenUp => ({
  key: 'aws/lambda/0a-1b/probe-retries/2026/01/02/2026-01-02T03.04.05-6',
  condition,
  names,
});
const scenario = (deliveries: Delivery[], ...givenUp: GivenUp[]): Scenario => ({ deliveries, givenUp });
const exhausted = 'RetryAttemptsExhausted';
const nothing = scenario([]);
const six = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
const eight = ['r0', 'r1', 'r2', 'r3', 'r4', 'poison', 'r6', 'r7'];
const failing = (...pauses: number[]) =>
  pauses.reduce((all, pause) => [...all, delivery(all.at(-1)!.at + pause, 'failing')], [delivery(1_000, 'failing')]);
const gaveUp = object(exhausted, 'failing');

const empty: Recording = {
  ...{ nulls: nothing, backoff: nothing, redeliver: nothing, progress: nothing, throttle: nothing, bisect: nothing },
  ...{
    aged: nothing,
    refused: nothing,
    undecodable: nothing,
    throttledMs: 0,
    newerSentAt: 0,
    timestampType: undefined,
  },
};
const deployed: Deployed = { configs: 'properties', s3Endpoint: false };
const found = (changes: Partial<Recording>, how = deployed) =>
  Object.fromEntries(findings({ ...empty, ...changes }, how).map(({ point, value }) => [point, value]));

describe('a recording', () => {
  test('of nothing tells nothing', () => {
    const { throttleCountsAsRetry, ...rest } = found({});
    expect([throttleCountsAsRetry, ...Object.values(rest)]).toEqual(Array.from({ length: 14 }, () => undefined));
  });

  const withNewer = (at: number) => [...failing(100, 200, 400, 800), delivery(at, 'newer')].sort((a, b) => a.at - b.at);
  const nulls = (form: Form) => ({ nulls: scenario([{ at: 0, records: [text('null', form, form)] }]) });
  const named = (key: string) => ({ backoff: scenario(failing(1, 2, 4, 8), { ...gaveUp, key }) });
  const aged = (condition: string) => ({ aged: scenario([], object(condition, 'old')) });
  const allTries = failing(100, 200, 400, 800);
  const marker = delivery(9, 'marker');
  const drop = (count: number, step: number) =>
    Array.from({ length: count }, (_, index) => delivery(index, ...six.slice(index * step)));

  test.each<[string, unknown, Partial<Recording>]>([
    ['redeliver', 'only-failed', { redeliver: scenario([delivery(0, 'once', 'behind'), delivery(1, 'once')]) }],
    [
      'redeliver',
      'from-lowest-failed',
      { redeliver: scenario([delivery(0, 'once', 'behind'), delivery(1, 'once', 'behind')]) },
    ],
    [
      'redeliver',
      undefined,
      { redeliver: scenario([delivery(0, 'once'), delivery(0, 'behind'), delivery(1, 'once')]) },
    ],
    ['newerBeforeRedelivery', true, { backoff: scenario(withNewer(1_150), gaveUp) }],
    ['newerBeforeRedelivery', false, { backoff: scenario(withNewer(3_000), gaveUp) }],
    ['newerBeforeRedelivery', undefined, { backoff: scenario(withNewer(3_000), gaveUp), newerSentAt: 1_501 }],
    ['retryCountOnProgress', 'kept', { progress: scenario(drop(5, 1), object(exhausted, 'r5')) }],
    ['retryCountOnProgress', 'reset', { progress: scenario(drop(6, 1)) }],
    ['retryCountOnProgress', undefined, { progress: scenario(drop(3, 1)) }],
    ['retryCountOnProgress', undefined, { progress: scenario([delivery(0, 'r0'), delivery(1, 'r1')]) }],
    ['bisectCountsAsRetry', false, { bisect: scenario([delivery(0, ...eight)], object(exhausted, 'poison')) }],
    ['bisectCountsAsRetry', true, { bisect: scenario([delivery(0, ...eight)], object(exhausted, 'r4', 'poison')) }],
    ['bisectCountsAsRetry', undefined, { bisect: scenario([delivery(0, 'poison')], object(exhausted, 'poison')) }],
    ['throttleCountsAsRetry', true, { throttle: scenario([], object(exhausted, 'throttled')) }],
    [
      'throttleCountsAsRetry',
      false,
      { throttle: scenario([delivery(0, 'throttled')]), throttledMs: 2_501, backoff: scenario(allTries) },
    ],
    [
      'throttleCountsAsRetry',
      undefined,
      { throttle: scenario([delivery(0, 'throttled')]), throttledMs: 2_499, backoff: scenario(allTries) },
    ],
    ['retryBackoff', { firstMs: 100, factor: 2, maxMs: 800 }, { backoff: scenario(allTries) }],
    [
      'retryBackoff',
      { firstMs: 1_000, factor: 1, maxMs: 1_000 },
      { backoff: scenario(failing(1_000, 1_000, 1_000, 1_000)) },
    ],
    ['nullKey', 'absent', nulls('absent')],
    ['nullKey', 'empty', nulls('empty')],
    ['nullValue', 'null', nulls('null')],
    ['agedOutCondition', 'RecordAgeExceeded', aged('RecordAgeExceeded')],
    ['agedOutCondition', 'EventAgeExceeded', aged('EventAgeExceeded')],
    ['objectKey', 'topic', named('aws/lambda/0a-1b/probe-retries/2026/x')],
    ['objectKey', 'topic-partition', named('aws/lambda/0a-1b/probe-retries-0/2026/x')],
    ['objectKey', undefined, named('kafka/another')],
    ['refusedDelivery', 'tried-again', { refused: scenario([marker], object(exhausted, 'refused')) }],
    ['refusedDelivery', 'dropped-at-once', { refused: scenario([marker]) }],
    ['undecodableValue', 'delivered', { undecodable: scenario([delivery(8, 'garbage'), marker]) }],
    ['undecodableValue', 'filtered-out', { undecodable: scenario([marker]) }],
    ['configs', 'properties', { timestampType: 'CreateTime' }],
    ['configs', undefined, { timestampType: 'LogAppendTime' }],
    ['s3Endpoint', 'not needed', { backoff: scenario(allTries, gaveUp) }],
    ['s3Endpoint', 'needed', { backoff: scenario(allTries) }],
  ])('tells that %s is %j', (point, value, changes) => {
    expect(found(changes)[point]).toEqual(value);
  });

  test('of a stack with an endpoint does not tell whether it is needed', () => {
    const changes = { backoff: scenario(allTries, gaveUp) };
    expect(found(changes, { ...deployed, s3Endpoint: true })['s3Endpoint']).toBeUndefined();
  });

  test('has a finding for every switch of the local mapping', () => {
    expect(Object.keys(found({}))).toEqual([...Object.keys(SWITCHES), 'configs', 's3Endpoint']);
  });
});

test('the report names the switches to set, and leaves out what was not measured', () => {
  const printed = report([
    { point: 'nullKey', value: 'absent', because: 'seen' },
    { point: 'objectKey', value: undefined, because: 'no object came' },
    { point: 'configs', value: 'json', because: 'seen' },
  ]);
  expect(printed).toContain('const mapping: Partial<MappingSwitches> = {\n  nullKey: "absent",\n};');
  expect(printed).toContain('not measured');
});
