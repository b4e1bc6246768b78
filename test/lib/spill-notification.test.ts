import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EventPipeline, SpillStore, type SpillStoreProps } from 'cdk-lossless-kafka';
import { spillFolder } from '../../lambdas/runtime/contract';
import { findingsOf } from '../../rules';
import { CLUSTER_ARN, mappingsOf, newStack, pipelineOnExistingTopic, resourcesOf } from './support';

const NOTIFICATIONS = 'Custom::S3BucketNotifications';

const stack = newStack();
pipelineOnExistingTopic(stack);
const template = Template.fromStack(stack);
const [[queueId, queue] = ['', undefined]] = resourcesOf(template, 'AWS::SQS::Queue');

/** The store of a topic that exists. */
function spillStore(props: Partial<SpillStoreProps> = {}): Template {
  const own = newStack();
  const { topic, deadLetters } = pipelineOnExistingTopic(new Stack(own.node.root, 'Other'));
  new SpillStore(own, 'Own', { topic, deadLetters, ...props });
  return Template.fromStack(own);
}

describe('an event that is spilled need not wait for the next sweep', () => {
  test('its object wakes replay, and no lease does, which every sweep puts into the same bucket', () => {
    const [[, found] = [undefined, undefined]] = resourcesOf(template, NOTIFICATIONS);
    expect(found?.Properties).toMatchObject({
      BucketName: { Ref: expect.stringMatching(/^PipelineSpillBucket/) as string },
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: spillFolder(CLUSTER_ARN, 'orders') }] } },
            QueueArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
          },
        ],
      },
    });
    const [[, mapping] = [undefined, undefined]] = mappingsOf(template, 'PipelineSpillReplay');
    expect(mapping?.Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
      FunctionName: { Ref: expect.stringMatching(/^PipelineSpillReplay/) as string },
    });
  });

  test('by a notification that comes once brokers had time to get over what made them refuse it', () => {
    expect(queue?.Properties['DelaySeconds']).toBe(15);
  });

  test('and the schedule wakes replay as before', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PipelineSpillReplay'), 'Arn'] } })],
    });
  });
});

describe('an outage that spills a hundred thousand events', () => {
  const [[, mapping] = [undefined, undefined]] = mappingsOf(template, 'PipelineSpillReplay');

  test('wakes replay for as many at once as one call takes, in two calls at a time', () => {
    expect(mapping?.Properties).toMatchObject({
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 5,
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('leaves no notification that comes again: it is gone before it would be shown a second time', () => {
    const { MessageRetentionPeriod: kept, VisibilityTimeout: hidden } = queue?.Properties as Record<string, number>;
    expect([kept, hidden]).toEqual([600, 1_800]);
    expect(queue?.Properties).not.toHaveProperty('RedrivePolicy');
  });
});

describe('the queue', () => {
  const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy')
    .filter(([id]) => id.startsWith('PipelineSpill'))
    .map(([, { Properties }]) => Properties);

  test('takes messages from this bucket of this account alone, and by TLS alone', () => {
    expect(policies).toEqual([
      {
        Queues: [{ Ref: queueId }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Action: 'sqs:*',
              Resource: { 'Fn::GetAtt': [queueId, 'Arn'] },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            {
              Effect: 'Allow',
              Principal: { Service: 's3.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: { 'Fn::GetAtt': [queueId, 'Arn'] },
              Condition: {
                ArnEquals: {
                  'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^PipelineSpillBucket/), 'Arn'] },
                },
                StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              },
            },
          ],
        },
      },
    ]);
  });

  test('encrypts under a key that S3 may use, whatever key the bucket has, and goes with its stack', () => {
    expect(queue?.Properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(queue?.Properties).not.toHaveProperty('KmsMasterKeyId');
    expect([queue?.DeletionPolicy, queue?.UpdateReplacePolicy]).toEqual(['Delete', 'Delete']);
  });

  test('lets the bucket send before it is told to notify it', () => {
    const [[, found] = [undefined, undefined]] = resourcesOf(template, NOTIFICATIONS);
    expect(found?.DependsOn).toEqual(expect.arrayContaining([expect.stringContaining('ReplayNotificationsPolicy')]));
  });

  test('is no door, for which a loss rule asks for a dead-letter queue', () => {
    expect(findingsOf(template.toJSON()).filter(({ code }) => /^LK6(08|10|11)$/.test(code))).toEqual([]);
  });
});

describe('a bucket notifies nobody of what is spilled', () => {
  const counts = (of: Template) => [NOTIFICATIONS, 'AWS::SQS::Queue', 'AWS::Lambda::EventSourceMapping'].map((type) => resourcesOf(of, type).length); // prettier-ignore

  test('where it is told so, by the store or the pipeline', () => {
    expect(counts(spillStore())).toEqual([1, 1, 1]);
    expect(counts(spillStore({ wakeOnSpill: false }))).toEqual([0, 0, 0]);
    const own = newStack();
    const { topic } = pipelineOnExistingTopic(new Stack(own.node.root, 'Other'));
    new EventPipeline(own, 'Quiet', { topic, wakeOnSpill: false, monitoring: false });
    expect(counts(Template.fromStack(own))).toEqual([0, 0, 0]);
  });

  test('where it was there before: it may notify somebody else', () => {
    const bucket = s3.Bucket.fromBucketName(newStack('Elsewhere'), 'Bucket', 'spilled');
    expect(counts(spillStore({ bucket }))).toEqual([0, 0, 0]);
    expect(() => spillStore({ bucket, wakeOnSpill: true })).toThrow(
      'Own: wakeOnSpill: got true together with a bucket',
    );
  });
});

test('a throwaway store keeps nothing of it, and the function that sets it logs for a month', () => {
  const made = spillStore({ removalPolicy: RemovalPolicy.DESTROY, replayOptions: { period: Duration.minutes(5) } });
  const groups = new Map(resourcesOf(made, 'AWS::Logs::LogGroup'));
  const [[, setter] = [undefined, undefined]] = resourcesOf(made, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('BucketNotificationsHandler')); // prettier-ignore
  const { LogGroup } = setter?.Properties['LoggingConfig'] as { LogGroup: { Ref: string } };
  expect(groups.get(LogGroup.Ref)).toMatchObject({ Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
});
