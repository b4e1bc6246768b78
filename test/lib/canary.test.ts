import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import {
  EventCanary,
  EventPipeline,
  KafkaTopic,
  type EventCanaryProps,
  type EventPipelineProps,
} from 'cdk-lossless-kafka';
import { findingsOf } from '../../rules';
import { actionsOf, CLUSTER_ARN, newFunction, newStack, pipelineOnExistingTopic, resourcesOf, statementsOf } from './support'; // prettier-ignore

/** A topic with a door and two consumers, to which canaries are sent. */
function watched(props: Partial<EventCanaryProps> = {}) {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  const ingest = pipeline.addIngest('Ingest');
  const consumerOf = (id: string) =>
    pipeline.addConsumer(id, { handler: newFunction(new Construct(stack, `${id}Of`)) });
  const [billing, shipping] = [consumerOf('Billing'), consumerOf('Shipping')];
  const canary = new EventCanary(stack, 'Canary', { ingest, consumers: [billing], ...props });
  return { stack, pipeline, ingest, billing, shipping, canary };
}

const { stack, canary, shipping } = watched();
canary.addConsumer(shipping);
canary.addConsumer(shipping);
const template = Template.fromStack(stack);
const functions = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('CanaryFunction'));
const [ingestId] = resourcesOf(template, 'AWS::Lambda::Function').map(([id]) => id).filter((id) => id.startsWith('PipelineIngest')); // prettier-ignore

test('every minute a function outside of any VPC sends canaries, and no call is tried again', () => {
  const [[, found] = [undefined, undefined]] = functions;
  expect(found?.Properties).toMatchObject({ MemorySize: 256, Timeout: 60 });
  expect(found?.Properties).not.toHaveProperty('VpcConfig');
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [functions[0]?.[0], 'Arn'] } })],
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    ...{ FunctionName: { Ref: functions[0]?.[0] }, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  });
});

test('it finds the door and each consumer, once, in one variable', () => {
  const variables = (functions[0]?.[1].Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
  const [text] = Object.entries(variables).flatMap(([name, value]) =>
    name.startsWith('LOSSLESS_CANARY_') ? [value] : [],
  );
  const parts = (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  const told = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : Object.values(part as object)[0] as string)).join('')) as unknown; // prettier-ignore
  const containing = (part: string) => expect.stringContaining(part) as unknown;
  expect(told).toEqual({
    ...{ cluster: CLUSTER_ARN, topic: 'orders', ingest: ingestId, periodMs: 60_000 },
    groups: ['Billing', 'Shipping'].map((id) => ({ group: containing(id), table: containing(`Pipeline${id}Table`) })),
  });
});

