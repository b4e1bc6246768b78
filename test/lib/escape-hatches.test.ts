import { Duration, Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  EventPipeline,
  type EventPipelineProps,
  type IngestFunctionOptions,
  type UnpackOptions,
} from 'cdk-lossless-kafka';
import { findingsOf } from '../../rules';
import { existingCluster, newFunction, newStack, resourcesOf } from './support';

/** What of a pipeline's own parts an app may choose without taking them apart. */

function build(props: EventPipelineProps = {}, ingest: IngestFunctionOptions = {}, unpackOptions?: UnpackOptions) {
  const stack = newStack();
  const pipeline = new EventPipeline(stack, 'Pipeline', {
    cluster: existingCluster(stack),
    topicName: 'orders',
    ...props,
  });
  const door = pipeline.addIngest('Ingest', ingest);
  const consumer = pipeline.addConsumer('Consumer', { handler: newFunction(stack), unpackOptions });
  return { stack, pipeline, door, consumer, template: () => Template.fromStack(stack) };
}
const fn = (template: Template, id: string) => {
  const [found] = resourcesOf(template, 'AWS::Lambda::Function').filter(([name]) => name.startsWith(id));
  return found?.[1].Properties ?? {};
};
const OWN = ['PipelineIngest', 'PipelineSpillReplay', 'PipelineConsumerUnpack'];

test('buckets that exist take dead letters and spilled events, and none is made for them', () => {
  const stack = newStack();
  const [deadLettersBucket, spillBucket] = ['parked', 'spilled'].map((name) =>
    s3.Bucket.fromBucketName(stack, name, name),
  );
  const pipeline = new EventPipeline(stack, 'Pipeline', {
    ...{ cluster: existingCluster(stack), topicName: 'orders', deadLettersBucket, spillBucket },
  });
  expect(pipeline.deadLetters.bucket).toBe(deadLettersBucket);
  expect(pipeline.spill.bucket).toBe(spillBucket);
  Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
});

