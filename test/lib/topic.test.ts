import { Aws, Duration, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BrokerType, KafkaCluster, KafkaTopic, type KafkaTopicProps } from 'cdk-lossless-kafka';
import { CLUSTER_ARN, existingCluster, newStack, parsed, resourcesOf } from './support';

const make = (props: Partial<KafkaTopicProps>) => {
  const stack = newStack();
  const cluster = existingCluster(stack);
  new KafkaTopic(stack, 'Topic', { cluster, topicName: 'orders', partitions: 6, ...props });
  return Template.fromStack(stack);
};
const configsOf = (template: Template) => {
  const [topic] = resourcesOf(template, 'AWS::MSK::Topic');
  return parsed((topic?.[1].Properties['Configs'] as { 'Fn::Base64': string })['Fn::Base64']);
};

describe('what would lose events, or never start, is refused at synthesis', () => {
  test.each<[string, Partial<KafkaTopicProps>]>([
    ['Test/Topic: retention: got 86399 s, want 86400 s (one day) or more', { retention: Duration.seconds(86_399) }],
    ['retention: got a value known only at deploy', { retention: Duration.days(Lazy.number({ produce: () => 7 })) }],
    ['maxMessageBytes: got 4400001, want 1024 to 4400000', { maxMessageBytes: 4_400_001 }],
    ['maxMessageBytes: got 1023', { maxMessageBytes: 1023 }],
    ['partitions: got 0', { partitions: 0 }],
    ['partitions: got 1.5', { partitions: 1.5 }],
    ['partitions: got 4001', { partitions: 4001 }],
    ["topicName: got ''", { topicName: '' }],
    ["topicName: got '..'", { topicName: '..' }],
    ["topicName: got '__consumer_offsets'", { topicName: '__consumer_offsets' }],
    ["topicName: got 'a b'", { topicName: 'a b' }],
    ["topicName: got 'x', want 2 to 249 letters", { topicName: 'x' }],
    [
      "topicName: got '.orders', want 2 to 249 letters, digits, '.', '_' and '-', the first no '.'",
      { topicName: '.orders' },
    ],
    ['want 2 to 249 letters', { topicName: 'x'.repeat(250) }],
  ])('%s', (message, props) => {
    expect(() => make(props)).toThrow(message);
  });
});

describe('what is at the edge, or known only at deploy, is taken', () => {
  test.each<[string, Partial<KafkaTopicProps>]>([
    ['a retention of one day', { retention: Duration.days(1) }],
    ['the largest and the smallest message', { maxMessageBytes: 4_400_000 }],
    ['the smallest message', { maxMessageBytes: 1024 }],
    ['one partition', { partitions: 1 }],
    ['4,000 partitions', { partitions: 4000 }],
    ['the shortest name', { topicName: 'xy' }],
    ['the longest name', { topicName: 'x'.repeat(249) }],
    ['a name known only at deploy', { topicName: Aws.STACK_NAME }],
    ['partitions known only at deploy', { partitions: Lazy.number({ produce: () => 0 }) }],
  ])('%s', (_, props) => {
    expect(() => make(props)).not.toThrow();
  });
});

test('retention and message size are those asked for', () => {
  expect(configsOf(make({ retention: Duration.days(3), maxMessageBytes: 1_048_576 }))).toMatchObject({
    'retention.ms': '259200000',
    'max.message.bytes': '1048576',
  });
});

test('on Express brokers the topic sets nothing that MSK protects', () => {
  const stack = newStack();
  const cluster = new KafkaCluster(stack, 'Cluster', { brokerType: BrokerType.EXPRESS });
  new KafkaTopic(stack, 'Topic', { cluster, topicName: 'orders', partitions: 6 });
  expect(Object.keys(configsOf(Template.fromStack(stack)))).toEqual([
    'cleanup.policy',
    'max.message.bytes',
    'message.timestamp.type',
    'retention.bytes',
    'retention.ms',
  ]);
});

test('the ARN of an existing topic is derived from its cluster', () => {
  const stack = newStack();
  const attributes = { cluster: existingCluster(stack), topicName: 'orders', retention: Duration.days(7) };
  const topic = KafkaTopic.fromTopicAttributes(stack, 'Topic', attributes);
  expect(stack.resolve(topic.topicArn)).toBe(`${CLUSTER_ARN.replace(':cluster/', ':topic/')}/orders`);
});

test('an existing topic says how long it keeps its events, at synthesis', () => {
  const stack = newStack();
  const retention = Duration.seconds(Lazy.number({ produce: () => 7 }));
  const attributes = { cluster: existingCluster(stack), topicName: 'orders', retention };
  expect(() => KafkaTopic.fromTopicAttributes(stack, 'Topic', attributes)).toThrow('known only at deploy');
});
