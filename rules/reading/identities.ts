import { arnOnCluster, atom, symbol } from './symbols';

/** Looks at a property that gives a resource its name or its place. */
export interface Naming {
  property(id: string, name: string): unknown;
}

interface Identity {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, as far as it is more than an opaque value. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What a resource is called by others, in symbols: two ways to say it have one text. */
type Identify = (id: string, naming: Naming) => Identity;

const arn = (
  service: string,
  resource: string,
  region = atom('AWS::Region'),
  account = atom('AWS::AccountId'),
): string => `arn:aws:${service}:${region}:${account}:${resource}`;

const named =
  (property: string, arnOf: (name: string, id: string) => string): Identify =>
  (id, naming) => {
    const name = nameOf(id, property, naming);
    return { ref: name, attributes: { Arn: arnOf(name, id) } };
  };
const byArn =
  (property: string, attribute: string, arnOf: (name: string, id: string) => string): Identify =>
  (id, naming) => {
    const ref = arnOf(nameOf(id, property, naming), id);
    return { ref, attributes: { [attribute]: ref } };
  };

function nameOf(id: string, property: string, naming: Naming): string {
  const name = naming.property(id, property);
  return typeof name === 'string' ? name : atom(id);
}

/** A part of a function: its ARN is the function's, and one word more. */
const ofFunction =
  (attribute: string, suffix: (id: string, naming: Naming) => string): Identify =>
  (id, naming) => {
    const target = naming.property(id, 'FunctionName');
    const whole = typeof target === 'string' ? target : symbol(`${id}.FunctionName`);
    const base = whole.includes(':function:') ? whole : arn('lambda', `function:${whole}`);
    const ref = `${base}:${suffix(id, naming)}`;
    return { ref, attributes: { [attribute]: ref } };
  };

const topic: Identify = (id, naming) => {
  const cluster = naming.property(id, 'ClusterArn');
  const clusterArn = typeof cluster === 'string' ? cluster : symbol(`${id}.ClusterArn`);
  const ref = arnOnCluster(clusterArn, 'topic', nameOf(id, 'TopicName', naming));
  return { ref, attributes: { TopicArn: ref } };
};

/** Its range is a text that others may repeat: it means the network only where it is asked for. */
const network: Identify = (id, naming) => {
  const range = naming.property(id, 'CidrBlock');
  const attributes = { VpcId: atom(id), ...(typeof range === 'string' && { CidrBlock: range }) };
  return { ref: atom(id), attributes };
};

const table: Identify = (id, naming) => {
  const name = nameOf(id, 'TableName', naming);
  const Arn = arn('dynamodb', `table/${name}`);
  return { ref: name, attributes: { Arn, StreamArn: `${Arn}/stream/${atom(`${id}.Label`)}` } };
};

const cluster = byArn('ClusterName', 'Arn', (name, id) => arn('kafka', `cluster/${name}/${atom(`${id}.Uuid`)}`));

const IDENTITIES: Readonly<Record<string, Identify>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::EC2::SecurityGroup': (id) => ({ ref: atom(id), attributes: { GroupId: atom(id) } }),
  'AWS::EC2::Subnet': (id) => ({ ref: atom(id), attributes: { SubnetId: atom(id) } }),
  'AWS::EC2::VPC': network,
  'AWS::IAM::ManagedPolicy': byArn('ManagedPolicyName', 'PolicyArn', (name) => arn('iam', `policy/${name}`, '')),
  'AWS::IAM::Role': named('RoleName', (name) => arn('iam', `role/${name}`, '')),
  'AWS::Events::Rule': named('Name', (name) => arn('events', `rule/${name}`)),
  'AWS::KafkaConnect::WorkerConfiguration': byArn('Name', 'WorkerConfigurationArn', (name, id) =>
    arn('kafkaconnect', `worker-configuration/${name}/${atom(`${id}.Uuid`)}`),
  ),
  'AWS::Kinesis::Stream': named('Name', (name) => arn('kinesis', `stream/${name}`)),
  'AWS::KMS::Alias': named('AliasName', (name) => arn('kms', name)),
  'AWS::KMS::Key': (id) => ({ ref: atom(id), attributes: { Arn: arn('kms', `key/${atom(id)}`) } }),
  'AWS::Lambda::Alias': ofFunction('AliasArn', (id, naming) => nameOf(id, 'Name', naming)),
  'AWS::Lambda::Function': named('FunctionName', (name) => arn('lambda', `function:${name}`)),
  'AWS::Lambda::Version': ofFunction('FunctionArn', (id) => atom(id)),
  'AWS::MSK::Cluster': cluster,
  'AWS::MSK::Configuration': byArn('Name', 'Arn', (name, id) =>
    arn('kafka', `configuration/${name}/${atom(`${id}.Uuid`)}`),
  ),
  'AWS::MSK::ServerlessCluster': cluster,
  'AWS::MSK::Topic': topic,
  'AWS::S3::Bucket': named('BucketName', (name) => arn('s3', name, '', '')),
  'AWS::SecretsManager::Secret': byArn('Name', 'Id', (name, id) =>
    arn('secretsmanager', `secret:${name}-${atom(`${id}.Suffix`)}`),
  ),
  'AWS::SNS::Topic': byArn('TopicName', 'TopicArn', (name) => arn('sns', name)),
  'AWS::SQS::Queue': (id, naming) => ({
    ref: symbol(`${id}.QueueUrl`),
    attributes: { Arn: arn('sqs', nameOf(id, 'QueueName', naming)) },
  }),
};

const identify = (id: string, type: string, naming: Naming): Identity | undefined =>
  Object.hasOwn(IDENTITIES, type) ? IDENTITIES[type]?.(id, naming) : undefined;

export const referenceTo = (id: string, type: string, naming: Naming): string =>
  identify(id, type, naming)?.ref ?? symbol(id);

export function attributeOf(id: string, type: string, attribute: string, naming: Naming): string {
  const attributes = identify(id, type, naming)?.attributes;
  return attributes && Object.hasOwn(attributes, attribute)
    ? (attributes[attribute] ?? '')
    : symbol(`${id}.${attribute}`);
}

/** Every text by which others may mean the resource: what `Ref` and `Fn::GetAtt` give, and its name. */
export function textsOf(id: string, type: string, naming: Naming): string[] {
  const identity = identify(id, type, naming);
  return identity ? [identity.ref, ...Object.values(identity.attributes ?? {})] : [symbol(id)];
}
