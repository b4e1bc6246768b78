import { createHash } from 'node:crypto';
import { constructPath, type Resource } from './resource';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const PARTITION = 'aws';
/** Whoever calls here. */
export const LOCAL_USER = `arn:${PARTITION}:iam::${ACCOUNT}:user/local`;

/** What only the running local stack can tell. */
export interface PhysicalWorld {
  /** Comma-separated `host:port` of the brokers. */
  readonly bootstrap: string;
  /** `http://host:port` of each HTTP API that is served, by its logical id. */
  readonly origins?: Readonly<Record<string, string>>;
  /** `http://host:port` of SQS. */
  readonly sqs?: string;
}

type ReadProperty = (name: string) => unknown;

/** The name a resource has on this machine: the one the template fixes, else its logical id in the service's spelling. */
export function physicalName(logicalId: string, resource: Resource, read: ReadProperty): string {
  const fixed = NAME_PROPERTY[resource.Type];
  const given = fixed ? read(fixed) : undefined;
  if (typeof given === 'string') return given;
  switch (resource.Type) {
    case 'AWS::S3::Bucket':
      return logicalId.toLowerCase().slice(0, 63);
    case 'AWS::Lambda::Function':
      return logicalId.slice(0, 64);
    case 'AWS::SQS::Queue':
      return `${logicalId.slice(0, 75)}${String(read('FifoQueue')) === 'true' ? '.fifo' : ''}`;
    default:
      return logicalId;
  }
}

const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::MSK::Cluster': 'ClusterName',
  'AWS::MSK::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::EventBus': 'Name',
};

/** A UUID that is the same on every run, so that a second run finds the groups and objects of the first. */
export function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

const arn = (service: string, rest: string, where = `${REGION}:${ACCOUNT}`) =>
  `arn:${PARTITION}:${service}:${where}:${rest}`;

/** The ARN of a resource, in its service's own shape; undefined for types whose ARN nobody needs locally. */
function resourceArn(logicalId: string, resource: Resource, read: ReadProperty): string | undefined {
  const name = physicalName(logicalId, resource, read);
  switch (resource.Type) {
    case 'AWS::MSK::Cluster':
      return arn('kafka', `cluster/${name}/${stableUuid(logicalId)}-1`);
    case 'AWS::MSK::Configuration':
      return arn('kafka', `configuration/${name}/${stableUuid(logicalId)}-1`);
    case 'AWS::MSK::Topic':
      return `${String(read('ClusterArn')).replace(':cluster/', ':topic/')}/${name}`;
    case 'AWS::Lambda::Function':
      return arn('lambda', `function:${name}`);
    case 'AWS::Lambda::Alias':
      return `${arn('lambda', `function:${functionNameOf(String(read('FunctionName')))}`)}:${String(read('Name'))}`;
    case 'AWS::Lambda::Version':
      return `${arn('lambda', `function:${functionNameOf(String(read('FunctionName')))}`)}:1`;
    case 'AWS::DynamoDB::Table':
      return arn('dynamodb', `table/${name}`);
    case 'AWS::S3::Bucket':
      return arn('s3', name, ':');
    case 'AWS::IAM::Role':
      return arn('iam', `role/${name}`, `:${ACCOUNT}`);
    case 'AWS::SQS::Queue':
      return arn('sqs', name);
    case 'AWS::Events::EventBus':
      return arn('events', `event-bus/${name}`);
    case 'AWS::KMS::Key':
      return arn('kms', `key/${stableUuid(logicalId)}`);
    default:
      return undefined;
  }
}

/** Name in a function's ARN, whole or from the account on (any qualifier dropped), or the name itself. */
export function functionNameOf(nameOrArn: string): string {
  const parts = nameOrArn.split(':');
  const type = parts.indexOf('function');
  return parts[type + 1] ?? nameOrArn;
}

/** What SQS calls a queue by. */
export const queueUrl = (name: string, { sqs = 'http://127.0.0.1' }: Pick<PhysicalWorld, 'sqs'>): string =>
  `${sqs}/${ACCOUNT}/${name}`;

/** What `Ref` gives. */
export function physicalId(logicalId: string, resource: Resource, read: ReadProperty, world: PhysicalWorld): string {
  switch (resource.Type) {
    case 'AWS::SQS::Queue':
      return queueUrl(physicalName(logicalId, resource, read), world);
    case 'AWS::MSK::Cluster':
    case 'AWS::MSK::Configuration':
    case 'AWS::MSK::Topic':
    case 'AWS::Lambda::Alias':
    case 'AWS::Lambda::Version':
      return resourceArn(logicalId, resource, read) ?? logicalId;
    default:
      return physicalName(logicalId, resource, read);
  }
}

/** What `Fn::GetAtt` gives. Throws for attributes without a local meaning. */
export function attribute(
  logicalId: string,
  resource: Resource,
  name: string,
  read: ReadProperty,
  world: PhysicalWorld,
  where: string,
): string {
  if (resource.Type.startsWith('Custom::') && /^BootstrapBrokerString/.test(name)) return world.bootstrap;
  const own = resourceArn(logicalId, resource, read);
  if (own !== undefined && ARN_ATTRIBUTES.includes(name)) return own;
  if (resource.Type === 'AWS::ApiGatewayV2::Api' && name === 'ApiEndpoint') return originOf(logicalId, world);
  if (resource.Type === 'AWS::SQS::Queue' && name === 'QueueName') return physicalName(logicalId, resource, read);
  if (resource.Type === 'AWS::SQS::Queue' && name === 'QueueUrl') return physicalId(logicalId, resource, read, world);
  if (resource.Type === 'AWS::Events::EventBus' && name === 'Name') return physicalName(logicalId, resource, read);
  // A URL ends with a slash, an API's endpoint does not.
  if (resource.Type === 'AWS::Lambda::Url' && name === 'FunctionUrl') return `${originOf(logicalId, world)}/`;
  // Names and numbers of what is left out locally (a security group's id, a VPC's zone) only end up in variables nobody reads.
  if (own === undefined && !resource.Type.startsWith('Custom::')) return `${logicalId}.${name}`;
  throw new Error(
    `${where}: got the attribute ${name} of ${constructPath(logicalId, resource)} (${resource.Type}), want one with a local meaning; it is known only in an account`,
  );
}

const originOf = (logicalId: string, { origins }: PhysicalWorld): string =>
  origins?.[logicalId] ?? `http://127.0.0.1/${logicalId}`;

const ARN_ATTRIBUTES = ['Arn', 'TopicArn', 'FunctionArn'];