test('it may call the door and look up records, and nothing else', () => {
  const statements = statementsOf(template, 'CanaryFunction');
  const actions = [...new Set(statements.flatMap(actionsOf))].sort();
  expect(actions).toEqual(['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'kms:Decrypt', 'lambda:InvokeFunction']);
  const called = statements.filter((each) => actionsOf(each).includes('lambda:InvokeFunction'));
  expect(JSON.stringify(called)).toContain(JSON.stringify({ 'Fn::GetAtt': [ingestId, 'Arn'] }));
});

test('metrics of a consumer: how old its latest canary is at most, how long they took, how many were settled', () => {
  const { canary: hourly, billing } = watched({ canaryOptions: { period: Duration.hours(1) } });
  expect(hourly.metricAge(billing).toMetricConfig().metricStat).toMatchObject({
    ...{ metricName: 'CanaryAge', namespace: 'LosslessKafka', statistic: 'Maximum', period: Duration.hours(1) },
    dimensions: [{ name: 'service', value: billing.group }, { name: 'topic', value: 'orders' }],
  }); // prettier-ignore
  expect(hourly.metricTimeToEffect(billing)).toMatchObject({ metricName: 'CanaryTimeToEffect', statistic: 'Maximum' });
  expect(hourly.metricSettled(billing)).toMatchObject({ metricName: 'CanarySettled', statistic: 'Sum' });
});

test('no loss rule has anything to say of it', () => {
  const about = findingsOf(template.toJSON()).map(({ logicalId }) => logicalId);
  expect(about.filter((id) => id.startsWith('Canary'))).toEqual([]);
});

describe('of a pipeline', () => {
  function piped(props: Partial<EventPipelineProps> = {}) {
    const stack = newStack();
    const { topic } = pipelineOnExistingTopic(stack);
    const pipeline = new EventPipeline(stack, 'Orders', { topic, monitoring: false, canary: true, ...props });
    const consumer = (id: string) =>
      pipeline.addConsumer(id, { handler: newFunction(new Construct(stack, `${id}Of`)) });
    return { stack, pipeline, consumer };
  }
  const groupsOf = (pipeline: EventPipeline) => pipeline.canary?.consumers.map(({ node }) => node.id);

  test('canaries go from the first door to every consumer, whichever was added first', () => {
    const { pipeline, consumer } = piped();
    consumer('Billing');
    expect(pipeline.canary).toBeUndefined();
    pipeline.addIngest('Ingest');
    expect(groupsOf(pipeline)).toEqual(['Billing']);
    pipeline.addIngest('Another');
    consumer('Shipping');
    expect(groupsOf(pipeline)).toEqual(['Billing', 'Shipping']);
  });

  test('there are none where nobody asks for them', () => {
    const { pipeline, consumer } = piped({ canary: undefined });
    pipeline.addIngest('Ingest');
    consumer('Billing');
    expect(pipeline.canary).toBeUndefined();
  });

  test.each([
    ['no door', (of: ReturnType<typeof piped>) => void of.consumer('Billing'), 'call addIngest'],
    ['no consumer', (of: ReturnType<typeof piped>) => void of.pipeline.addIngest('Ingest'), 'call addConsumer'],
  ])('with %s they are refused at synthesis', (what, given, fix) => {
    const around = piped();
    given(around);
    expect(() => Template.fromStack(around.stack)).toThrow(`canary: got ${what} in this pipeline, want one, as canaries go from a door to consumers; ${fix}`); // prettier-ignore
  });

  test('options of canaries that are not sent are refused', () => {
    expect(() => piped({ canary: false, canaryOptions: {} })).toThrow('canaryOptions: got them without canaries');
  });

  test('the alarm looks at the least of ten rounds, twice, and takes silence for death', () => {
    const { stack, pipeline, consumer } = piped({ monitoring: true });
    pipeline.addIngest('Ingest');
    consumer('Billing');
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ MetricName: 'CanaryAge', Statistic: 'Minimum', Period: 300, Threshold: 600, EvaluationPeriods: 2 },
      ...{ ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'breaching' },
      AlarmDescription: Match.stringLikeRegexp('#canary-overdue$'),
    });
    Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
  });
});

describe('refused in words are', () => {
  const other = (pipeline: EventPipeline, of: Stack) =>
    KafkaTopic.fromTopicAttributes(of, 'OtherTopic', {
      ...{ cluster: pipeline.cluster, topicName: 'refunds', retention: Duration.days(7) },
    });

  test('canaries to nobody, or through no door', () => {
    expect(() => watched({ consumers: [] })).toThrow('consumers: got none, want one or more');
    expect(() => watched({ consumers: undefined as unknown as [] })).toThrow('consumers: got nothing, want the EventConsumers'); // prettier-ignore
    expect(() => watched({ ingest: undefined as never })).toThrow('ingest: got nothing, want the IngestFunction');
  });

  test('a consumer of another topic than the door’s', () => {
    const { pipeline, canary: own, stack: of } = watched();
    const consumer = Object.assign(Object.create(own.consumers[0]!) as typeof own.consumers[0], { topic: other(pipeline, of) }); // prettier-ignore
    expect(() => own.addConsumer(consumer)).toThrow('consumers: got one of topic refunds on');
  });
});