describe('the functions that a pipeline brings', () => {
  test('trace and keep their logs as the pipeline is told', () => {
    const template = build({ tracing: lambda.Tracing.ACTIVE, logRetention: logs.RetentionDays.ONE_WEEK }).template();
    for (const id of OWN) expect(fn(template, id)).toMatchObject({ TracingConfig: { Mode: 'Active' } });
    const kept = resourcesOf(template, 'AWS::Logs::LogGroup').filter(([id]) => /(Ingest|Replay|Unpack)Logs/.test(id));
    expect(kept.map(([, { Properties }]) => Properties['RetentionInDays'])).toEqual([7, 7, 7]);
  });

  test('have each what it is told itself, in place of that', () => {
    const own = { tracing: lambda.Tracing.PASS_THROUGH, memorySize: 2_048 };
    const template = build({ tracing: lambda.Tracing.ACTIVE, replayOptions: own }, own, own).template();
    for (const id of OWN)
      expect(fn(template, id)).toMatchObject({ TracingConfig: { Mode: 'PassThrough' }, MemorySize: 2_048 });
  });

  test('have memory for the most that they take at once, and no less', () => {
    const defaults = build().template();
    expect(OWN.map((id) => fn(defaults, id)['MemorySize'])).toEqual([512, 1_769, 1_024]);
    expect(() => build({}, { memorySize: 511 })).toThrow(
      'Test/Pipeline/Ingest: memorySize: got 511 MiB, want a whole number from 512',
    );
    expect(() => build({ replayOptions: { memorySize: 1_768 } })).toThrow('Spill/Replay: memorySize: got 1768 MiB');
    expect(() => build({}, {}, { memorySize: 10_241 })).toThrow('Consumer/Unpack: memorySize: got 10241 MiB');
    expect(() => build({}, { memorySize: Lazy.number({ produce: () => 1 }) })).not.toThrow();
  });

  test('say in the console whose they are', () => {
    const template = build().template();
    expect(OWN.map((id) => fn(template, id)['Description'])).toEqual([
      'Takes events: Test/Pipeline/Ingest',
      'Sends spilled events to Kafka: Test/Pipeline/Spill/Replay',
      'Parks what the mapping gave up: Test/Pipeline/Consumer/Unpack',
    ]);
    template.hasResourceProperties('AWS::Events::Rule', { Description: 'Wakes Test/Pipeline/Spill/Replay' });
    template.hasResourceProperties('AWS::KMS::Key', { Description: 'Encrypts Test/Pipeline' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { Description: 'The door Test/Pipeline/Ingest' });
    const [[, api] = [undefined, undefined]] = resourcesOf(template, 'AWS::ApiGatewayV2::Api');
    expect(api?.Properties['Name']).toMatch(/^Test-Pipeline-Ingest-/);
  });

  test('say no more of it than Lambda takes', () => {
    const stack = newStack();
    const id = 'x'.repeat(300);
    new EventPipeline(stack, id, { cluster: existingCluster(stack), topicName: 'orders' });
    const [replay] = resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function');
    expect(replay?.[1].Properties['Description']).toHaveLength(256);
  });

  test('sweep again after a minute, and not once more before, when a sweep has failed', () => {
    const calls = resourcesOf(build().template(), 'AWS::Lambda::EventInvokeConfig').map(([, one]) => one.Properties);
    expect(calls).toHaveLength(3);
    for (const call of calls) expect(call).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });

  describe('sweep at a period', () => {
    const schedules = (template: Template) =>
      resourcesOf(template, 'AWS::Events::Rule').flatMap(
        ([, { Properties }]) => Properties['ScheduleExpression'] ?? [],
      );
    const waits = (template: Template) =>
      resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').map(
        ([, { Properties }]) => Properties['MaximumEventAgeInSeconds'],
      );

    test('of one minute, unless they are told another', () => {
      expect(schedules(build().template())).toEqual(['rate(1 minute)', 'rate(1 minute)', 'rate(1 minute)']);
    });

    test('that replay, unpack and audit are told each for itself, and a call waits no longer than to the next', () => {
      const template = build(
        { replayOptions: { period: Duration.minutes(5) }, auditOptions: { period: Duration.minutes(3) } },
        {},
        { period: Duration.hours(2) },
      ).template();
      expect(schedules(template)).toEqual(['rate(5 minutes)', 'rate(2 hours)', 'rate(3 minutes)']);
      expect(waits(template)).toEqual([300, 7_200, 180]);
    });

    test('of a day at most, when a call waits as long as Lambda lets it', () => {
      const template = build({ replayOptions: { period: Duration.days(1) } }).template();
      expect(schedules(template)).toEqual(['rate(1 day)', 'rate(1 minute)', 'rate(1 minute)']);
      expect(waits(template)).toEqual([21_600, 60, 60]);
    });

    test.each([
      [Duration.seconds(90), '90 s, want whole minutes from 1 to 1440 (a day)'],
      [Duration.seconds(0), '0 s, want whole minutes from 1 to 1440 (a day)'],
      [Duration.minutes(1_441), '86460 s, want whole minutes from 1 to 1440 (a day)'],
      [
        Duration.minutes(Lazy.number({ produce: () => 5 })),
        'a value known only at deploy, want one known at synthesis',
      ],
    ])('and any other is refused where it is given: %s', (period, found) => {
      expect(() => build({ replayOptions: { period } })).toThrow(`Test/Pipeline/Spill/Replay: period: got ${found}`);
      expect(() => build({}, {}, { period })).toThrow(`Test/Pipeline/Consumer/Unpack: period: got ${found}`);
    });

    test('at whose longest the loss rule on schedules has nothing to say', () => {
      const longest = { period: Duration.days(1) };
      const findings = findingsOf(build({ replayOptions: longest }, {}, longest).template().toJSON());
      expect(findings.filter(({ code }) => code === 'LK504')).toEqual([]);
    });
  });

  test('are there to be taken on: replay, unpack, the door, and the key, which takes an alias', () => {
    const { pipeline, consumer, door, template } = build();
    for (const own of [pipeline.spill.replay, consumer.unpack, door]) own.addEnvironment('MINE', 'yes');
    pipeline.encryptionKey.addAlias('alias/orders');
    for (const id of OWN) expect(fn(template(), id)['Environment']).toMatchObject({ Variables: { MINE: 'yes' } });
    template().hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/orders' });
  });

  test('unpack in a VPC of their own, if wanted, and in none otherwise', () => {
    expect(fn(build().template(), 'PipelineConsumerUnpack')['VpcConfig']).toBeUndefined();
    const stack = newStack();
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
    const { vpc } = pipeline.cluster;
    pipeline.addConsumer('Consumer', { handler: newFunction(stack), unpackOptions: { vpc } });
    expect(fn(Template.fromStack(stack), 'PipelineConsumerUnpack')['VpcConfig']).toMatchObject({
      SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
    });
  });

  test('unpack in the subnets and security groups that are named', () => {
    const stack = newStack();
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
    const { vpc } = pipeline.cluster;
    const vpcSubnets = { subnets: [vpc.privateSubnets[1]!] };
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Mine', 'sg-9')];
    const unpackOptions = { vpc, vpcSubnets, securityGroups };
    pipeline.addConsumer('Consumer', { handler: newFunction(stack), unpackOptions });
    expect(fn(Template.fromStack(stack), 'PipelineConsumerUnpack')['VpcConfig']).toEqual({
      SubnetIds: ['subnet-b'],
      SecurityGroupIds: ['sg-9'],
    });
  });
});

describe('the door', () => {
  const jwt = () => new HttpJwtAuthorizer('Tokens', 'https://issuer', { jwtAudience: ['orders'] });
  const domain = (stack: ReturnType<typeof newStack>) =>
    new apigateway.DomainName(stack, 'Domain', {
      domainName: 'events.example.com',
      certificate: acm.Certificate.fromCertificateArn(
        stack,
        'Certificate',
        'arn:aws:acm:eu-central-1:111122223333:certificate/1',
      ),
    });

  test('stands under a domain, and below a path of it', () => {
    const stack = newStack();
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
    const door = pipeline.addIngest('Ingest', { domainName: domain(stack), mappingKey: 'orders' });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { ApiMappingKey: 'orders' });
    expect(JSON.stringify(stack.resolve(door.url))).toMatch(/https:\/\/.*\/orders\/events/);
  });

  test('asks for scopes of a token', () => {
    build({}, { authorizer: jwt(), authorizationScopes: ['events/write'] })
      .template()
      .hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationScopes: ['events/write'] });
  });

  test('refuses what does not go together', () => {
    expect(() => build({}, { mappingKey: 'orders' })).toThrow('mappingKey: got orders without a domain');
    expect(() => build({}, { authorizationScopes: ['x'] })).toThrow(
      'authorizationScopes: got them for IAM credentials',
    );
    const { door } = build({}, { authorizer: jwt() });
    expect(() => door.grantPost(newFunction(newStack()))).toThrow(
      'Test/Pipeline/Ingest: grantPost: got a door with an authorizer of its own',
    );
  });
});
