import { Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { HttpEndpoint, type IngestFunction, type IngestFunctionOptions } from 'cdk-lossless-kafka';
import { findingsOf } from '../../rules';
import { allowed, newStack, pipelineOnExistingTopic, resourcesOf } from './support';

const PATTERN = { source: ['shop'] };

function made(
  make: (door: IngestFunction) => void,
  options?: (stack: ReturnType<typeof newStack>) => IngestFunctionOptions,
) {
  const stack = newStack();
  make(pipelineOnExistingTopic(stack).addIngest('Ingest', options?.(stack)));
  return Template.fromStack(stack);
}
const ruled = (options?: Parameters<typeof made>[1]) => made((door) => door.addRule('Orders', { eventPattern: PATTERN }), options); // prettier-ignore
const idOf = (template: Template, type: string, part = '') =>
  resourcesOf(template, type)
    .map(([id]) => id)
    .filter((id) => id.includes(part));

describe('an event of a bus is handed to the door, tried again, and kept where that is in vain', () => {
  test('for a day by EventBridge, then in a queue', () => {
    const template = ruled();
    const [failures] = idOf(template, 'AWS::SQS::Queue', 'Ingest');
    expect(idOf(template, 'AWS::Events::Rule', 'PipelineIngest')).toEqual(['PipelineIngestOrders9649622D']);
    expect(failures).toMatch(/^PipelineIngestUndelivered/);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: PATTERN,
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [failures, 'Arn'] } },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  test('in three calls by Lambda, for six hours, then in a bucket, with what was sent, whatever its size', () => {
    const template = ruled();
    const [failures] = idOf(template, 'AWS::S3::Bucket', 'IngestFailures');
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      Qualifier: '$LATEST',
      MaximumEventAgeInSeconds: 21_600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [failures, 'Arn'] } } },
    });
    expect(allowed(template, 'PipelineIngest', 's3')).toEqual(expect.arrayContaining(['PutObject', 'ListBucket']));
    expect(allowed(template, 'PipelineIngest', 'kms')).toContain('GenerateDataKey');
  });

  test('in a queue that keeps them for as long as SQS does, encrypted, over TLS, and outlives its stack', () => {
    ruled().hasResource('AWS::S3::Bucket', {
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
    ruled().hasResource('AWS::SQS::Queue', {
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    const policies = JSON.stringify(ruled().findResources('AWS::SQS::QueuePolicy'));
    expect(policies).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
    expect(policies).toContain('"events.amazonaws.com"');
  });

  test('EventBridge may call the function for this rule alone', () => {
    ruled().hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': ['PipelineIngestOrders9649622D', 'Arn'] },
    });
  });

  test('no rule finds a way to lose one', () => {
    const codes = findingsOf(ruled().toJSON()).map(({ code }) => code);
    expect(codes.filter((code) => /LK(302|315|501|607|608|61\d)/.test(code))).toEqual([]);
  });
});

test('several rules, and whoever invokes the door without waiting, have one bucket and one queue', () => {
  const template = made((door) => {
    door.addRule('Orders', { eventPattern: PATTERN });
    door.addRule('Bills', { eventPattern: { detailType: ['bill'] } });
    expect(door.keepFailures()).toBe(door.keepFailures());
  });
  expect(idOf(template, 'AWS::SQS::Queue', 'Ingest')).toHaveLength(1);
  expect(idOf(template, 'AWS::S3::Bucket', 'Ingest')).toHaveLength(1);
  expect(idOf(template, 'AWS::Lambda::EventInvokeConfig', 'Ingest')).toHaveLength(1);
});

test('a door that callers invoke without waiting has a bucket and no queue', () => {
  const template = made((door) => door.keepFailures());
  expect(idOf(template, 'AWS::SQS::Queue', 'Ingest')).toEqual([]);
  expect(idOf(template, 'AWS::S3::Bucket', 'Ingest')).toHaveLength(1);
});

test('a door for callers who wait has neither', () => {
  expect(idOf(made(() => undefined), 'AWS::S3::Bucket', 'Ingest')).toEqual([]); // prettier-ignore
  expect(
    idOf(
      made(() => undefined),
      'AWS::SQS::Queue',
      'Ingest',
    ),
  ).toEqual([]);
});

test('a bucket and a queue of the app take them in their place; a FIFO queue, which EventBridge does not write to, is refused', () => {
  const given = (fifo?: true) => (stack: ReturnType<typeof newStack>) => ({
    failures: new s3.Bucket(stack, 'OwnBucket'),
    undelivered: new sqs.Queue(stack, 'Own', { fifo }),
  });
  const queues = idOf(ruled(given()), 'AWS::SQS::Queue').filter((id) => !/^Pipeline(Spill|Monitoring)/.test(id));
  expect(queues.join()).toMatch(/^Own/);
  expect(idOf(ruled(given()), 'AWS::S3::Bucket', 'Ingest')).toEqual([]);
  expect(() => ruled(given(true))).toThrow('undelivered: got FIFO queue Test/Own, want a standard one');
});

test('a bus of the app is taken in place of the default one', () => {
  const template = made((door) =>
    door.addRule('Orders', { eventPattern: PATTERN, eventBus: new events.EventBus(door, 'Bus') }),
  );
  const [bus] = idOf(template, 'AWS::Events::EventBus');
  template.hasResourceProperties('AWS::Events::Rule', { EventBusName: { Ref: bus }, EventPattern: PATTERN });
});

test('a rule without a pattern is refused in words', () => {
  expect(() => made((door) => door.addRule('Orders', {} as never))).toThrow('Test/Pipeline/Ingest/Orders: eventPattern: got nothing'); // prettier-ignore
});

describe('a door without HTTP', () => {
  const without = () => ({ endpoint: HttpEndpoint.NONE });

  test('has no API and says no address', () => {
    const template = ruled(without);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    template.resourceCountIs('AWS::Lambda::Url', 0);
    expect(Object.keys(template.findOutputs('*')).filter((name) => name.includes('Url'))).toEqual([]);
  });

  test('says so to whoever asks for one', () => {
    made((door) => {
      expect(() => door.url).toThrow('Test/Pipeline/Ingest: url: got a door without HTTP');
      expect(() => door.api).toThrow('api: got a door without HTTP');
      expect(() => door.grantPost(door)).toThrow('grantPost: got a door without HTTP');
    }, without);
  });

  test('has no settings of one', () => {
    expect(() => ruled(() => ({ ...without(), mappingKey: 'x' }))).toThrow('got for a door without HTTP what HTTP APIs alone have'); // prettier-ignore
  });
});
