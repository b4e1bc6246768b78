import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { EventAudit, KafkaTopic, type EventAuditProps, type EventPipeline } from 'cdk-lossless-kafka';
import { findingsOf } from '../../rules';
import { actionsOf, CLUSTER_ARN, newFunction, newStack, pipelineOnExistingTopic, resourcesOf, statementsOf } from './support'; // prettier-ignore

/** A topic with two consumers, all of whose events are audited. */
function audited(props: Partial<EventAuditProps> = {}) {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack, undefined, { audit: false });
  const consumerOf = (id: string) =>
    pipeline.addConsumer(id, { handler: newFunction(new Construct(stack, `${id}Of`)) });
  const [billing, shipping] = [consumerOf('Billing'), consumerOf('Shipping')];
  const audit = new EventAudit(stack, 'Audit', { consumers: [billing], ...props });
  return { stack, pipeline, billing, shipping, audit };
}

const { stack, audit, shipping } = audited();
audit.addConsumer(shipping);
audit.addConsumer(shipping);
const template = Template.fromStack(stack);
const functions = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('AuditFunction'));

test('every minute a function in the brokers’ VPC audits, and no call is tried again', () => {
  const [[, found] = [undefined, undefined]] = functions;
  expect(found?.Properties).toMatchObject({
    ...{ MemorySize: 512, Timeout: 60, VpcConfig: { SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] } },
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [functions[0]?.[0], 'Arn'] } })],
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    ...{ FunctionName: { Ref: functions[0]?.[0] }, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    ...{ GroupId: 'sg-1', FromPort: 9098, Description: 'audits' },
  });
});

test('it finds each consumer, once, in one variable', () => {
  const variables = (functions[0]?.[1].Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
  const [text] = Object.entries(variables).flatMap(([name, value]) =>
    name.startsWith('LOSSLESS_AUDIT_') ? [value] : [],
  );
  const parts = (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  const told = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : Object.values(part as object)[0] as string)).join('')) as unknown; // prettier-ignore
  const containing = (part: string) => expect.stringContaining(part) as unknown;
  expect(told).toEqual({
    ...{ cluster: CLUSTER_ARN, topic: 'orders', brokers: 'b-1.there:9098,b-2.there:9098', authentication: 'iam' },
    groups: ['Billing', 'Shipping'].map((id) => ({
      ...{
        group: containing(id),
        table: containing(`Pipeline${id}Table`),
        onFailure: containing(`Pipeline${id}OnFailure`),
      },
    })),
  });
});

test('status finds its function by an output, with how long the topic keeps what it shows', () => {
  const outputs = Object.values(template.findOutputs('*') as Record<string, { Value: unknown }>);
  const texts = outputs.map(({ Value }) => JSON.stringify(Value)).filter((text) => text.includes('audit/1'));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/"Ref":"AuditFunction\w+"/);
  expect(texts[0]).toContain('\\"retentionSeconds\\":604800');
});

test('it may look at offsets, ledgers and names of objects, write what it remembers, and read no event', () => {
  const statements = statementsOf(template, 'AuditFunction');
  const actions = [...new Set(statements.flatMap(actionsOf))].filter((action) => !action.startsWith('kms:')).sort();
  expect(actions).toEqual([
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:UpdateItem',
    'kafka-cluster:Connect',
    'kafka-cluster:DescribeGroup',
    'kafka-cluster:DescribeTopic',
    's3:ListBucket',
  ]);
  const onTables = statements.filter((each) => actionsOf(each).some((action) => action.startsWith('dynamodb:')));
  const keys = (folders: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': folders } });
  for (const { Condition, ...each } of onTables) {
    const writes = actionsOf(each).includes('dynamodb:UpdateItem');
    expect(Condition).toEqual(keys(writes ? ['audit/*'] : ['ledger/*', 'audit/*']));
  }
  expect(onTables).toHaveLength(4);
});

test('metrics of a consumer are the maximum of what its audits found', () => {
  const { audit: hourly, billing } = audited({ auditOptions: { period: Duration.hours(1) } });
  expect(hourly.metricUnaccounted(billing).toMetricConfig().metricStat).toMatchObject({
    ...{ metricName: 'UnaccountedEvents', namespace: 'LosslessKafka', statistic: 'Maximum', period: Duration.hours(1) },
    dimensions: [{ name: 'service', value: billing.group }, { name: 'topic', value: 'orders' }],
  }); // prettier-ignore
  expect(hourly.metricOldestUnsettled(billing).metricName).toBe('OldestUnsettledAge');
});

test('no loss rule has anything to say of it', () => {
  const about = findingsOf(template.toJSON()).map(({ logicalId }) => logicalId);
  expect(about.filter((id) => id.startsWith('Audit'))).toEqual([]);
});

describe('refused in words is', () => {
  const other = (pipeline: EventPipeline, of: Stack) =>
    KafkaTopic.fromTopicAttributes(of, 'OtherTopic', {
      ...{ cluster: pipeline.cluster, topicName: 'refunds', retention: Duration.days(7) },
    });

  test('an audit of nobody', () => {
    expect(() => audited({ consumers: [] })).toThrow('consumers: got none, want one or more');
    expect(() => audited({ consumers: undefined as unknown as [] })).toThrow('consumers: got nothing, want the EventConsumers'); // prettier-ignore
  });

  test('a consumer of another topic', () => {
    const { pipeline, audit: own, stack: of } = audited();
    const consumer = Object.assign(Object.create(own.consumers[0]!) as typeof own.consumers[0], { topic: other(pipeline, of) }); // prettier-ignore
    expect(() => own.addConsumer(consumer)).toThrow('consumers: got one of topic refunds on');
  });

  test('memory in which a cold start takes too long', () => {
    expect(() => audited({ auditOptions: { memorySize: 256 } })).toThrow('memorySize: got 256 MiB, want a whole number from 512 to 10240'); // prettier-ignore
  });
});
