import { Match, Template } from 'aws-cdk-lib/assertions';
import { maskAssets } from 'cdk-lossless-kafka/testing';
import { OrdersStack } from '../../examples/orders/stack';
import { actionsOf, allowed, mappingsOf, newApp, parsed, resourcesOf, statementsOf } from '../lib/support';

expect.addSnapshotSerializer(maskAssets);

const template = Template.fromStack(new OrdersStack(newApp(), 'Orders'));
const only = (type: string) => {
  const [first, second] = resourcesOf(template, type);
  if (!first || second) throw new Error(`got ${second ? 'several' : 'no'} ${type}, want one`);
  return first[1];
};

test('the template of the sample is as reviewed', () => {
  expect(template.toJSON()).toMatchSnapshot();
});

describe('brokers', () => {
  const cluster = only('AWS::MSK::Cluster').Properties;
  const server = parsed(String(only('AWS::MSK::Configuration').Properties['ServerProperties']));

  test('every topic has three replicas unless it says otherwise', () => {
    expect(server['default.replication.factor']).toBe('3');
  });
  test('a write is acknowledged by two replicas at least', () => {
    expect(server['min.insync.replicas']).toBe('2');
  });
  test('a replica that lags never becomes leader', () => {
    expect(server['unclean.leader.election.enable']).toBe('false');
  });
  test('a typing error in a topic name makes no topic', () => {
    expect(server['auto.create.topics.enable']).toBe('false');
  });
  test('committed offsets and transactions have three replicas, two of them in sync', () => {
    expect(server['offsets.topic.replication.factor']).toBe('3');
    expect(server['transaction.state.log.replication.factor']).toBe('3');
    expect(server['transaction.state.log.min.isr']).toBe('2');
  });
  test('edits of the configuration reach the brokers', () => {
    const [configuration] = resourcesOf(template, 'AWS::MSK::Configuration').map(([id]) => id);
    expect(cluster['ConfigurationInfo']).toEqual({
      Arn: { 'Fn::GetAtt': [configuration, 'Arn'] },
      Revision: { 'Fn::GetAtt': [configuration, 'LatestRevision.Revision'] },
    });
  });
  test('nothing but TLS is spoken, to clients and among brokers', () => {
    expect(cluster['EncryptionInfo']).toMatchObject({ EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } });
  });
  test('nobody gets in without IAM', () => {
    expect(cluster['ClientAuthentication']).toEqual({
      Sasl: { Iam: { Enabled: true } },
      Unauthenticated: { Enabled: false },
    });
  });
  test('three brokers stand in three zones, in a stack that knows no region', () => {
    const subnets = resourcesOf(template, 'AWS::EC2::Subnet');
    const zones = subnets.map(([, subnet]) => subnet.Properties['AvailabilityZone']);
    expect(zones).toEqual([0, 1, 2].map((zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })));
    expect(cluster['NumberOfBrokerNodes']).toBe(3);
    expect(cluster['BrokerNodeGroupInfo']).toMatchObject({ ClientSubnets: subnets.map(([id]) => ({ Ref: id })) });
  });
  test('disks grow before they are full', () => {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'KafkaBrokerStorageUtilization' },
        TargetValue: 60,
        DisableScaleIn: true,
      },
    });
  });
  test('the pollers of event source mappings are let in before the cluster is there', () => {
    const [pollers] = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').find(
      ([, { Properties }]) =>
        JSON.stringify(Properties['GroupId']) === JSON.stringify(Properties['SourceSecurityGroupId']),
    )!;
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 9098, ToPort: 9098 });
    expect(only('AWS::MSK::Cluster').DependsOn).toContain(pollers);
  });
});

