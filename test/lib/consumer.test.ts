import { Aws, CfnParameter, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Code, Function, Runtime, type FunctionProps } from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  EventConsumer,
  EventIds,
  EventPipeline,
  KafkaCluster,
  KafkaTopic,
  type EventConsumerOptions,
} from 'cdk-lossless-kafka';
import { CONSUMER_VARIABLE, objectPart, PRODUCER_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import {
  CLUSTER_ARN,
  actionsOf,
  contractOf,
  existingCluster,
  existingVpc,
  mappingsOf,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
  resourcesOf,
  statementsOf,
} from './support';

interface Given {
  readonly retention?: Duration;
  readonly fn?: Partial<FunctionProps>;
  readonly options?: Partial<EventConsumerOptions>;
}
const build = ({ retention, fn, options }: Given, stack: Stack = newStack()) => {
  const handler = newFunction(stack, fn);
  return pipelineOnExistingTopic(stack, retention).addConsumer('Consumer', { handler, ...options });
};
const make = (given: Given = {}) => Template.fromStack(Stack.of(build(given)));
const seconds = (n: number) => ({ timeout: Duration.seconds(n) });
const day = Duration.days(1);

test('a function that consumes is told all it needs to know', () => {
  expect(contractOf(make(), CONSUMER_VARIABLE)).toEqual([
    {
      cluster: CLUSTER_ARN,
      topic: 'orders',
      group: 'orders-Test-Pipeline-Consumer-8D0F7611',
      table: expect.stringContaining('PipelineConsumerTable') as string,
      deadLetters: expect.stringContaining('PipelineDeadLettersBucket') as string,
      timeMarginMs: 10_000,
      timeoutMs: 120_000,
      doneSeconds: 28 * 86_400,
    },
  ]);
});

test('the function that unpacks what the mapping gave up speaks of the same group, table and bucket', () => {
  const template = make();
  const [consumer] = contractOf(template, CONSUMER_VARIABLE);
  const [{ group, table, deadLetters }] = [consumer!] as [Record<string, unknown>];
  expect(contractOf(template, UNPACK_VARIABLE)).toEqual([
    {
      cluster: CLUSTER_ARN,
      functionArn: "{'Fn::GetAtt':['Handler886CB40B','Arn']}",
      topic: 'orders',
      group,
      table,
      deadLetters,
      onFailure: expect.stringContaining('PipelineConsumerOnFailure') as string,
    },
  ]);
});

test.each([
  [Duration.days(7), 28],
  [Duration.days(14), 28],
  [Duration.days(30), 44],
])('with a retention of %s what was applied is remembered for %i days', (retention, days) => {
  const template = make({ retention, fn: seconds(840) });
  expect(contractOf(template, CONSUMER_VARIABLE)).toMatchObject([{ doneSeconds: days * 86_400 }]);
});

describe('a consumer that would lose events, or never start, is refused at synthesis', () => {
  test.each<[string, Given]>([
    [
      'Test/Pipeline/Consumer: handler timeout: got 3 s, want 30 s to 840 s',
      { retention: day, fn: { timeout: undefined } },
    ],
    ['handler timeout: got 29 s', { retention: day, fn: seconds(29) }],
    ['handler timeout: got 841 s', { fn: seconds(841) }],
    [
      "handler timeout: got 70 s, which less the margin of 10 s and over 10000 retries is 600000 s, want at least the topic's retention of 604800 s, as an outage shorter than that must not send good records to the destination; raise the timeout to 71 s",
      { fn: seconds(70) },
    ],
    ['timeMargin: got 0 s', { options: { timeMargin: Duration.seconds(0) } }],
    ['timeMargin: got 120 s, want 1 s or more and less than', { options: { timeMargin: Duration.seconds(120) } }],
    [
      "timeMargin: got 16 s, which leaves 14 s of the handler's timeout of 30 s to work, want 15 s or more",
      { retention: day, fn: seconds(30), options: { timeMargin: Duration.seconds(16) } },
    ],
    ['batchSize: got 0', { options: { batchSize: 0 } }],
    ['batchSize: got 10001', { options: { batchSize: 10_001 } }],
  ])('%s', (message, given) => {
    expect(() => make(given)).toThrow(message);
  });
});

describe('what is at the edge, or known only at deploy, is taken', () => {
  const token = Lazy.number({ produce: () => 1 });

  test.each<[string, Given]>([
    ['a timeout of 30 s', { retention: day, fn: seconds(30) }],
    ['a timeout of 14 minutes', { fn: seconds(840) }],
    ['a timeout that just outlasts the retention', { fn: seconds(71) }],
    ['a timeout known only at deploy', { fn: { timeout: Duration.seconds(token) } }],
    ['the smallest margin', { options: { timeMargin: Duration.seconds(1) } }],
    ['the shortest time to work', { retention: day, fn: seconds(30), options: { timeMargin: Duration.seconds(15) } }],
    ['the smallest batch', { options: { batchSize: 1 } }],
    ['the largest batch', { options: { batchSize: 10_000 } }],
    ['a batch size known only at deploy', { options: { batchSize: token } }],
  ])('%s', (_, given) => {
    expect(() => make(given)).not.toThrow();
  });
});

test('batches and pollers are those asked for', () => {
  const options = { batchSize: 50, maxBatchingWindow: Duration.seconds(2), minimumPollers: 2, maximumPollers: 6 };
  make({ options }).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 50,
    MaximumBatchingWindowInSeconds: 2,
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 6 },
  });
});

