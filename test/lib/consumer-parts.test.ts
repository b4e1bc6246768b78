import { Duration, Lazy, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableV2, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { EventPipeline, KafkaTopic } from 'cdk-lossless-kafka';
import { existingCluster, newFunction, newStack, pipelineOnExistingTopic } from './support';

/** What a consumer is given is its own, and works for it. */

const functionIn = (stack: Stack, id: string) => newFunction(new Construct(stack, id));

describe('invoke', () => {
  test('of another function is refused: it has neither environment nor rights', () => {
    const stack = newStack();
    const [handler, other] = [newFunction(stack), functionIn(stack, 'Other')];
    const pipeline = pipelineOnExistingTopic(stack);
    const refused = /invoke: got Test\/Other\/Handler.*, want an alias or version of the handler Test\/Handler/;
    expect(() => pipeline.addConsumer('A', { handler, invoke: other })).toThrow(refused);
    expect(() => pipeline.addConsumer('B', { handler, invoke: other.addAlias('live') })).toThrow(refused);
  });
  test('of the handler, its alias or version is taken', () => {
    for (const pick of ['itself', 'alias', 'version'] as const) {
      const stack = newStack();
      const handler = newFunction(stack);
      const invoke = {
        itself: () => handler,
        alias: () => handler.addAlias('a'),
        version: () => handler.currentVersion,
      };
      expect(() =>
        pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler, invoke: invoke[pick]() }),
      ).not.toThrow();
    }
  });
});

describe('a consumer group', () => {
  const two = (groups: [string, string]) => () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    groups.forEach((consumerGroup, n) => {
      pipeline.addConsumer(`C${n}`, { handler: functionIn(stack, `F${n}`), consumerGroup });
    });
  };
  test('of two consumers is refused: each would apply only what the other does not get', () => {
    expect(two(['billing', 'billing'])).toThrow(
      "Test/Pipeline/C1: consumerGroup: got 'billing', the group of consumer Test/Pipeline/C0",
    );
  });
  test('of each consumer alone is taken', () => {
    expect(two(['billing', 'audit'])).not.toThrow();
  });
});

describe('a table of this app', () => {
  const KEY = { name: 'key', type: AttributeType.STRING };
  const consumedWith = (props: TableProps) => () => {
    const stack = newStack();
    pipelineOnExistingTopic(stack).addConsumer('C', {
      handler: newFunction(stack),
      table: new Table(stack, 'T', props),
    });
  };
  test.each([
    ['another key', { partitionKey: { ...KEY, name: 'id' } }, 'id'],
    ['a number for key', { partitionKey: { ...KEY, type: AttributeType.NUMBER } }, 'key of type N'],
    ['a sort key', { partitionKey: KEY, sortKey: { ...KEY, name: 'at' } }, 'key and at'],
  ])('with %s is refused: no event could be remembered in it', (_what, props, told) => {
    expect(consumedWith(props)).toThrow(
      `table: got a table with the key ${told}, want one with the partition key 'key'`,
    );
  });
  test('with the key is taken', () => {
    expect(consumedWith({ partitionKey: KEY })).not.toThrow();
    const stack = newStack();
    const table = new TableV2(stack, 'T', { partitionKey: KEY });
    expect(() => pipelineOnExistingTopic(stack).addConsumer('C', { handler: newFunction(stack), table })).not.toThrow();
  });
});

describe('a topic', () => {
  const existing = (topicName: string) => () =>
    KafkaTopic.fromTopicAttributes(newStack(), 'Topic', {
      ...{ cluster: existingCluster(newStack()), topicName, retention: Duration.days(7) },
    });
  test.each(['', 'o o', '*', 'orders*', 'a/b', 'a'.repeat(250)])('that no cluster has is refused: %p', (name) => {
    expect(existing(name)).toThrow(`topicName: got '${name}', want 1 to 249 letters`);
  });
  test.each(['orders', 'o', '.orders', 'a'.repeat(249)])('that a cluster may have is taken: %p', (name) => {
    expect(existing(name)).not.toThrow();
  });
  test.each(['orders.new', 'orders_new'])('made twice on a cluster is refused: orders.new and %s', (topicName) => {
    const stack = newStack();
    const { cluster } = new EventPipeline(stack, 'One', { topicName: 'orders.new' });
    expect(() => new EventPipeline(stack, 'Two', { topicName, cluster })).toThrow(
      `topicName: got '${topicName}', which Test/One/Topic makes on the same cluster`,
    );
  });
  test('known only at deploy warns that a change of it would not reach the mapping', () => {
    const stack = newStack();
    const topicName = Lazy.string({ produce: () => 'orders' });
    const topic = KafkaTopic.fromTopicAttributes(stack, 'T', {
      ...{ cluster: existingCluster(stack), topicName, retention: Duration.days(7) },
    });
    new EventPipeline(stack, 'Pipeline', { topic }).addConsumer('C', { handler: newFunction(stack) });
    Annotations.fromStack(stack).hasWarning('/Test/Pipeline/C', Match.stringLikeRegexp('topic: got a name known only'));
  });
});
