import {
  CloudFormationClient,
  CreateStackCommand,
  ListStackResourcesCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { PutBucketEncryptionCommand, PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import type { Resource } from '../../../local/template/resource';
import { sample } from './stand-in';

/** What ministack has of the sample. Of MSK it knows no topics, and of a mapping on it no settings; of alarms no arithmetic. */
const HAS =
  /^AWS::(S3::|DynamoDB::|KMS::|IAM::|SNS::|SQS::|Events::|Lambda::(Function|EventInvokeConfig|EventSourceMapping)$)/;
function isThere(id: string, { Type, Properties = {} }: Resource): boolean {
  // As many as go into a template that is sent by itself.
  if (Type === 'AWS::CloudWatch::Alarm') return Properties['Metrics'] === undefined && id.includes('Cluster');
  return HAS.test(Type) && Properties['Topics'] === undefined;
}

const all = sample.Resources ?? {};
const CLUSTER = 'arn:aws:kafka:us-east-1:000000000000:cluster/Orders/abc-1';

/** References to what is left out become names. */
const withoutTheRest = (value: object): object =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => {
    const { Ref, 'Fn::GetAtt': attribute } = Object(each) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
    const id = Ref ?? attribute?.[0] ?? '';
    const meant = all[id];
    if (!meant || isThere(id, meant)) return each;
    return meant.Type === 'AWS::MSK::Cluster' ? CLUSTER : id;
  }) as object;

function reduced(): string {
  const Resources = Object.entries(all)
    .filter(([id, resource]) => isThere(id, resource))
    .map(([id, { Type, Properties = {}, Metadata = {} }]) => {
      const own = withoutTheRest(Type === 'AWS::Lambda::Function' ? inline(Properties) : Properties);
      return [id, { Type, Properties: own, Metadata: { 'aws:cdk:path': Metadata['aws:cdk:path'] } }] as const;
    });
  return JSON.stringify({ Resources: Object.fromEntries(Resources) });
}

/** Its code lies in no bucket here, and its network is none. */
function inline(properties: Readonly<Record<string, unknown>>): object {
  const code = { ZipFile: 'exports.handler = async () => null' };
  return { ...properties, Code: code, Handler: 'index.handler', VpcConfig: undefined, LoggingConfig: undefined };
}

export const AT = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/**
 * Deploys it behind an endpoint, and does there what ministack's CloudFormation does not: expiry, recovery, lifecycle and encryption.
 *
 * @returns what a resource whose logical id begins so is called
 */
export async function deployed(name: string, endpoint: string): Promise<(start: string) => string> {
  const cloudformation = new CloudFormationClient({ ...AT, endpoint });
  const stack = { StackName: name };
  await cloudformation.send(
    new CreateStackCommand({ ...stack, TemplateBody: reduced(), Capabilities: ['CAPABILITY_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client: cloudformation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, stack);
  const { StackResourceSummaries = [] } = await cloudformation.send(new ListStackResourcesCommand(stack));
  const called = (start: string): string => {
    const found = StackResourceSummaries.find(({ LogicalResourceId }) => LogicalResourceId?.startsWith(start));
    if (found?.PhysicalResourceId === undefined) throw new Error(`got no ${start} in ${name}, want one`);
    return found.PhysicalResourceId;
  };
  const [dynamodb, s3] = [
    new DynamoDBClient({ ...AT, endpoint }),
    new S3Client({ ...AT, endpoint, forcePathStyle: true }),
  ];
  const KMSMasterKeyID = `arn:aws:kms:us-east-1:000000000000:key/${called('OrdersKey')}`;
  for (const [id, { Type, Properties = {} }] of Object.entries(all)) {
    if (Type === 'AWS::DynamoDB::Table') await completeTable(dynamodb, called(id), Properties, KMSMasterKeyID);
    if (Type === 'AWS::S3::Bucket') await completeBucket(s3, called(id), KMSMasterKeyID);
  }
  return called;
}

async function completeTable(
  dynamodb: DynamoDBClient,
  TableName: string,
  { TimeToLiveSpecification: expiry, SSESpecification: encryption }: Readonly<Record<string, unknown>>,
  KMSMasterKeyId: string,
): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  if (encryption !== undefined) {
    const SSESpecification = { Enabled: true, SSEType: 'KMS', KMSMasterKeyId } as const;
    await dynamodb.send(new UpdateTableCommand({ TableName, SSESpecification }));
  }
  if (expiry !== undefined) {
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  }
}

async function completeBucket(s3: S3Client, Bucket: string, KMSMasterKeyID: string): Promise<void> {
  const rule = { ID: 'kept', Status: 'Enabled', Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 30 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } } as const; // prettier-ignore
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }));
  const Rules = [
    {
      BucketKeyEnabled: true,
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } as const,
    },
  ];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
}