test('an alias is invoked in place of its function', () => {
  const stack = newStack();
  const handler = newFunction(stack);
  const invoke = handler.addAlias('live');
  pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler, invoke });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionName: Match.objectLike({ 'Fn::Join': Match.arrayWith([Match.arrayWith([':live'])]) }),
  });
});

test('an existing table and bucket are used, and none are made', () => {
  const stack = newStack();
  const table = dynamodb.Table.fromTableArn(stack, 'Table', 'arn:aws:dynamodb:eu-central-1:111122223333:table/done');
  const onFailureBucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'given-up');
  build({ options: { table, onFailureBucket, encryptionKey: undefined } }, stack);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::DynamoDB::Table', 0);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    DestinationConfig: {
      OnFailure: {
        Destination: Match.objectLike({ 'Fn::Join': Match.arrayWith([Match.arrayWith([':s3:::given-up'])]) }),
      },
    },
  });
  expect(contractOf(template, CONSUMER_VARIABLE)).toMatchObject([{ table: 'done' }]);
  expect(contractOf(template, UNPACK_VARIABLE)).toMatchObject([{ table: 'done', onFailure: 'given-up' }]);
});

test('no key is made where there is nothing left to encrypt', () => {
  const stack = newStack();
  const { topic, deadLetters } = pipelineOnExistingTopic(stack);
  const scope = new Construct(stack, 'Own');
  const table = dynamodb.Table.fromTableArn(scope, 'Table', 'arn:aws:dynamodb:eu-central-1:111122223333:table/done');
  const onFailureBucket = s3.Bucket.fromBucketName(scope, 'Bucket', 'given-up');
  new EventConsumer(scope, 'Consumer', { topic, deadLetters, handler: newFunction(stack), table, onFailureBucket });
  expect(resourcesOf(Template.fromStack(stack), 'AWS::KMS::Key').filter(([id]) => id.startsWith('Own'))).toEqual([]);
});

describe("two consumers that share an on-failure bucket, of which one would take the other's records, are refused", () => {
  const second = (stack: Stack, other: Stack, first: s3.IBucket, again: s3.IBucket) => {
    pipelineOnExistingTopic(stack).addConsumer('First', { handler: newFunction(stack), onFailureBucket: first });
    const pipeline = pipelineOnExistingTopic(other === stack ? new Stack(stack, 'Nested') : other);
    const handler = newFunction(Stack.of(pipeline), { functionName: 'second' });
    return () => pipeline.addConsumer('Second', { handler, onFailureBucket: again });
  };
  const refusal = 'onFailureBucket: got the bucket of consumer Test/Pipeline/First, want one of this consumer alone';

  test('one construct', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Shared');
    expect(second(stack, stack, bucket, bucket)).toThrow(refusal);
  });
  test('one name, imported twice, in stacks of one app', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Other');
    const named = (scope: Stack) => s3.Bucket.fromBucketName(scope, 'Shared', 'given-up');
    expect(second(stack, other, named(stack), named(other))).toThrow(refusal);
  });
  test('one made here under its name, and imported there', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Other');
    const made = new s3.Bucket(stack, 'Shared', { bucketName: 'given-up' });
    expect(second(stack, other, made, s3.Bucket.fromBucketName(other, 'Shared', 'given-up'))).toThrow(refusal);
  });
  test('one export, imported twice', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Other');
    const imported = (scope: Stack) => s3.Bucket.fromBucketName(scope, 'Shared', Fn.importValue('GivenUp'));
    expect(second(stack, other, imported(stack), imported(other))).toThrow(refusal);
  });
  test('two buckets are taken, of one logical id in two stacks too', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Other');
    expect(second(stack, other, new s3.Bucket(stack, 'Own'), new s3.Bucket(other, 'Own'))).not.toThrow();
  });
  test('two buckets are taken that parameters of one name give to two stacks', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root, 'Other');
    const given = (scope: Stack) =>
      s3.Bucket.fromBucketName(scope, 'Given', new CfnParameter(scope, 'Name').valueAsString);
    expect(second(stack, other, given(stack), given(other))).not.toThrow();
  });
});

