/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unsafe-return -- CloudFormation's shapes have no types; what is made of them is held against the SDK's models */
import type { Question, Questions } from '../../../cli/verify/account';
import { ACCOUNT, REGION } from '../../../local/template/identity';
import type { StandIn } from './stand-in';
import type { Thing } from './thing';

const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Orders/local`;

/** What a resource is, as CloudFormation writes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
const of = (thing: Thing | undefined): any => thing?.properties ?? {};

/** What else its service tells of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
const told = (thing: Thing): any => thing.more;

const encoded = (document: unknown): string => encodeURIComponent(JSON.stringify(document));
const inBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

type Answers = { readonly [Q in Question]: (account: StandIn, input: Questions[Q][0]) => Questions[Q][1] | undefined };

export const ANSWERS: Answers = {
  'cloudformation:DescribeStacks': ({ status }, { StackName }) =>
    StackName === 'Orders'
      ? {
          Stacks: [
            {
              StackName,
              StackId: STACK_ID,
              StackStatus: status as never,
              CreationTime: new Date(0),
              Parameters: [
                {
                  ParameterKey: 'BootstrapVersion',
                  ParameterValue: '/cdk-bootstrap/hnb659fds/version',
                  ResolvedValue: '21',
                },
              ],
            },
          ],
        }
      : undefined,
  'cloudformation:GetTemplate': ({ deployed }) => ({
    TemplateBody: JSON.stringify(deployed),
    StagesAvailable: ['Original', 'Processed'],
  }),
  // Pages of a hundred, as CloudFormation gives them.
  'cloudformation:ListStackResources': ({ things }, { NextToken = '0' }) => {
    const next = Number(NextToken) + 100;
    return {
      StackResourceSummaries: things.slice(Number(NextToken), next).map(({ logicalId, physicalId, type }) => ({
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceType: type,
        ResourceStatus: 'CREATE_COMPLETE',
        LastUpdatedTimestamp: new Date(0),
      })),
      ...(next < things.length && { NextToken: String(next) }),
    };
  },
  'cloudwatch:DescribeAlarms': (account, { AlarmNames = [] }) => {
    const named = (type: string) => AlarmNames.flatMap((name) => account.byId(name, type) ?? []);
    const common = (alarm: Thing) => ({
      AlarmName: alarm.physicalId,
      ActionsEnabled: of(alarm).ActionsEnabled ?? true,
      AlarmActions: of(alarm).AlarmActions ?? [],
      StateValue: 'OK' as const,
    });
    return {
      MetricAlarms: named('AWS::CloudWatch::Alarm').map((thing) => ({
        ...common(thing),
        Threshold: of(thing).Threshold,
        ComparisonOperator: of(thing).ComparisonOperator,
      })),
      CompositeAlarms: named('AWS::CloudWatch::CompositeAlarm').map((thing) => ({
        ...common(thing),
        AlarmRule: of(thing).AlarmRule,
      })),
    };
  },
  'dynamodb:DescribeContinuousBackups': (account, { TableName }) => {
    const table = account.byId(TableName, 'AWS::DynamoDB::Table');
    const on = of(table).PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true;
    return (
      table && {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: on ? 'ENABLED' : 'DISABLED' },
        },
      }
    );
  },
  'dynamodb:DescribeTable': (account, { TableName }) => {
    const table = account.byId(TableName, 'AWS::DynamoDB::Table');
    const { KeySchema, SSESpecification: encryption, DeletionProtectionEnabled = false } = of(table) ?? {};
    return (
      table && {
        Table: {
          TableName,
          KeySchema,
          TableStatus: 'ACTIVE',
          DeletionProtectionEnabled,
          ...(encryption && {
            SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: encryption.KMSMasterKeyId },
          }),
          ...table.more,
        },
      }
    );
  },
  'dynamodb:DescribeTimeToLive': (account, { TableName }) => {
    const table = account.byId(TableName, 'AWS::DynamoDB::Table');
    const ttl = of(table).TimeToLiveSpecification;
    return (
      table && {
        TimeToLiveDescription:
          ttl?.Enabled === true
            ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttl.AttributeName }
            : { TimeToLiveStatus: 'DISABLED' },
      }
    );
  },
  'eventbridge:DescribeRule': (account, { Name }) => {
    const rule = account.byId(Name, 'AWS::Events::Rule');
    const { State, ScheduleExpression, EventPattern } = of(rule);
    const pattern = EventPattern && { EventPattern: JSON.stringify(EventPattern) };
    return rule && { Name, State, ScheduleExpression, ...pattern, EventBusName: 'default' };
  },
  'eventbridge:ListTargetsByRule': (account, { Rule }) => {
    const rule = account.byId(Rule, 'AWS::Events::Rule');
    return rule && { Targets: of(rule).Targets };
  },
  'iam:GetRole': (account, { RoleName }) => {
    const role = account.byId(RoleName, 'AWS::IAM::Role');
    const { AssumeRolePolicyDocument: trust, PermissionsBoundary } = of(role) ?? {};
    return (
      role && {
        Role: {
          RoleName,
          Path: '/',
          RoleId: 'AROAEXAMPLE',
          Arn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`,
          CreateDate: new Date(0),
          AssumeRolePolicyDocument: encoded(trust),
          ...(PermissionsBoundary && {
            PermissionsBoundary: {
              PermissionsBoundaryType: 'Policy' as const,
              PermissionsBoundaryArn: PermissionsBoundary,
            },
          }),
        },
      }
    );
  },
  'iam:GetRolePolicy': (account, { RoleName, PolicyName }) => {
    const own = inlineOf(account, RoleName).find((each) => each.PolicyName === PolicyName);
    return own && { RoleName, PolicyName, PolicyDocument: encoded(own.PolicyDocument) };
  },
  'iam:ListAttachedRolePolicies': (account, { RoleName }) => ({
    AttachedPolicies: (of(account.byId(RoleName, 'AWS::IAM::Role')).ManagedPolicyArns ?? []).map((arn: string) => ({
      PolicyArn: arn,
      PolicyName: arn.split('/').at(-1),
    })),
    IsTruncated: false,
  }),
  // One name on a page: IAM may cut a list short wherever it likes.
  'iam:ListRolePolicies': (account, { RoleName, Marker = '0' }) => {
    const names = inlineOf(account, RoleName).map((each) => each.PolicyName);
    const next = Number(Marker) + 1;
    return {
      PolicyNames: names.slice(Number(Marker), next),
      IsTruncated: next < names.length,
      ...(next < names.length && { Marker: String(next) }),
    };
  },
  'kafka:DescribeClusterV2': (account, { ClusterArn }) => {
    const cluster = account.byId(ClusterArn, 'AWS::MSK::Cluster');
    if (!cluster) return undefined;
    const {
      BrokerNodeGroupInfo: nodes,
      ClientAuthentication: { Sasl, Unauthenticated },
      EncryptionInfo,
      KafkaVersion,
      NumberOfBrokerNodes,
      ConfigurationInfo,
    } = of(cluster);
    const { revision = 1, state = 'ACTIVE', message } = told(cluster);
    return {
      ClusterInfo: {
        ClusterArn,
        ClusterType: 'PROVISIONED',
        State: state,
        ...(message && { StateInfo: { Message: message } }),
        Provisioned: {
          BrokerNodeGroupInfo: {
            BrokerAZDistribution: 'DEFAULT',
            ClientSubnets: nodes.ClientSubnets,
            InstanceType: nodes.InstanceType,
            SecurityGroups: nodes.SecurityGroups,
            StorageInfo: { EbsStorageInfo: { VolumeSize: nodes.StorageInfo.EBSStorageInfo.VolumeSize } },
            ConnectivityInfo: { PublicAccess: nodes.ConnectivityInfo?.PublicAccess ?? { Type: 'DISABLED' } },
          },
          ClientAuthentication: {
            Sasl: { Scram: { Enabled: false }, ...Sasl },
            Tls: { CertificateAuthorityArnList: [], Enabled: false },
            Unauthenticated,
          },
          EncryptionInfo,
          EnhancedMonitoring: 'DEFAULT',
          NumberOfBrokerNodes,
          StorageMode: 'LOCAL',
          CurrentBrokerSoftwareInfo: {
            KafkaVersion,
            ...(ConfigurationInfo && { ConfigurationArn: ConfigurationInfo.Arn, ConfigurationRevision: revision }),
          },
        },
      },
    };
  },
  'kafka:DescribeConfiguration': (account, { Arn }) => {
    const configuration = account.byId(Arn, 'AWS::MSK::Configuration');
    return (
      configuration && {
        Arn,
        State: 'ACTIVE',
        LatestRevision: { Revision: told(configuration).latest ?? 1, CreationTime: new Date(0) },
      }
    );
  },
  'kafka:DescribeConfigurationRevision': (account, { Arn, Revision }) => {
    const configuration = account.byId(Arn, 'AWS::MSK::Configuration');
    return configuration && { Arn, Revision, ServerProperties: inBytes(String(of(configuration).ServerProperties)) };
  },
  'kafka:DescribeTopic': (account, { ClusterArn, TopicName }) => {
    const topic = account.having('AWS::MSK::Topic', { ClusterArn, TopicName });
    if (!topic) return undefined;
    const { ReplicationFactor, PartitionCount, Configs } = of(topic);
    return { TopicArn: topic.physicalId, TopicName, ReplicationFactor, PartitionCount, Configs, Status: 'ACTIVE' };
  },
  'kms:DescribeKey': (account, { KeyId }) => {
    const key = account.byId(KeyId, 'AWS::KMS::Key');
    return (
      key && {
        KeyMetadata: {
          KeyId,
          Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`,
          Enabled: true,
          KeyState: 'Enabled',
          ...key.more,
        },
      }
    );
  },
  'kms:GetKeyPolicy': (account, { KeyId }) => {
    const key = account.byId(KeyId, 'AWS::KMS::Key');
    return key && { PolicyName: 'default', Policy: JSON.stringify(of(key).KeyPolicy) };
  },
  'lambda:GetEventSourceMapping': (account, { UUID }) => {
    const mapping = account.byId(UUID, 'AWS::Lambda::EventSourceMapping');
    if (!mapping) return undefined;
    const { FunctionName, Enabled = true, ...same } = of(mapping);
    return {
      UUID,
      FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FunctionName}`,
      MaximumBatchingWindowInSeconds: 0,
      ...(same.Topics && { MaximumRecordAgeInSeconds: -1 }),
      ...same,
      DestinationConfig: { OnFailure: {}, ...same.DestinationConfig },
      State: Enabled ? 'Enabled' : 'Disabled',
      StateTransitionReason: 'USER_INITIATED',
      LastProcessingResult: 'No records processed',
      ...mapping.more,
    };
  },
  'lambda:GetFunctionConcurrency': (account, { FunctionName }) => {
    const reserved = of(account.byId(FunctionName, 'AWS::Lambda::Function')).ReservedConcurrentExecutions;
    return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
  },
  'lambda:GetFunctionConfiguration': (account, { FunctionName }) => {
    const found = account.byId(FunctionName, 'AWS::Lambda::Function');
    if (!found) return undefined;
    const { Timeout = 3, Role, Environment, VpcConfig, DeadLetterConfig } = of(found);
    return {
      FunctionName,
      Timeout,
      Role,
      ...(Environment && { Environment }),
      VpcConfig: VpcConfig
        ? { ...VpcConfig, VpcId: 'vpc-1', Ipv6AllowedForDualStack: false }
        : { SubnetIds: [], SecurityGroupIds: [], VpcId: '' },
      ...(DeadLetterConfig && { DeadLetterConfig }),
      State: 'Active',
      LastUpdateStatus: 'Successful',
      ...found.more,
    };
  },
  'lambda:GetFunctionEventInvokeConfig': (account, { FunctionName, Qualifier }) => {
    const found = account.having('AWS::Lambda::EventInvokeConfig', { FunctionName, Qualifier });
    if (!found) return undefined;
    const { MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig } = of(found);
    return {
      FunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${FunctionName}:${Qualifier}`,
      MaximumEventAgeInSeconds,
      MaximumRetryAttempts,
      DestinationConfig: { OnSuccess: {}, OnFailure: {}, ...DestinationConfig },
    };
  },
  's3:GetBucketEncryption': (account, { Bucket }) => {
    const rules = of(account.byId(Bucket, 'AWS::S3::Bucket')).BucketEncryption?.ServerSideEncryptionConfiguration;
    const made = (rules ?? [
      { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
    ]) as { ServerSideEncryptionByDefault: never; BucketKeyEnabled: boolean }[];
    return {
      ServerSideEncryptionConfiguration: {
        Rules: made.map(({ ServerSideEncryptionByDefault: by, BucketKeyEnabled }) => ({
          ApplyServerSideEncryptionByDefault: by,
          BucketKeyEnabled,
        })),
      },
    };
  },
  's3:GetBucketLifecycleConfiguration': (account, { Bucket }) => {
    const rules = of(account.byId(Bucket, 'AWS::S3::Bucket')).LifecycleConfiguration?.Rules;
    return (
      rules && {
        Rules: rules.map(
          (
            { Prefix = '', ExpirationInDays: Days, ...same }: { Prefix?: string; ExpirationInDays?: number },
            n: number,
          ) => ({ ID: `rule-${n}`, Filter: { Prefix }, ...(Days !== undefined && { Expiration: { Days } }), ...same }),
        ),
      }
    );
  },
  's3:GetBucketPolicy': (account, { Bucket }) => {
    const policy = account.having('AWS::S3::BucketPolicy', { Bucket });
    return policy && { Policy: JSON.stringify(of(policy).PolicyDocument) };
  },
  's3:GetBucketVersioning': (account, { Bucket }) =>
    account.byId(Bucket, 'AWS::S3::Bucket') && {
      ...of(account.byId(Bucket, 'AWS::S3::Bucket')).VersioningConfiguration,
    },
  's3:GetPublicAccessBlock': (account, { Bucket }) => {
    const block = of(account.byId(Bucket, 'AWS::S3::Bucket')).PublicAccessBlockConfiguration;
    return block && { PublicAccessBlockConfiguration: block };
  },
};

/** What lies in a role: policies of its own, and those that the stack has put there. */
function inlineOf(account: StandIn, role: string | undefined): { PolicyName: string; PolicyDocument: unknown }[] {
  const beside = account.things.filter(({ type, isGone }) => type === 'AWS::IAM::Policy' && !isGone).map(of);
  return [
    ...(of(account.byId(role, 'AWS::IAM::Role')).Policies ?? []),
    ...beside.filter(({ Roles }) => Roles.includes(role)),
  ];
}
