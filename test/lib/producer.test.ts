import { Duration, Lazy, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code, Function, Runtime, type CfnFunction, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import {
  Acks,
  EventPipeline,
  EventProducer,
  KafkaTopic,
  OnFull,
  OnRejected,
  RetryStrategy,
  SpillStore,
  type EventPipelineProps,
  type EventProducerOptions,
  type IngestFunctionOptions,
  type SpillStoreProps,
} from 'cdk-lossless-kafka';
import { PRODUCER_VARIABLE, REPLAY_VARIABLE, spillFolder } from '../../lambdas/runtime/contract';
import { producerEnvironment } from '../../lambdas/runtime/contract/environment';
import {
  CLUSTER_ARN,
  actionsOf,
  allowed,
  contractOf,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
  resourcesOf,
  statementsOf,
} from './support';

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

test('spilled events are replayed by one worker that may publish, read and delete them, read its topic as no member of a group, and spill none', () => {
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
  // In the spill store, among the dead letters of its topic, and among the amendments and ends of those.
  const times = { DeleteObject: 3, GetObject: 3, ListBucket: 2, PutObject: 4 };
  const actions = Object.entries(times).flatMap(([action, count]) => Array.from({ length: count }, () => action));
  expect(allowed(template, 'PipelineSpillReplay', 's3')).toEqual(actions);
  const onKafka = allowed(template, 'PipelineSpillReplay', 'kafka-cluster');
  expect(onKafka).toContain('ReadData');
  expect(onKafka.filter((action) => action.includes('Group'))).toEqual([]);
  const puts = statementsOf(template, 'PipelineSpillReplay').filter((one) => actionsOf(one).includes('s3:PutObject'));
  expect(puts.map(({ Resource }) => JSON.stringify(Resource)).sort()).toEqual([
    expect.stringMatching(/PipelineDeadLettersBucket.*"\/ended\/.*PipelineDeadLettersBucket.*"\/amendments\//),
    expect.stringMatching(/PipelineDeadLettersBucket.*\*\/orders\/\*/),
    expect.stringMatching(/PipelineDeadLettersBucket/),
    expect.stringMatching(/PipelineSpillBucket.*"\/leases\/\*"/),
  ]);
});

test('a producer may spill for its own topic: among no events of another, and where no lease of replay lies', () => {
  const puts = statementsOf(make(), 'Handler').filter((one) => actionsOf(one).includes('s3:PutObject'));
  const toSpill = puts.map(({ Resource }) => JSON.stringify(Resource)).filter((on) => on.includes('SpillBucket'));
  expect(toSpill).toEqual([expect.stringContaining(`"/${spillFolder(CLUSTER_ARN, 'orders')}*"`)]);
});

test('a spill store that replays another topic is refused: what is spilled there for this one would stay for ever', () => {
  const stack = newStack();
  const { cluster, topic, deadLetters } = pipelineOnExistingTopic(stack);
  const handler = newFunction(stack, { vpc: cluster.vpc });
  const attributes = { cluster, topicName: 'bills', retention: Duration.days(7) };
  const bills = KafkaTopic.fromTopicAttributes(stack, 'Bills', attributes);
  const orders = KafkaTopic.fromTopicAttributes(stack, 'Orders', { ...attributes, topicName: 'orders' });
  const spill = new SpillStore(stack, 'OrdersSpill', { topic, deadLetters });
  expect(() => new EventProducer(stack, 'Wrong', { handler, topic: bills, spill, deadLetters })).toThrow(
    'Test/Wrong: spill: got the SpillStore of topic orders on',
  );
  // Imported once more, it is the same topic.
  expect(() => new EventProducer(stack, 'Right', { handler, topic: orders, spill, deadLetters })).not.toThrow();
});

describe('the replay function', () => {
  const reservedBy = ({ replay }: SpillStore) => (replay.node.defaultChild as CfnFunction).reservedConcurrentExecutions;
  const reserved = (props: Partial<SpillStoreProps>) => {
    const stack = newStack();
    const { topic, deadLetters } = pipelineOnExistingTopic(stack);
    return reservedBy(new SpillStore(stack, 'Own', { topic, deadLetters, ...props }));
  };
  const reservedInPipeline = (props: Partial<EventPipelineProps>) => {
    const stack = newStack();
    const { topic } = pipelineOnExistingTopic(stack);
    return reservedBy(new EventPipeline(stack, 'Own', { topic, ...props }).spill);
  };

  test('reserves no execution, so that an account whose quota is 10 can deploy it, unless asked to', () => {
    expect(reserved({})).toBeUndefined();
    expect(reserved({ reserveConcurrency: false })).toBeUndefined();
    expect(reserved({ reserveConcurrency: true })).toBe(1);
  });

  test('of a pipeline reserves one, and no more, where the pipeline is asked to', () => {
    const settings = [{}, { reserveConcurrency: false }, { reserveConcurrency: true }];
    expect(settings.map(reservedInPipeline)).toEqual([undefined, undefined, 1]);
  });
});

describe('how events are delivered is chosen', () => {
  const acceptLoss = 'page views, a few may go';

  test('at the defaults nothing is said, so that the runtime decides', () => {
    const { acks, retry, onRejected, onFull, bufferBytes } = own(make()) ?? {};
    expect({ acks, retry, onRejected, onFull, bufferBytes }).toEqual({ acks: 'all' });
    expect(own(make({}, { acks: Acks.ALL, retry: RetryStrategy.untilDeadline(), onRejected: OnRejected.fail() }))).toEqual(own(make())); // prettier-ignore
  });

  test.each<[string, Partial<EventProducerOptions>, object]>([
    ['acks of the leader', { acks: Acks.leader(acceptLoss) }, { acks: 1, acceptLoss }],
    ['no acks', { acks: Acks.none(acceptLoss) }, { acks: 0, acceptLoss }],
    ['some retries', { retry: RetryStrategy.atMost(3) }, { retry: { kind: 'at-most', retries: 3 } }],
    ['no retries', { retry: RetryStrategy.none() }, { retry: { kind: 'none' } }],
    ['log', { onRejected: OnRejected.log() }, { onRejected: { kind: 'log' } }],
    ['park', { onRejected: OnRejected.park() }, { onRejected: { kind: 'park' } }],
    ['drop', { onRejected: OnRejected.drop('clicks') }, { onRejected: { kind: 'drop', reason: 'clicks' } }],
    [
      'a full buffer',
      { onFull: OnFull.REJECT, buffer: Size.mebibytes(1) },
      { onFull: 'reject', bufferBytes: 1_048_576 },
    ],
    ['one retry', { retry: RetryStrategy.atMost(1) }, { retry: { kind: 'at-most', retries: 1 } }],
    ['a million', { retry: RetryStrategy.atMost(1_000_000) }, { retry: { kind: 'at-most', retries: 1_000_000 } }],
  ])('%s, and the runtime takes it', (_, options, settings) => {
    const environment = own(make({}, options));
    expect(environment).toMatchObject(settings);
    const variable = JSON.stringify({ ...environment, spill: 's', deadLetters: 'd' });
    expect(producerEnvironment({ [`${PRODUCER_VARIABLE}A`]: variable })).toMatchObject(settings);
  });

  test('forward names the function and grants its invocation, and no other', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const handler = newFunction(stack, { vpc: pipeline.cluster.vpc });
    const target = new Function(stack, 'Rejected', {
      ...{ runtime: Runtime.NODEJS_24_X, handler: 'index.handler' },
      code: Code.fromInline('exports.handler = async () => null'),
    });
    pipeline.addProducer('Producer', { handler, onRejected: OnRejected.forward(target) });
    const template = Template.fromStack(stack);
    const { kind, functionName } = own(template)?.['onRejected'] as { kind: string; functionName: string };
    expect([kind, functionName]).toEqual(['forward', expect.stringContaining("'Rejected")]);
    const invoke = statementsOf(template, 'Handler').filter((one) => actionsOf(one).includes('lambda:InvokeFunction'));
    expect(invoke).toHaveLength(1);
    expect(JSON.stringify(invoke[0]?.Resource)).toContain('"Rejected');
  });

  test.each<[string, Partial<EventProducerOptions>, string]>([
    ['acks of the leader', { acks: Acks.leader(' ') }, 'acks: got 1 without a reason'],
    [
      'no acks',
      { acks: Acks.none('') },
      'acks: got 0 without a reason, want the reason why acknowledged events may be lost; give it, or use Acks.ALL',
    ],
    ['drop', { onRejected: OnRejected.drop('') }, 'onRejected: got drop without a reason'],
  ])('a losing choice without its reason is refused: %s', (_, options, message) => {
    expect(() => make({}, options)).toThrow(message);
  });

  test.each<[string, Partial<EventProducerOptions>, string]>([
    [
      'no retries as a number',
      { retry: RetryStrategy.atMost(0) },
      'retry: got at most 0, want a whole number from 1 to 1000000',
    ],
    ['too many retries', { retry: RetryStrategy.atMost(1_000_001) }, 'retry: got at most 1000001'],
    ['half a retry', { retry: RetryStrategy.atMost(1.5) }, 'retry: got at most 1.5'],
    ['a small buffer', { buffer: Size.kibibytes(1_023) }, 'buffer: got 1047552 bytes, want 1 MiB or more'],
  ])('what is out of range is refused: %s', (_, options, message) => {
    expect(() => make({}, options)).toThrow(message);
  });

  test('a reason and a number known only at deploy are taken', () => {
    const reason = Lazy.string({ produce: () => '' });
    const retries = Lazy.number({ produce: () => 0 });
    expect(() => make({}, { acks: Acks.leader(reason), retry: RetryStrategy.atMost(retries) })).not.toThrow();
    expect(() => make({}, { onRejected: OnRejected.drop(reason) })).not.toThrow();
  });
});

describe('the door', () => {
  const door = (options?: IngestFunctionOptions) => {
    const stack = newStack();
    pipelineOnExistingTopic(stack).addIngest('Ingest', options);
    return Template.fromStack(stack);
  };
  const concurrency = (template: Template) =>
    resourcesOf(template, 'AWS::Lambda::Function')
      .filter(([id]) => id.startsWith('PipelineIngest'))
      .map(([, { Properties }]) => Properties['ReservedConcurrentExecutions']);

  test('has the concurrency it is given, and none reserved by default', () => {
    expect(concurrency(door({ maxConcurrency: 300 }))).toEqual([300]);
    expect(concurrency(door({ maxConcurrency: 1 }))).toEqual([1]);
    expect(concurrency(door())).toEqual([undefined]);
    expect(() => door({ maxConcurrency: Lazy.number({ produce: () => 0 }) })).not.toThrow();
  });

  test.each([0, -1, 1.5])('with a concurrency of %p takes nothing, and is refused', (maxConcurrency) => {
    expect(() => door({ maxConcurrency })).toThrow(`maxConcurrency: got ${maxConcurrency}, want a whole number from 1`);
  });

  test('delivers as it is told', () => {
    const template = door({ onRejected: OnRejected.park(), retry: RetryStrategy.atMost(5) });
    expect(contractOf(template, PRODUCER_VARIABLE)).toContainEqual(
      expect.objectContaining({ onRejected: { kind: 'park' }, retry: { kind: 'at-most', retries: 5 } }),
    );
  });

  test('without a reason for a loss is refused', () => {
    expect(() => door({ acks: Acks.leader('') })).toThrow(
      'Test/Pipeline/Ingest/Producer: acks: got 1 without a reason',
    );
  });
});