test('two functions consume a topic, each in a group of its own', () => {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  const groups = ['First', 'Second'].map((id) => {
    const handler = newFunction(new Construct(stack, id));
    return pipeline.addConsumer(id, { handler }).group;
  });
  expect(new Set(groups).size).toBe(2);
  expect(contractOf(Template.fromStack(stack), CONSUMER_VARIABLE).map(({ group }) => group)).toEqual(groups);
});

describe('the consumer group', () => {
  const consumerOf = (topicName: string) => {
    const stack = newStack();
    const { cluster } = pipelineOnExistingTopic(stack).topic;
    const topic = KafkaTopic.fromTopicAttributes(stack, 'Topic', { cluster, topicName, retention: day });
    return new EventPipeline(stack, 'Second', { topic }).addConsumer('Consumer', { handler: newFunction(stack) });
  };

  test('has a name that Lambda takes, at the edge too', () => {
    expect(consumerOf('o'.repeat(170)).group).toMatch(/^[a-zA-Z0-9-/*:_+=.@]{200}$/);
  });
  test('is refused when its name would be too long', () => {
    expect(() => consumerOf('o'.repeat(171))).toThrow('consumer group: got 201 characters');
  });
  test('is taken when it, or a part of it, is known only at deploy', () => {
    expect(() => consumerOf(`${Aws.REGION}-${'o'.repeat(190)}`)).not.toThrow();
    expect(() => build({ options: { consumerGroup: Fn.importValue('Group') } })).not.toThrow();
  });
  test('is another one for another topic: a mapping of a renamed topic does not meet its predecessor', () => {
    expect(consumerOf('old').group).not.toBe(consumerOf('new').group);
  });
});

describe('a mapping', () => {
  /** A consumer of `orders` or another topic, of a function or an alias of it, under this id. */
  const mapped = ({
    topicName = 'orders',
    id = 'Consumer',
    alias = '',
    ...options
  }: Partial<EventConsumerOptions> & { topicName?: string; id?: string; alias?: string } = {}) => {
    const stack = newStack();
    const { cluster } = pipelineOnExistingTopic(stack);
    const topic = KafkaTopic.fromTopicAttributes(stack, 'Topic', { cluster, topicName, retention: day });
    const handler = newFunction(stack);
    const invoke = alias === '' ? undefined : handler.addAlias(alias);
    new EventPipeline(stack, 'Mapped', { topic }).addConsumer(id, { handler, invoke, ...options });
    const template = Template.fromStack(stack);
    const [logicalId, { Properties }] = mappingsOf(template, `Mapped${id}`)[0]!;
    return { template, logicalId, properties: Properties };
  };

  test('is a new one when its topic or group changes, which CloudFormation cannot change, and else stays', () => {
    const { logicalId } = mapped();
    expect(mapped({ batchSize: 7, timeMargin: Duration.seconds(9) }).logicalId).toBe(logicalId);
    const others = [mapped({ topicName: 'orders-2' }), mapped({ consumerGroup: 'mine' }), mapped({ consumerGroup: 'mine', topicName: 'orders-2' })]; // prettier-ignore
    expect(new Set([logicalId, ...others.map((one) => one.logicalId)]).size).toBe(4);
  });

  test('of a topic known only at deploy is made, too', () => {
    const topicName = Fn.importValue('topic');
    expect(mapped({ topicName, consumerGroup: 'mine' }).properties).toMatchObject({
      Topics: [{ 'Fn::ImportValue': 'topic' }],
    });
  });

  test.each(['billing', 'Billing/eu:1_+=.@-x', 'g'.repeat(200)])(
    'goes by the group it is given (%s), as do rights, contract, dead letters and what unpacks',
    (consumerGroup) => {
      const { template, properties } = mapped({ consumerGroup });
      expect(properties).toMatchObject({ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: consumerGroup } });
      expect(contractOf(template, CONSUMER_VARIABLE)).toMatchObject([{ group: consumerGroup }]);
      expect(contractOf(template, UNPACK_VARIABLE)).toMatchObject([{ group: consumerGroup }]);
      const rights = (action: string) =>
        JSON.stringify(statementsOf(template, 'Handler').filter((statement) => actionsOf(statement).includes(action)));
      expect(rights('kafka-cluster:AlterGroup')).toContain(`:group/there/0a1b-2/${consumerGroup}"`);
      expect(rights('s3:PutObject')).toContain(`/${objectPart(consumerGroup)}/orders/*`);
    },
  );

  test.each(['', 'two words', 'all*', 'ä', 'g'.repeat(201)])(
    'is refused by a group that Lambda refuses (%s)',
    (consumerGroup) => {
      expect(() => mapped({ consumerGroup })).toThrow(`consumerGroup: got '${consumerGroup}', want 1 to 200 letters`);
    },
  );

  test('of a renamed consumer goes on in its group with what was remembered, beside the old one, by an alias of its function', () => {
    const stack = newStack('Tables');
    const table = dynamodb.Table.fromTableArn(stack, 'Table', 'arn:aws:dynamodb:eu-central-1:111122223333:table/done');
    const before = mapped();
    const group = String(contractOf(before.template, CONSUMER_VARIABLE)[0]?.['group']);
    const after = mapped({ id: 'Renamed', consumerGroup: group, table, alias: 'b' });
    expect(after.logicalId).not.toBe(before.logicalId);
    expect(contractOf(after.template, CONSUMER_VARIABLE)).toMatchObject([{ group, table: 'done' }]);
    // Lambda refuses a second mapping of one function, cluster and topic: an alias is another function to it.
    expect(before.properties['FunctionName']).toEqual({ Ref: expect.stringMatching(/^Handler/) as string });
    expect(JSON.stringify(after.properties['FunctionName'])).not.toBe(
      JSON.stringify(before.properties['FunctionName']),
    );
  });

  test('counts what is dropped, what is tried in vain, and how far it is behind', () => {
    expect(mapped().properties['MetricsConfig']).toEqual({ Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] });
  });

  test('starts at the oldest record, and what it gives up is neither late, nor lost, nor more than what failed', () => {
    const { properties, template } = mapped();
    expect(properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10_000,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringMatching(/OnFailure/), 'Arn'] } } },
    });
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('is made once its function may read, and its topic is there', () => {
    const stack = newStack();
    const cluster = existingCluster(stack);
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
    pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
    const [mapping] = mappingsOf(Template.fromStack(stack), 'PipelineConsumer');
    expect(mapping?.[1].DependsOn).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^HandlerServiceRoleDefaultPolicy/),
        expect.stringMatching(/^PipelineTopic/),
      ]),
    );
  });

  test('has metrics of its own region, also where another stack looks at them', () => {
    const stack = newStack('Bound', { env: { account: '111122223333', region: 'eu-central-1' } });
    expect(build({}, stack).metric('DroppedEventCount').region).toBe('eu-central-1');
  });

  test('is watched by metrics of its own', () => {
    const stack = newStack();
    const consumer = build({}, stack);
    const watch = { threshold: 1, evaluationPeriods: 3 };
    consumer.metric('FailedInvokeEventCount').createAlarm(stack, 'Failing', watch);
    consumer.metric('MaxOffsetLag', { period: Duration.minutes(1) }).createAlarm(stack, 'Behind', watch);
    const common = { Namespace: 'AWS/Lambda', Dimensions: [{ Name: 'EventSourceMappingUUID', Value: { Ref: Match.stringLikeRegexp('^PipelineConsumerMapping') } }] }; // prettier-ignore
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { ...common, MetricName: 'FailedInvokeEventCount', Statistic: 'Sum', Period: 300 }); // prettier-ignore
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { ...common, MetricName: 'MaxOffsetLag', Statistic: 'Maximum', Period: 60 }); // prettier-ignore
  });
});

