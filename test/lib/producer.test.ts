import { Duration, Lazy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { FunctionProps } from 'aws-cdk-lib/aws-lambda';
import type { EventProducerOptions } from 'cdk-lossless-kafka';
import { PRODUCER_VARIABLE, REPLAY_VARIABLE } from '../../lambdas/runtime/contract';
import { CLUSTER_ARN, allowed, contractOf, newFunction, newStack, pipelineOnExistingTopic } from './support';

const make = (props: Partial<FunctionProps> = {}, options: Partial<EventProducerOptions> = {}) => {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  const handler = newFunction(stack, { vpc: pipeline.cluster.vpc, ...props });
  pipeline.addProducer('Producer', { handler, ...options });
  return Template.fromStack(stack);
};
const seconds = (n: number) => ({ timeout: Duration.seconds(n) });
const own = (template: Template) =>
  contractOf(template, PRODUCER_VARIABLE).find(({ source }) => source === 'urn:cdk-lossless-kafka:Test/Handler');

test('a function that publishes is told all it needs to know', () => {
  expect(own(make())).toEqual({
    cluster: CLUSTER_ARN,
    topic: 'orders',
    brokers: 'b-1.there:9098,b-2.there:9098',
    authentication: 'iam',
    acks: 'all',
    source: 'urn:cdk-lossless-kafka:Test/Handler',
    spill: expect.stringContaining('PipelineSpillBucket') as string,
    deadLetters: expect.stringContaining('PipelineDeadLettersBucket') as string,
    spillTimeMs: 5_000,
    deadlineMs: 20_000,
  });
});

test('a function that publishes may write to the topic and to its stores, and read nothing', () => {
  const template = make();
  expect(allowed(template, 'Handler', 'kafka-cluster')).toEqual([
    'Connect',
    'DescribeTopic',
    'DescribeTopicDynamicConfiguration',
    'WriteData',
    'WriteDataIdempotently',
  ]);
  expect(allowed(template, 'Handler', 's3')).toEqual(['PutObject', 'PutObject']);
  expect(allowed(template, 'Handler', 'kms')).toEqual(['GenerateDataKey']);
});

test('the brokers let the function in', () => {
  make().hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: 'sg-1',
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HandlerSecurityGroup'), 'GroupId'] },
    FromPort: 9098,
    ToPort: 9098,
  });
});

test('a function that may call nobody is let out to the brokers', () => {
  make({ allowAllOutbound: false }).hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
    GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HandlerSecurityGroup'), 'GroupId'] },
    DestinationSecurityGroupId: 'sg-1',
    FromPort: 9098,
  });
});

test('a function without a way to the brokers is refused, in words', () => {
  expect(() => make({ vpc: undefined })).toThrow(
    "Test/Pipeline/Producer: handler Test/Handler: got no vpc, want the brokers' VPC, as they have no address outside; give the function vpc: topic.cluster.vpc",
  );
});

test.each([
  [8, 2_000],
  [26, 20_000],
  [840, 20_000],
])('a function of %i s keeps time to spill and to answer', (timeout, deadlineMs) => {
  expect(own(make(seconds(timeout)))).toMatchObject({ deadlineMs, spillTimeMs: 5_000 });
});

describe('a deadline that leaves no time to spill is refused', () => {
  test.each<[string, Partial<FunctionProps>, Partial<EventProducerOptions>]>([
    ["Lambda's own 3 seconds", { timeout: undefined }, {}],
    ['7 seconds', seconds(7), {}],
    ['the sum is the timeout', seconds(28), { deadline: Duration.seconds(23) }],
    ['a deadline below 2 seconds', seconds(28), { deadline: Duration.millis(1_999) }],
  ])('%s', (_, props, options) => {
    expect(() => make(props, options)).toThrow(
      /deadline: got .* want a deadline of at least 2 s and the sum below the timeout/,
    );
  });
  test('no time to spill at all', () => {
    expect(() => make(seconds(28), { spillTime: Duration.millis(999) })).toThrow('spillTime: got');
  });
});

describe('what is at the edge, or known only at deploy, is taken', () => {
  const token = Duration.seconds(Lazy.number({ produce: () => 1 }));

  test.each<[string, Partial<FunctionProps>, Partial<EventProducerOptions>]>([
    ['the sum is one second below the timeout', seconds(28), { deadline: Duration.seconds(22) }],
    [
      'two seconds to publish, one to spill',
      seconds(4),
      { deadline: Duration.seconds(2), spillTime: Duration.seconds(1) },
    ],
    ['a timeout known only at deploy', { timeout: token }, {}],
  ])('%s', (_, props, options) => {
    expect(() => make(props, options)).not.toThrow();
  });
});

test('spilled events are replayed by one worker that may publish, read and delete them', () => {
  const template = make();
  expect(contractOf(template, REPLAY_VARIABLE)).toEqual([
    {
      cluster: CLUSTER_ARN,
      topic: 'orders',
      spill: expect.stringContaining('PipelineSpillBucket') as string,
      deadLetters: expect.stringContaining('PipelineDeadLettersBucket') as string,
    },
  ]);
  expect(contractOf(template, PRODUCER_VARIABLE)).toHaveLength(2);
  expect(allowed(template, 'PipelineSpillReplay', 's3')).toEqual([
    'DeleteObject',
    'GetObject',
    'ListBucket',
    'PutObject',
    'PutObject',
  ]);
  template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 1, Timeout: 300 });
});
