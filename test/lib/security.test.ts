import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EventPipeline, KafkaCluster, SpillStore, type EventPipelineProps } from 'cdk-lossless-kafka';
import {
  actionsOf,
  existingVpc,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
  resourcesOf,
  statementsOf,
  type Statement,
} from './support';

/** A pipeline that makes everything, with a door and a consumer. */
function whole(props: EventPipelineProps = {}) {
  const stack = newStack();
  const pipeline = new EventPipeline(stack, 'Pipeline', { topicName: 'orders', ...props });
  pipeline.addIngest('Ingest');
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
  return Template.fromStack(stack);
}
const safe = whole();

describe('the network', () => {
  test('has endpoints that let roles of the account through, and nobody else', () => {
    const endpoints = resourcesOf(safe, 'AWS::EC2::VPCEndpoint');
    const statement = (action: string) => ({
      ...{ Effect: 'Allow', Principal: { AWS: '*' }, Action: action, Resource: '*' },
      Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
    });
    expect(
      endpoints.map(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: unknown }).Statement),
    ).toEqual([[statement('s3:*')], [statement('dynamodb:*')]]);
  });

  test('has a default security group that lets nothing through, and stays so when the stack goes', () => {
    safe.hasResource('Custom::VpcRestrictDefaultSG', {
      Properties: { DefaultSecurityGroupId: { 'Fn::GetAtt': [Match.anyValue(), 'DefaultSecurityGroup'] } },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  test('records no flows unless asked, and then for a month, encrypted', () => {
    safe.resourceCountIs('AWS::EC2::FlowLog', 0);
    const stack = newStack();
    const cluster = new KafkaCluster(stack, 'Cluster', { flowLogs: { trafficType: ec2.FlowLogTrafficType.REJECT } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::EC2::FlowLog', {
      TrafficType: 'REJECT',
      LogDestinationType: 'cloud-watch-logs',
    });
    const [group] = resourcesOf(template, 'AWS::Logs::LogGroup').filter(([id]) => id.includes('FlowLogGroup'));
    expect(group?.[1].Properties).toMatchObject({
      RetentionInDays: 30,
      KmsKeyId: stack.resolve(cluster.encryptionKey.keyArn) as unknown,
    });
  });

  test('records flows where it is told to', () => {
    const stack = newStack();
    const destination = ec2.FlowLogDestination.toS3();
    new KafkaCluster(stack, 'Cluster', { flowLogs: { destination } });
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::FlowLog', { LogDestinationType: 's3' });
  });

  test('that exists records its own flows: asked of the cluster, that is refused', () => {
    const stack = newStack();
    expect(() => new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack), flowLogs: {} })).toThrow(
      'Test/Cluster: flowLogs: got them for an existing vpc, want them for a new one; use vpc.addFlowLog()',
    );
  });
});

describe('logs', () => {
  const groups = (template: Template) => new Map(resourcesOf(template, 'AWS::Logs::LogGroup'));
  const functions = (template: Template) =>
    resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => !id.startsWith('Handler'));

  test.each([
    ['that stays', safe],
    ['for throwing away', whole({ removalPolicy: RemovalPolicy.DESTROY })],
  ])('of every function that a pipeline %s brings end after a month, under its key', (_, template) => {
    const made = groups(template);
    const named = functions(template).map(([id, { Properties }]) => {
      const { LogGroup } = (Properties['LoggingConfig'] ?? { LogGroup: undefined }) as { LogGroup?: { Ref: string } };
      return [id, made.get(LogGroup?.Ref ?? '')?.Properties] as const;
    });
    expect(named.length).toBeGreaterThanOrEqual(5);
    for (const [id, properties] of named) {
      expect([id, properties]).toEqual([
        id,
        { RetentionInDays: 30, KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^PipelineKey/), 'Arn'] } },
      ]);
    }
  });

  test('of brokers and requests are encrypted, too', () => {
    for (const [id, { Properties }] of groups(safe)) {
      expect([id, Properties['KmsKeyId']]).toEqual([
        id,
        { 'Fn::GetAtt': [expect.stringMatching(/^PipelineKey/), 'Arn'] },
      ]);
    }
  });

  test('may use the key for log groups of the account alone', () => {
    const [[, key] = [undefined, undefined]] = resourcesOf(safe, 'AWS::KMS::Key');
    const { Statement } = key?.Properties['KeyPolicy'] as {
      Statement: (Statement & { Principal: { Service?: unknown } })[];
    };
    const forLogs = Statement.filter(({ Principal }) => Principal.Service !== undefined);
    expect(forLogs).toHaveLength(1);
    expect(forLogs[0]).toMatchObject({
      Action: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': {
            'Fn::Join': ['', expect.arrayContaining([':log-group:*']) as unknown],
          },
        },
      },
    });
  });

  test("are under CloudWatch's own key where the policy of the pipeline's is not this app's: no deploy fails late", () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1');
    new EventPipeline(stack, 'Pipeline', { topicName: 'orders', encryptionKey }).addIngest('Ingest');
    const made = [...groups(Template.fromStack(stack)).values()];
    expect(made.length).toBeGreaterThan(3);
    expect(made.filter(({ Properties }) => 'KmsKeyId' in Properties)).toEqual([]);
  });
});