describe('a topic is changed by draining the old one, then leaving it', () => {
  type Step = 'before' | 'both' | 'switched' | 'after';
  const at = (step: Step) => {
    const stack = newStack();
    const cluster = existingCluster(stack);
    const { vpc, vpcSubnets } = cluster;
    const producer = new Function(stack, 'Producer', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('…'), timeout: Duration.minutes(1), vpc, vpcSubnets }); // prettier-ignore
    const consume = (topicName: string, isFed: boolean) => {
      const pipeline = new EventPipeline(stack, topicName, { cluster, topicName });
      const scope = new Construct(stack, `Of-${topicName}`);
      pipeline.addConsumer('Billing', { handler: newFunction(scope) });
      if (isFed) pipeline.addProducer('Producer', { handler: producer });
    };
    if (step !== 'after') consume('orders', step === 'before' || step === 'both');
    if (step !== 'before') consume('orders-2', step !== 'both');
    const template = Template.fromStack(stack);
    const mapping = (topic: string) =>
      resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(([, { Properties }]) => JSON.stringify(Properties['Topics']) === JSON.stringify([topic])); // prettier-ignore
    const fed = contractOf(template, PRODUCER_VARIABLE).filter(({ source }) =>
      String(source).endsWith('Test/Producer'),
    );
    return { template, mapping, fed: fed.map(({ topic }) => topic) };
  };

  test('the old mapping is untouched until it is taken away, and reads on while nobody writes to its topic any more', () => {
    const [before, both, switched, after] = (['before', 'both', 'switched', 'after'] as const).map(at);
    expect([before, both, switched, after].map((step) => step?.fed)).toEqual([['orders'], ['orders'], ['orders-2'], ['orders-2']]); // prettier-ignore
    const old = before?.mapping('orders');
    expect(old).toBeDefined();
    expect([both?.mapping('orders'), switched?.mapping('orders'), after?.mapping('orders')]).toEqual([
      old,
      old,
      undefined,
    ]);
    const made = both?.mapping('orders-2');
    expect(made).toBeDefined();
    expect([switched?.mapping('orders-2'), after?.mapping('orders-2')]).toEqual([made, made]);
  });

  test('and what holds events of the old one stays behind', () => {
    const { template } = at('switched');
    for (const type of ['AWS::MSK::Topic', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key']) {
      const kept = resourcesOf(template, type).map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [DeletionPolicy, UpdateReplacePolicy]); // prettier-ignore
      expect(kept.length).toBeGreaterThan(0);
      expect(new Set(kept.flat())).toEqual(new Set(['RetainExceptOnCreate', 'Retain']));
    }
  });
});

