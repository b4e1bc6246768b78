import type { Templates } from './mutant';
import type { Subject } from './spot';

/** What a resource is there for. Settings, rights and changes are written for these, not for the resources of one template. */
export type Purpose =
  | 'brokers'
  | 'configuration'
  | 'topic'
  | 'mapping'
  | 'consumer'
  | 'producer'
  | 'replay'
  | 'unpack'
  | 'events' // a bucket for dead letters, spilled events or what a mapping gives up
  | 'on failure'
  | 'dead letters'
  | 'spill'
  | 'memory' // the idempotency table
  | 'key' // of what holds events
  | 'secret key'
  | 'vpc'
  | 'subnet'
  | 'broker group'
  | 'producer group'
  | 'way for pollers'
  | 'way for producers'
  | 'way to S3'
  | 'way to the endpoint' // a route table's association
  | 'plain text refused'
  | 'growth'
  | 'growing'
  | 'replay schedule'
  | 'replay permission'
  | 'unpack schedule'
  | 'unpack permission'
  | 'door policy' // what becomes of an asynchronous call that fails
  | 'failure queue'
  | 'source queue'
  | 'pipe'
  | 'connector'
  | 'secret';

/** Resource types by purpose; a variant says which of them, where they are not all. */
const TYPES: Record<Purpose, string> = {
  brokers: 'AWS::MSK::Cluster',
  configuration: 'AWS::MSK::Configuration',
  topic: 'AWS::MSK::Topic',
  mapping: 'AWS::Lambda::EventSourceMapping',
  consumer: 'AWS::Lambda::Function',
  producer: 'AWS::Lambda::Function',
  replay: 'AWS::Lambda::Function',
  unpack: 'AWS::Lambda::Function',
  events: 'AWS::S3::Bucket',
  'on failure': 'AWS::S3::Bucket',
  'dead letters': 'AWS::S3::Bucket',
  spill: 'AWS::S3::Bucket',
  memory: 'AWS::DynamoDB::Table',
  key: 'AWS::KMS::Key',
  'secret key': 'AWS::KMS::Key',
  vpc: 'AWS::EC2::VPC',
  subnet: 'AWS::EC2::Subnet',
  'broker group': 'AWS::EC2::SecurityGroup',
  'producer group': 'AWS::EC2::SecurityGroup',
  'way for pollers': 'AWS::EC2::SecurityGroupIngress',
  'way for producers': 'AWS::EC2::SecurityGroupIngress',
  'way to S3': 'AWS::EC2::VPCEndpoint',
  'way to the endpoint': 'AWS::EC2::SubnetRouteTableAssociation',
  'plain text refused': 'AWS::S3::BucketPolicy',
  growth: 'AWS::ApplicationAutoScaling::ScalingPolicy',
  growing: 'AWS::ApplicationAutoScaling::ScalableTarget',
  'replay schedule': 'AWS::Events::Rule',
  'replay permission': 'AWS::Lambda::Permission',
  'unpack schedule': 'AWS::Events::Rule',
  'unpack permission': 'AWS::Lambda::Permission',
  'door policy': 'AWS::Lambda::EventInvokeConfig',
  'failure queue': 'AWS::SQS::Queue',
  'source queue': 'AWS::SQS::Queue',
  pipe: 'AWS::Pipes::Pipe',
  connector: 'AWS::KafkaConnect::Connector',
  secret: 'AWS::MSK::BatchScramSecret',
};

/** Which logical ids serve a purpose, where it is not all of its type; none where the template has nothing of the kind. */
export type Purposes = Partial<Record<Purpose, RegExp>>;

/** Types of which a template has several for different purposes: nobody is meant unless it is said. */
const SAID = new Set([
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::Events::Rule',
  'AWS::Lambda::Permission',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::SQS::Queue',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Key',
]);

export function subjectsOf(templates: Templates, purposes: Purposes, purpose: Purpose): Subject[] {
  const type = TYPES[purpose];
  const said = purposes[purpose];
  const ids = said ?? (SAID.has(type) ? undefined : /./);
  // SAM writes a function and its mappings as one.
  const types = said && /Lambda/.test(type) ? [type, 'AWS::Serverless::Function'] : [type];
  return Object.entries(templates).flatMap(([file, { Resources }]) =>
    Object.entries(Resources)
      .filter(([id, resource]) => types.includes(resource.Type) && ids?.test(id))
      .map(([id]) => ({ file, id })),
  );
}