describe('topic', () => {
  const topic = only('AWS::MSK::Topic').Properties;
  const configs = parsed((topic['Configs'] as { 'Fn::Base64': string })['Fn::Base64']);

  test('has three replicas, two of them in sync, and no unclean leader', () => {
    expect(topic['ReplicationFactor']).toBe(3);
    expect(configs).toMatchObject({ 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' });
  });
  test('retention counts from the time the brokers took the event', () => {
    expect(configs['message.timestamp.type']).toBe('LogAppendTime');
  });
  test('an event is deleted after seven days, never by size or by a later event of its key', () => {
    expect(configs).toMatchObject({ 'retention.ms': '604800000', 'retention.bytes': '-1', 'cleanup.policy': 'delete' });
  });
  test('every record the brokers take can be handed to a function', () => {
    expect(Number(configs['max.message.bytes'])).toBeLessThanOrEqual(4_400_000);
  });
});

describe('event source mapping', () => {
  const [[, mapping]] = mappingsOf(template, 'OrdersBillingConsumer') as [ReturnType<typeof mappingsOf>[number]];

  test('starts at the oldest record', () => {
    expect(mapping.Properties['StartingPosition']).toBe('TRIM_HORIZON');
  });
  test('keeps its place when it is replaced: the group has a name', () => {
    expect(mapping.Properties['AmazonManagedKafkaEventSourceConfig']).toEqual({
      ConsumerGroupId: 'orders-Orders-BillingConsumer-9226B35B',
    });
  });
  test('has provisioned pollers, without which there are no error controls', () => {
    expect(mapping.Properties['ProvisionedPollerConfig']).toEqual({ MinimumPollers: 1, MaximumPollers: 10 });
  });
  test('commits what succeeded and delivers the rest again', () => {
    expect(mapping.Properties['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    expect(mapping.Properties['BisectBatchOnFunctionError']).toBe(true);
  });
  test('does not give up after ten retries: the limit is explicit', () => {
    expect(mapping.Properties['MaximumRetryAttempts']).toBe(10_000);
  });
  test('lets no record age out untried', () => {
    expect(mapping.Properties).not.toHaveProperty('MaximumRecordAgeInSeconds');
  });
  test('what it gives up goes, whole, into a bucket of the consumer alone', () => {
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket').find(([id]) => id.includes('OnFailure'))!;
    expect(mapping.Properties['DestinationConfig']).toEqual({
      OnFailure: { Destination: { 'Fn::GetAtt': [bucket, 'Arn'] } },
    });
  });
  test('is made after the topic and the permissions', () => {
    const [topic] = resourcesOf(template, 'AWS::MSK::Topic').map(([id]) => id);
    expect(mapping.DependsOn).toEqual(
      expect.arrayContaining([topic, expect.stringMatching(/^BillingServiceRoleDefaultPolicy/)]),
    );
  });
});

describe('door', () => {
  const stage = only('AWS::ApiGatewayV2::Stage').Properties;

  test('takes events only from callers whom IAM has named', () => {
    expect(only('AWS::ApiGatewayV2::Route').Properties).toMatchObject({
      RouteKey: 'POST /events',
      AuthorizationType: 'AWS_IAM',
    });
  });
  test('lets no flood take the account and the brokers from the others', () => {
    expect(stage['DefaultRouteSettings']).toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 500 });
  });
  test('logs every request for three months, and the log outlives the stack', () => {
    const [logGroup, { Properties }] = resourcesOf(template, 'AWS::Logs::LogGroup').find(([id]) =>
      id.includes('IngestAccessLog'),
    )!;
    expect(stage['AccessLogSettings']).toMatchObject({ DestinationArn: { 'Fn::GetAtt': [logGroup, 'Arn'] } });
    expect(Properties).toMatchObject({ RetentionInDays: 90 });
  });
  test('answers on the stage that it has always had', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Stage').map(([id]) => id)).toEqual([
      'OrdersIngestApiDefaultStage1B284BA9',
    ]);
  });
});

describe('stores', () => {
  const buckets = resourcesOf(template, 'AWS::S3::Bucket');

  test.each(buckets)('%s keeps what lies in it, encrypted, versioned and private', (_, { Properties }) => {
    expect(Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(JSON.stringify(Properties['BucketEncryption'])).toContain('aws:kms');
    const { Rules } = Properties['LifecycleConfiguration'] as { Rules: object[] };
    for (const rule of Rules)
      expect(Object.keys(rule).filter((key) => /^Expiration|^Transition/.test(key))).toEqual([]);
  });
  test.each(buckets)('%s is opened over TLS only', (bucket) => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: bucket },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
  test('what was applied is remembered for the longest of retention and spill limit, plus the redrive window', () => {
    const billing = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith('Billing'))!;
    expect(JSON.stringify(billing)).toContain(`\\"doneSeconds\\":${28 * 86_400}`);
    const [, table] = resourcesOf(template, 'AWS::DynamoDB::Table').find(([id]) => id.includes('BillingConsumer'))!;
    expect(table.Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
  });
});

describe('removal', () => {
  const kept = [
    'AWS::MSK::Cluster',
    'AWS::MSK::Configuration',
    'AWS::MSK::Topic',
    'AWS::KMS::Key',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::DynamoDB::Table',
    'AWS::EC2::VPC',
    'AWS::EC2::Subnet',
    'AWS::EC2::RouteTable',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPCEndpoint',
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'AWS::ApplicationAutoScaling::ScalingPolicy',
    'AWS::Logs::LogGroup',
  ];

  test.each(kept)('%s outlives the stack, and a failed first deploy leaves none', (type) => {
    const policies = resourcesOf(template, type).map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [
      DeletionPolicy,
      UpdateReplacePolicy,
    ]);
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) expect(policy).toEqual(['RetainExceptOnCreate', 'Retain']);
  });
  test('the security group of the brokers outlives the stack, with the way in for pollers', () => {
    const groups = resourcesOf(template, 'AWS::EC2::SecurityGroup').filter(([id]) => id.includes('Cluster'));
    const ways = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').filter(([id]) => id.includes('Pollers'));
    expect([...groups, ...ways].map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual([
      'RetainExceptOnCreate',
      'RetainExceptOnCreate',
    ]);
  });
  test('logical ids of what holds events never change: another id is another, empty, resource', () => {
    const stateful = [
      'AWS::MSK::Cluster',
      'AWS::MSK::Topic',
      'AWS::KMS::Key',
      'AWS::S3::Bucket',
      'AWS::DynamoDB::Table',
    ];
    expect(stateful.flatMap((type) => resourcesOf(template, type).map(([id]) => id))).toEqual([
      'OrdersClusterDD2D267B',
      'OrdersTopic8A68B7A2',
      'OrdersKey6C690DD2',
      'OrdersDeadLettersBucket32E98905',
      'OrdersSpillBucketD8FE6479',
      'OrdersBillingConsumerOnFailureD8C7ED37',
      'OrdersBillingConsumerTable3E685B5E',
      'OrdersTable315BB997',
      'CustomersTableB554B793',
    ]);
  });
  test('names are left to AWS, or hold the id of the stack, so that a second stack does not meet what the first left', () => {
    for (const [, { Properties }] of [
      ...resourcesOf(template, 'AWS::S3::Bucket'),
      ...resourcesOf(template, 'AWS::DynamoDB::Table'),
    ]) {
      expect(Object.keys(Properties).filter((name) => /^(Bucket|Table)Name$/.test(name))).toEqual([]);
    }
    expect(JSON.stringify(only('AWS::MSK::Cluster').Properties['ClusterName'])).toContain('AWS::StackId');
    expect(JSON.stringify(only('AWS::MSK::Configuration').Properties['Name'])).toContain('AWS::StackId');
  });
});

