import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DeadLetters, EventPipeline, KafkaCluster, OnRejected } from 'cdk-lossless-kafka';
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
  ['bufferSize', 64],
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