test('logs of replay are under the key that its bucket has, where none is given', () => {
  const stack = newStack();
  const { topic, deadLetters } = pipelineOnExistingTopic(stack);
  new SpillStore(stack, 'Own', { topic, deadLetters });
  const [group] = resourcesOf(Template.fromStack(stack), 'AWS::Logs::LogGroup').filter(([id]) => id.startsWith('Own'));
  expect(group?.[1].Properties['KmsKeyId']).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^OwnKey/), 'Arn'] });
});

describe('every bucket that holds events', () => {
  const buckets = resourcesOf(safe, 'AWS::S3::Bucket');
  const policies = resourcesOf(safe, 'AWS::S3::BucketPolicy');

  test('is private, keeps what was deleted for thirty days, and lets nothing that is current expire', () => {
    expect(buckets).toHaveLength(3);
    for (const [id, { Properties }] of buckets) {
      expect([id, Properties]).toMatchObject([
        id,
        {
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }, // prettier-ignore
          VersioningConfiguration: { Status: 'Enabled' },
        },
      ]);
      expect(Properties['LifecycleConfiguration']).toEqual({
        Rules: [
          {
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
            Status: 'Enabled',
          },
        ],
      });
    }
  });

  test('takes nobody without TLS, for as long as it stays', () => {
    expect(policies).toHaveLength(3);
    for (const [id, { Properties, DeletionPolicy }] of policies) {
      const { Statement } = Properties['PolicyDocument'] as { Statement: unknown[] };
      const closed = { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
      expect([id, DeletionPolicy]).toEqual([id, 'RetainExceptOnCreate']);
      expect(Statement).toEqual(expect.arrayContaining([expect.objectContaining(closed)]));
    }
  });
});

describe('the idempotency table', () => {
  const protectedIn = (template: Template) =>
    resourcesOf(template, 'AWS::DynamoDB::Table').map(([, { Properties }]) => Properties['DeletionProtectionEnabled']);

  test('cannot be deleted before somebody has said so, but where all is for throwing away', () => {
    expect(protectedIn(safe)).toEqual([true]);
    expect(protectedIn(whole({ removalPolicy: RemovalPolicy.DESTROY }))).toEqual([false]);
    expect(protectedIn(whole({ deletionProtection: false }))).toEqual([false]);
  });

  test('is made once cluster and topic are there: a first deploy that fails at them can be rolled back', () => {
    const [[, table] = [undefined, undefined]] = resourcesOf(safe, 'AWS::DynamoDB::Table');
    expect(table?.DependsOn).toEqual([expect.stringMatching(/^PipelineTopic/)]);
  });
});

test('no role may do more than its function does: every right of the functions that a pipeline brings', () => {
  const rights = (role: string) =>
    [...new Set(statementsOf(safe, role).flatMap(actionsOf))].filter((action) => !action.startsWith('kms:')).sort();
  const producing = [
    'Connect',
    'DescribeTopic',
    'DescribeTopicDynamicConfiguration',
    'WriteData',
    'WriteDataIdempotently',
  ];
  const toKafka = producing.map((action) => `kafka-cluster:${action}`);
  expect(rights('PipelineIngest')).toEqual([...toKafka, 's3:PutObject']);
  expect(rights('PipelineSpillReplay')).toEqual([
    // It reads what its topic holds as no member of a group.
    ...[...toKafka, 'kafka-cluster:ReadData'].sort(),
    's3:DeleteObject',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    // Of what wakes it.
    ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
      (action) => `sqs:${action}`,
    ),
  ]);
  expect(rights('PipelineConsumerUnpack')).toEqual([
    ...['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
    ...['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
  ]);
});

test('a bucket of a throwaway pipeline that is emptied with it has its function in one log group, however many there are', () => {
  const stack = newStack();
  for (const id of ['One', 'Two']) {
    const pipeline = new EventPipeline(stack, id, {
      topicName: 'orders',
      retention: Duration.days(1),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    pipeline.addIngest('Ingest');
  }
  const ids = resourcesOf(Template.fromStack(Stack.of(stack)), 'AWS::Logs::LogGroup').map(([id]) => id);
  expect(ids.filter((id) => id.startsWith('CustomS3AutoDelete'))).toHaveLength(1);
  expect(ids.filter((id) => id.startsWith('CustomVpcRestrict'))).toHaveLength(1);
});