describe('rights', () => {
  const producing = [
    'Connect',
    'DescribeTopic',
    'DescribeTopicDynamicConfiguration',
    'WriteData',
    'WriteDataIdempotently',
  ];

  test.each([
    ['OrdersIngest', producing],
    // It reads what a redrive from the topic sends again.
    ['OrdersSpillReplay', [...producing, 'ReadData'].sort()],
    ['Billing', ['AlterGroup', 'Connect', 'DescribeGroup', 'DescribeTopic', 'ReadData']],
    ['OrdersBillingConsumerUnpack', []],
  ])('%s may do on Kafka exactly what it does', (role, actions) => {
    expect(allowed(template, role, 'kafka-cluster')).toEqual(actions);
  });
  test('a consumer reads one topic in one group', () => {
    const arns = statementsOf(template, 'Billing').filter((statement) =>
      actionsOf(statement).some(
        (action) => /Topic$|Group$|ReadData/.test(action) && action.startsWith('kafka-cluster'),
      ),
    );
    expect(arns.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining('TopicArn'),
      expect.stringMatching(/:group\/.*\/orders-Orders-BillingConsumer-9226B35B/),
    ]);
  });
  test.each([
    ['OrdersIngest', ['PutObject', 'PutObject']],
    // In the spill store, among the dead letters of its topic, and beside those, where corrections and ends of letters lie.
    [
      'OrdersSpillReplay',
      [
        ...['DeleteObject', 'GetObject', 'ListBucket', 'PutObject'].flatMap((action) =>
          action === 'ListBucket' ? [action, action] : [action, action, action],
        ),
        // And a letter for what a redrive from the topic sends again.
        'PutObject',
      ],
    ],
    ['Billing', ['ListBucket', 'PutObject', 'PutObject']],
    ['OrdersBillingConsumerUnpack', ['DeleteObject', 'GetObject', 'ListBucket', 'PutObject']],
  ])('%s may do with objects exactly what it does', (role, actions) => {
    expect(allowed(template, role, 's3')).toEqual(actions);
  });
  test('nobody may delete what the idempotency table remembers', () => {
    for (const role of ['Billing', 'OrdersBillingConsumerUnpack', 'OrdersBillingConsumerRedrive']) {
      expect(allowed(template, role, 'dynamodb')).not.toContain('DeleteItem');
    }
  });
  test('no statement is about everything, but the four descriptions for which EC2 knows no resource', () => {
    const wide = statementsOf(template, '').filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(wide.map(actionsOf)).toEqual([
      ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
    ]);
  });
  test('the door opens to IAM credentials alone', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /events',
      AuthorizationType: 'AWS_IAM',
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
  });
});

test('spilled events, given up invocations and unaccounted records are looked for every minute, and no execution is reserved for that', () => {
  template.resourcePropertiesCountIs(
    'AWS::Events::Rule',
    { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' },
    3,
  );
  const replay = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith('OrdersSpillReplay'))!;
  expect(replay[1].Properties['ReservedConcurrentExecutions']).toBeUndefined();
});
