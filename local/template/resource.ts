/** A CloudFormation template, as far as it is read. */
export interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** Construct path of a resource without the stack's name and the L1's `Resource`, else its logical id. */
export function constructPath(logicalId: string, resource: Resource): string {
  const path = resource.Metadata?.['aws:cdk:path'];
  if (typeof path !== 'string') return logicalId;
  return (
    path
      .split('/')
      .slice(1)
      .join('/')
      .replace(/\/(Resource|Default)$/, '') || logicalId
  );
}

/** What the local stack runs. Each lies on the way of an event, or is needed to reach something that does. */
const RUN = [
  'AWS::MSK::Cluster',
  'AWS::MSK::Configuration',
  'AWS::MSK::Topic',
  'AWS::Lambda::Function',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Version',
  'AWS::Lambda::Url',
  'AWS::Lambda::EventSourceMapping',
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Integration',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::Scheduler::Schedule',
];

/** What guards, watches or encrypts in an account and changes no event's way on one machine. */
const LEFT_OUT = [
  /^AWS::(IAM|KMS|EC2|Logs|CloudWatch|ApplicationAutoScaling|SNS|SSM|CloudFormation)::/,
  /^AWS::CDK::Metadata$/,
  /^AWS::(S3::Bucket|SQS::Queue)Policy$/,
  /^AWS::MSK::ClusterPolicy$/,
  /^AWS::Lambda::Permission$/,
  /^AWS::ApiGatewayV2::(Stage|Authorizer)$/,
  /^AWS::Scheduler::ScheduleGroup$/,
  /^Custom::/,
];

/** Refuses, in one message, every resource that might carry events and is not run locally. */
export function refuseUnknownResources(template: Template): void {
  const unknown = Object.entries(template.Resources ?? {}).filter(
    ([, { Type }]) => !RUN.includes(Type) && !LEFT_OUT.some((pattern) => pattern.test(Type)),
  );
  if (unknown.length === 0) return;
  const list = unknown.map(([id, resource]) => `${constructPath(id, resource)} (${resource.Type})`).join(', ');
  throw new Error(
    `local stack: got ${list}, want only resources it can run; an event's way through them would go untested, so take them into a stack of their own`,
  );
}
