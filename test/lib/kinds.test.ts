import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import {
  Acks,
  DeadLetters,
  EventConsumer,
  EventPipeline,
  EventProducer,
  IngestFunction,
  KafkaCluster,
  KafkaTopic,
  OnRejected,
  PipelineMonitoring,
  SpillStore,
} from 'cdk-lossless-kafka';
import { CLUSTER_ARN, existingVpc, newFunction, newStack, pipelineOnExistingTopic } from './support';

/** Plain JavaScript has no compiler: what is given in place of something else is refused in our words, where it is given. */

const WRONG: readonly (readonly [prop: string, value: unknown])[] = [
  ['topicName', 42],
  ['retention', 7],
  ['retention', '7d'],
  ['cluster', 'arn:aws:kafka:eu-west-1:111122223333:cluster/a/b'],
  ['topic', 'orders'],
  ['vpc', 'vpc-1'],
  ['encryptionKey', 'arn:aws:kms:eu-west-1:111122223333:key/a'],
  ['deadLettersBucket', 'dead-letters'],
  ['spillBucket', 'spilled'],
  ['logRetention', 31],
  ['tracing', 'YES'],
  ['removalPolicy', 'Delete'],
  ['replayOptions', 'large'],
  ['retention', null],
  ['encryptionKey', null],
];
const CONSUMER: typeof WRONG = [
  ['handler', 'arn:aws:lambda:eu-west-1:111122223333:function:f'],
  ['invoke', 'live'],
  ['consumerGroup', 5],
  ['timeMargin', 10],
  ['maxBatchingWindow', 5],
  ['table', 'memory'],
  ['onFailureBucket', 'failed'],
  ['eventIds', 'header'],
  ['timeMargin', null],
  ['unpackOptions', null],
  ['unpackOptions', 'large'],
];
const DOOR: typeof WRONG = [
  ['deadline', 5],
  ['spillTime', 5],
  ['acks', 'all'],
  ['retry', 3],
  ['onRejected', 'store'],
  ['buffer', 64],
  ['authorizer', 'none'],
  ['accessLogRetention', 31],
  ['deadline', null],
];
const of = (prop: string, value: unknown) => ({ [prop]: value }) as object;
const refusal = (prop: string) => new RegExp(`(: |and )${prop}: got .*, want .*; give that`);

test.each(WRONG)('a pipeline is told that %s is no %p', (prop, value) => {
  expect(() => new EventPipeline(newStack(), 'Pipeline', of(prop, value))).toThrow(refusal(prop));
});
test.each(CONSUMER)('a consumer is told that %s is no %p', (prop, value) => {
  const stack = newStack();
  const options = { handler: newFunction(stack), ...of(prop, value) };
  expect(() => pipelineOnExistingTopic(stack).addConsumer('Consumer', options)).toThrow(refusal(prop));
});
test.each(DOOR)('a door is told that %s is no %p', (prop, value) => {
  expect(() => pipelineOnExistingTopic(newStack()).addIngest('Door', of(prop, value))).toThrow(refusal(prop));
});
test.each([
  ['brokerType', 'SERVERLESS'],
  ['instanceType', ec2.InstanceType.of(ec2.InstanceClass.M7G, ec2.InstanceSize.LARGE)],
  ['kafkaVersion', 3.8],
])('a new cluster is told that %s is no %p', (prop, value) => {
  expect(() => new KafkaCluster(newStack(), 'Cluster', of(prop, value))).toThrow(refusal(prop));
});
test('dead letters are told that a name is no bucket', () => {
  expect(() => new DeadLetters(newStack(), 'DeadLetters', of('bucket', 'name'))).toThrow(refusal('bucket'));
});
test('a forwarded event is told that a name is no function', () => {
  expect(() => OnRejected.forward('f' as never)).toThrow(refusal('target'));
});

describe('a cluster that exists', () => {
  const existing = (attributes: object) => () => {
    const stack = newStack();
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
    const all = { clusterArn: CLUSTER_ARN, vpc: existingVpc(stack), securityGroups, ...attributes };
    return KafkaCluster.fromKafkaClusterAttributes(stack, 'Existing', all);
  };
  test.each([[['sg-1']], ['sg-1'], [{}]])('is told that %p is no list of security groups', (securityGroups) => {
    expect(existing({ securityGroups })).toThrow(refusal('securityGroups'));
  });
  test.each(['', 'b-1.orders', 'b-1:9098,', 'b-1:9098 b-2:9098'])('is told that %p names no brokers', (brokers) => {
    expect(existing({ bootstrapBrokers: brokers })).toThrow(`bootstrapBrokers: got '${brokers}', want host:port`);
  });
  test('is taken with the addresses of its brokers', () => {
    expect(existing({ bootstrapBrokers: 'b-1.x:9098, b-2.x:9098' })).not.toThrow();
  });
});

