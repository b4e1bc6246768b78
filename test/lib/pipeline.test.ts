import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DeadLetters, EventPipeline, KafkaCluster, KafkaTopic, SpillStore } from 'cdk-lossless-kafka';
import {
  existingCluster,
  existingVpc,
  newApp,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
  resourcesOf,
} from './support';

const types = (template: Template) =>
  new Set(Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(({ Type }) => Type));

test('a pipeline on an existing topic makes no cluster, no topic and no network', () => {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  pipeline.addIngest('Ingest');
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
  const made = types(Template.fromStack(stack));
  for (const type of ['AWS::MSK::Cluster', 'AWS::MSK::Topic', 'AWS::MSK::Configuration', 'AWS::EC2::VPC']) {
    expect(made).not.toContain(type);
  }
});

test('a pipeline on an existing cluster makes its topic there', () => {
  const stack = newStack();
  const cluster = existingCluster(stack);
  const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders', retention: Duration.days(2) });
  expect(pipeline.cluster).toBe(cluster);
  expect(pipeline.topic.retention.toDays()).toBe(2);
  Template.fromStack(stack).hasResourceProperties('AWS::MSK::Topic', {
    ClusterArn: cluster.clusterArn,
    PartitionCount: 6,
  });
});

test('cluster and application live in two stacks: the way in to the brokers is made by the application', () => {
  const app = newApp();
  const platform = new Stack(app, 'Platform');
  const cluster = new KafkaCluster(platform, 'Cluster');
  const application = new Stack(app, 'Application');
  const pipeline = new EventPipeline(application, 'Pipeline', { cluster, topicName: 'orders' });
  pipeline.addIngest('Ingest');
  const handler = newFunction(application, { vpc: cluster.vpc, vpcSubnets: cluster.vpcSubnets });
  pipeline.addProducer('Producer', { handler });
  pipeline.addConsumer('Consumer', { handler });

  const there = Template.fromStack(platform);
  const here = Template.fromStack(application);
  expect(platform.dependencies).toEqual([]);
  expect(application.dependencies).toEqual([platform]);
  // One for the pollers there; one for each function that publishes here, and for the audit.
  there.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
  here.resourceCountIs('AWS::EC2::SecurityGroupIngress', 4);
});

test('audits each of its consumers, unless it is told not to', () => {
  const audits = (audit?: boolean) => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack, undefined, { audit });
    for (const id of ['Billing', 'Shipping']) pipeline.addConsumer(id, { handler: newFunction(new Construct(stack, `${id}Of`)) }); // prettier-ignore
    const functions = resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function');
    const made = functions.filter(([, { Properties }]) => /^Finds events/.test(String(Properties['Description'])));
    return [pipeline.audit?.consumers.length, made.length];
  };
  expect([audits(), audits(true), audits(false)]).toEqual([
    [2, 1],
    [2, 1],
    [undefined, 0],
  ]);
});

test('existing buckets are used, and none are made', () => {
  const stack = newStack();
  const bucket = (name: string) => s3.Bucket.fromBucketName(stack, name, name);
  const topic = pipelineOnExistingTopic(new Stack(stack, 'Other')).topic;
  const deadLetters = new DeadLetters(stack, 'DeadLetters', { bucket: bucket('parked') });
  const spill = new SpillStore(stack, 'Spill', { topic, deadLetters, bucket: bucket('spilled') });
  expect([deadLetters.bucket.bucketName, spill.bucket.bucketName]).toEqual(['parked', 'spilled']);
  Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
});

test('an existing key encrypts everything, and none is made', () => {
  const stack = newStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1');
  const pipeline = new EventPipeline(stack, 'Pipeline', { topicName: 'orders', encryptionKey });
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 0);
  for (const type of ['AWS::MSK::Cluster', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table']) {
    for (const [, { Properties }] of resourcesOf(template, type))
      expect(JSON.stringify(Properties)).toContain(encryptionKey.keyArn);
  }
});