describe('how the events of a topic are told apart', () => {
  const warned = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('eventIds: got nothing for topic orders')); // prettier-ignore

  test('is told to the consumer and to what unpacks for it', () => {
    const template = make({ options: { eventIds: EventIds.header('id') } });
    for (const variable of [CONSUMER_VARIABLE, UNPACK_VARIABLE]) {
      expect(contractOf(template, variable)).toMatchObject([{ eventIds: { kind: 'header', header: 'id' } }]);
    }
  });

  test('is asked for where no producer of the app publishes to an existing topic', () => {
    const stack = newStack();
    build({}, stack);
    expect(warned(stack)).toHaveLength(1);
  });

  test.each([EventIds.cloudEvents(), EventIds.header('id'), EventIds.fromHandler(), EventIds.coordinates()])(
    'is not asked for where it is said',
    (eventIds) => {
      const stack = newStack();
      build({ options: { eventIds } }, stack);
      expect(warned(stack)).toEqual([]);
    },
  );

  test('is not asked for where a producer of the app publishes, added after the consumer, to the same topic', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
    pipeline.addIngest('Ingest');
    expect(warned(stack)).toEqual([]);
  });

  test('is asked for where a producer publishes to another topic alone, of another name or on another cluster', () => {
    const beside = (topicName: string, clusterArn: string) => {
      const stack = newStack();
      build({}, stack);
      const scope = new Construct(stack, 'Beside');
      const vpc = existingVpc(scope);
      const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(scope, 'Group', 'sg-2')];
      const cluster = KafkaCluster.fromKafkaClusterAttributes(scope, 'Cluster', { clusterArn, vpc, securityGroups });
      const topic = KafkaTopic.fromTopicAttributes(scope, 'Topic', { cluster, topicName, retention: day });
      new EventPipeline(scope, 'Pipeline', { topic }).addIngest('Ingest');
      return warned(stack);
    };
    expect(beside('payments', CLUSTER_ARN)).toHaveLength(1);
    expect(beside('orders', CLUSTER_ARN.replace('there', 'elsewhere'))).toHaveLength(1);
    expect(beside('orders', CLUSTER_ARN)).toEqual([]);
  });

  test('is not asked for of a topic that is made here, whose events come from this app', () => {
    const stack = newStack();
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
    pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
    expect(warned(stack)).toEqual([]);
  });

  test('by a header without a name is refused', () => {
    expect(() => build({ options: { eventIds: EventIds.header(' ') } })).toThrow(
      'eventIds: got a header without a name',
    );
  });
});