describe('whatever stands in place of a prop, plain JavaScript is told what it has to be', () => {
  const VALUES = [null, 'x', 5, true, [], ['x'], {}];
  /** Which of them a prop may be, by the end of its type; any other type is an object that is made for it. */
  const TAKEN: Readonly<Record<string, readonly unknown[]>> = {
    ...{ string: ['x'], number: [5], boolean: [true] },
    ...{ 'string[]': [[], ['x']], 'ec2.ISecurityGroup[]': [[]], 'logs.RetentionDays': [5] },
    ...{ OwnedFunctionOptions: [{}], SweeperOptions: [{}], UnpackOptions: [{}], 'apigateway.ThrottleSettings': [{}] },
    ...{ 'readonly EventConsumer[]': [[]], 'readonly EventProducer[]': [[]], 'readonly IngestFunction[]': [[]] },
    ...{ 'readonly EventAudit[]': [[]], 'readonly EventCanary[]': [[]] },
    ...{ 'readonly cloudwatch.IAlarmAction[]': [[]], 'boolean | PipelineMonitoringOptions': [true, {}] },
    ...{ 'ec2.SubnetSelection': [{}], 'ec2.FlowLogOptions': [{}] },
  };
  const folder = join(__dirname, '..', '..', 'lib');
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

  /** Name and type of each prop, as the sources declare them. */
  function declared(type: string): [name: string, type: string][] {
    const found = sources.map((text) =>
      new RegExp(`export interface ${type} (?:extends ([\\w, ]+) )?{([^]*?)\\n}`).exec(text),
    );
    const [, parents = '', body = ''] = found.find((match) => match !== null) ?? [];
    const own = [...body.matchAll(/readonly (\w+)\??: ([^;]+);/g)].map(([, name = '', is = '']) => [name, is] as const);
    return [
      ...parents.split(', ').filter(Boolean).flatMap(declared),
      ...own.map(([name, is]): [string, string] => [name, is]),
    ];
  }

  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  const { cluster, topic, spill, deadLetters } = pipeline;
  const vpc = existingVpc(newStack('Other'));
  const handler = newFunction(stack, { vpc: cluster.vpc });
  const ends = { topic, spill, deadLetters };
  type Make = (id: string, props: object) => unknown;
  const MADE: Readonly<Record<string, [needs: object, make: Make]>> = {
    EventPipelineProps: [{ topicName: 'new' }, (id, props) => new EventPipeline(stack, id, props)],
    IngestFunctionProps: [ends, (id, props) => new IngestFunction(stack, id, props as never)],
    IngestFunctionOptions: [{}, (id, props) => pipeline.addIngest(id, props)],
    EventConsumerProps: [{ ...ends, handler }, (id, props) => new EventConsumer(stack, id, props as never)],
    EventConsumerOptions: [{ handler }, (id, props) => pipeline.addConsumer(id, props as never)],
    EventProducerProps: [{ ...ends, handler }, (id, props) => new EventProducer(stack, id, props as never)],
    EventProducerOptions: [{ handler }, (id, props) => pipeline.addProducer(id, props as never)],
    PipelineMonitoringProps: [{ pipeline }, (id, props) => new PipelineMonitoring(stack, id, props)],
    SpillStoreProps: [ends, (id, props) => new SpillStore(stack, id, props as never)],
    DeadLettersProps: [{}, (id, props) => new DeadLetters(stack, id, props)],
    KafkaClusterProps: [{}, (id, props) => new KafkaCluster(stack, id, props)],
    KafkaClusterAttributes: [
      { clusterArn: CLUSTER_ARN, vpc, securityGroups: [] },
      (id, props) => KafkaCluster.fromKafkaClusterAttributes(stack, id, props as never),
    ],
    KafkaTopicProps: [
      { cluster, topicName: 'new', partitions: 1 },
      (id, props) => new KafkaTopic(stack, id, props as never),
    ],
    KafkaTopicAttributes: [
      { cluster, topicName: 'old', retention: topic.retention },
      (id, props) => KafkaTopic.fromTopicAttributes(stack, id, props as never),
    ],
    OwnedFunctionOptions: [{}, (id, options) => pipeline.addIngest(id, options)],
    SweeperOptions: [{}, (id, replayOptions) => new EventPipeline(stack, id, { topicName: 'new', replayOptions })],
    UnpackOptions: [{}, (id, unpackOptions) => pipeline.addConsumer(id, { handler, unpackOptions })],
  };

  let made = 0;
  const answer = (make: Make, props: unknown): string => {
    try {
      make(`It${made++}`, props as object);
      return 'nothing';
    } catch (error) {
      return String(error);
    }
  };
  test.each(Object.entries(MADE))('of %s', (type, [needs, make]) => {
    const props = declared(type);
    expect(props.length).toBeGreaterThan(2 - Number(type.startsWith('Own')));
    const wrong = props.flatMap(([name, is]) =>
      VALUES.filter((value) => !(TAKEN[is] ?? []).some((taken) => JSON.stringify(taken) === JSON.stringify(value))).map(
        (value) => ({ name, value, said: answer(make, { ...needs, [name]: value }) }),
      ),
    );
    expect(wrong.filter(({ name, said }) => !new RegExp(`[ .]${name}: got .*, want `).test(said))).toEqual([]);
  });
  test.each(Object.entries(MADE))('of all that is in %s', (_type, [, make]) => {
    const said = [null, 'x', 5, ['x']].map((props) => answer(make, props));
    expect(said.filter((each) => !/: got .*, want /.test(each))).toEqual([]);
  });
});

test.each([() => Acks.leader(5 as never), () => Acks.none(undefined as never)])(
  'a reason that is no text is none: %#',
  (acks) => {
    expect(() => pipelineOnExistingTopic(newStack()).addIngest('Door', { acks: acks() })).toThrow('without a reason');
  },
);
