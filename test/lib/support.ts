import 'aws-cdk-lib/testhelpers/jest-autoclean';
import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  EventPipeline,
  KafkaCluster,
  KafkaTopic,
  type EventPipelineProps,
  type IKafkaCluster,
} from 'cdk-lossless-kafka';

// CloudFormation's own schema check takes ten times as long as everything else; `cdk synth` runs it.
process.env['CDK_VALIDATION'] = 'false';

export const newApp = (context: object = {}): App =>
  new App({ context: { 'aws:cdk:bundling-stacks': [], ...context } });

/** A bare, region-agnostic stack. */
export const newStack = (id = 'Test', props?: StackProps): Stack => new Stack(newApp(), id, props);

export const newFunction = (
  scope: Construct,
  props: Partial<lambda.FunctionProps> = {},
  id = 'Handler',
): lambda.Function =>
  new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => null'),
    timeout: Duration.minutes(2),
    ...props,
  });

export const CLUSTER_ARN = 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2';

export const existingVpc = (scope: Construct): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(scope, 'ExistingVpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['a', 'b', 'c'],
    privateSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
  });

export const existingCluster = (scope: Construct): IKafkaCluster =>
  KafkaCluster.fromKafkaClusterAttributes(scope, 'ExistingCluster', {
    clusterArn: CLUSTER_ARN,
    vpc: existingVpc(scope),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(scope, 'ExistingGroup', 'sg-1')],
    bootstrapBrokers: 'b-1.there:9098,b-2.there:9098',
  });

/** A pipeline on a topic that exists: everything but network, cluster and topic. */
export const pipelineOnExistingTopic = (
  scope: Construct,
  retention = Duration.days(7),
  parts: Pick<EventPipelineProps, 'monitoring' | 'audit'> = {},
): EventPipeline =>
  new EventPipeline(scope, 'Pipeline', {
    ...parts,
    topic: KafkaTopic.fromTopicAttributes(scope, 'ExistingTopic', {
      cluster: existingCluster(scope),
      topicName: 'orders',
      retention,
    }),
  });

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string[];
}

/** Logical id and resource of a type, in the template's order. */
export const resourcesOf = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];

/** Event source mappings of one construct, named by the start of their logical ids. */
export const mappingsOf = (template: Template, of: string): [string, Resource][] =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping').filter(([id]) => id.startsWith(of));

/** The statements of a role's own policy; the role is named by the start of its policy's logical id. */
export function statementsOf(template: Template, role: string): Statement[] {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith(role));
  return policies.flatMap(
    ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement,
  );
}

export const actionsOf = ({ Action }: Statement): string[] => [Action].flat();

/** Every action of a service that a role may do, sorted. */
export const allowed = (template: Template, role: string, service: string): string[] =>
  statementsOf(template, role)
    .flatMap(actionsOf)
    .filter((action) => action.startsWith(`${service}:`))
    .map((action) => action.slice(service.length + 1))
    .sort();

/** The JSON variables of one role of the contract, `{ "Ref": … }` and the like standing as text. */
export function contractOf(template: Template, prefix: string): Record<string, unknown>[] {
  return resourcesOf(template, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { Variables = {} } = (Properties['Environment'] ?? {}) as { Variables?: Record<string, unknown> };
    return Object.entries(Variables)
      .filter(([name]) => name.startsWith(prefix))
      .map(([, value]) => JSON.parse(joined(value)) as Record<string, unknown>);
  });
}

function joined(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'"))).join('');
}

/** `key=value` lines as an object. */
export const parsed = (properties: string): Record<string, string> =>
  Object.fromEntries(
    properties
      .trim()
      .split('\n')
      .map((line) => line.split('=') as [string, string]),
  );