test('a throwaway pipeline leaves nothing behind', () => {
  const stack = newStack();
  const pipeline = new EventPipeline(stack, 'Pipeline', { topicName: 'orders', removalPolicy: RemovalPolicy.DESTROY });
  pipeline.addIngest('Ingest');
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
  const template = Template.fromStack(stack);
  const resources = Object.entries(template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>);
  expect(resources.filter(([, { DeletionPolicy }]) => /^Retain/.test(DeletionPolicy ?? ''))).toEqual([]);
  template.resourceCountIs('Custom::S3AutoDeleteObjects', 3);
});

describe('what does not go together is refused', () => {
  test('neither a topic nor a name for one', () => {
    expect(() => new EventPipeline(newStack(), 'Pipeline', {})).toThrow('Test/Pipeline: topicName: got nothing');
  });
  test.each([{ topicName: 'orders' }, { partitions: 6 }, { retention: Duration.days(7) }])(
    'an existing topic and %j',
    (props) => {
      const stack = newStack();
      const { topic } = pipelineOnExistingTopic(stack);
      expect(() => new EventPipeline(stack, 'Second', { topic, ...props })).toThrow(
        'topic: got an existing topic together with',
      );
    },
  );
  test('an existing topic and a cluster', () => {
    const stack = newStack();
    const { topic, cluster } = pipelineOnExistingTopic(stack);
    expect(() => new EventPipeline(stack, 'Second', { topic, cluster })).toThrow(
      'topic: got an existing topic together with',
    );
  });
  test('an existing cluster and a VPC', () => {
    const stack = newStack();
    const cluster = existingCluster(stack);
    const props = { topicName: 'orders', cluster, vpc: cluster.vpc };
    expect(() => new EventPipeline(stack, 'Pipeline', props)).toThrow('vpc: got one together with an existing cluster');
  });
});

test('an existing VPC holds the brokers and the functions that publish to them', () => {
  const stack = newStack();
  const pipeline = new EventPipeline(stack, 'Pipeline', { topicName: 'orders', vpc: existingVpc(stack) });
  pipeline.addIngest('Ingest');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::EC2::VPC', 0);
  for (const [, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
    const { SubnetIds } = (Properties['VpcConfig'] ?? { SubnetIds: undefined }) as { SubnetIds?: string[] };
    if (SubnetIds) expect(SubnetIds).toEqual(['subnet-a', 'subnet-b', 'subnet-c']);
  }
});

test('two pipelines share a cluster', () => {
  const stack = newStack();
  const cluster = new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack) });
  for (const topicName of ['orders', 'payments'])
    new EventPipeline(stack, topicName, { cluster, topicName }).addIngest('Ingest');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::MSK::Topic', 2);
  template.resourceCountIs('Custom::KafkaBootstrapBrokers', 1);
});

test('a caller with the right to post, and no other, may post events', () => {
  const stack = newStack();
  const caller = newFunction(stack);
  pipelineOnExistingTopic(stack).addIngest('Ingest').grantPost(caller);
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).toMatch(
    /execute-api:Invoke.*\/POST\/events/,
  );
});

test('the constructs know nothing of the VPC of a cluster that is still to be looked up', () => {
  const stack = newStack('Bound', { env: { account: '111122223333', region: 'eu-central-1' } });
  const vpc = ec2.Vpc.fromLookup(stack, 'Vpc', { vpcId: 'vpc-1' });
  expect(() => new KafkaCluster(stack, 'Cluster', { vpc })).not.toThrow();
});

test('the topic is made after the cluster, and before whoever writes to it', () => {
  const stack = newStack();
  const cluster = new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack) });
  const topic = new KafkaTopic(stack, 'Topic', { cluster, topicName: 'orders', partitions: 1 });
  expect(stack.resolve(topic.topicArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Topic/), 'TopicArn'] });
  Template.fromStack(stack).hasResourceProperties('AWS::MSK::Topic', {
    ClusterArn: stack.resolve(cluster.clusterArn) as object,
  });
});
