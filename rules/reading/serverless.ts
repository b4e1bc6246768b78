import { intrinsicIn } from '../../cloudformation/intrinsics';
import { publishedBy, withPublished } from './published';
import { isMap, type Section, type Template, type TemplateResource } from './template';

/**
 * Writes SAM's functions out as CloudFormation's, as far as events and their rights go: role, Kafka mappings,
 * asynchronous doors, HTTP APIs and URLs. Logical ids are those that SAM's transform gives.
 */
export function expandServerless(template: Template): Template {
  const defaults = isMap(template.Globals['Function']) ? template.Globals['Function'] : {};
  const resources = Object.entries(template.Resources).flatMap(([id, resource]) =>
    resource.Type === 'AWS::Serverless::Function' ? written(id, resource, defaults) : [[id, resource] as const],
  );
  return withPublished({ ...template, Resources: Object.fromEntries(resources) });
}

type Entry = readonly [id: string, resource: TemplateResource];

function written(id: string, source: TemplateResource, defaults: Section): Entry[] {
  const own = isMap(source.Properties) ? source.Properties : {};
  const { Events, Policies, EventInvokeConfig, FunctionUrlConfig, AutoPublishAlias, ...properties } = merged(
    defaults,
    own,
  );
  const events = Object.entries(isMap(Events) ? Events : {}).filter(([, event]) => isMap(event)) as [string, Section][];
  const roleId = `${id}Role`;
  const role = properties['Role'] ?? { 'Fn::GetAtt': [roleId, 'Arn'] };
  const { Condition, DeletionPolicy, UpdateReplacePolicy, Metadata } = source;
  const part = (Type: string, Properties: Section): TemplateResource => ({ Type, Properties, Condition, Metadata });
  return [
    [id, { ...part('AWS::Lambda::Function', { ...properties, Role: role }), DeletionPolicy, UpdateReplacePolicy }],
    ...(properties['Role'] === undefined
      ? [[roleId, part('AWS::IAM::Role', generatedRole(events, Policies, properties))] as const]
      : []),
    ...(isMap(EventInvokeConfig)
      ? [
          [
            `${id}EventInvokeConfig`,
            part('AWS::Lambda::EventInvokeConfig', { FunctionName: { Ref: id }, ...EventInvokeConfig }),
          ] as const,
        ]
      : []),
    ...(isMap(FunctionUrlConfig)
      ? [[`${id}Url`, part('AWS::Lambda::Url', { TargetFunctionArn: { Ref: id }, ...FunctionUrlConfig })] as const]
      : []),
    ...Object.entries(publishedBy(id, AutoPublishAlias)).map(
      ([made, { Type, Properties }]) => [made, part(Type, Properties)] as const,
    ),
    ...events.flatMap(([name, { Type: kind, Properties }]) => {
      const make = typeof kind === 'string' && Object.hasOwn(EVENTS, kind) ? EVENTS[kind] : undefined;
      if (!make) return [];
      const { type, properties: made } = make(id, isMap(Properties) ? Properties : {});
      return [[`${id}${name}`, part(type, made)] as const];
    }),
  ];
}

/** What a door of SAM is in CloudFormation. */
type EventKind = (functionId: string, event: Section) => { readonly type: string; readonly properties: Section };

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const api: EventKind = (id) => ({
  type: 'AWS::ApiGatewayV2::Integration',
  properties: { IntegrationUri: arnOf(id) },
});
/** SAM makes a queue where it is told a type in place of one. */
const target = (id: string, RetryPolicy: unknown, letters: unknown): Section => ({
  Arn: arnOf(id),
  RetryPolicy,
  DeadLetterConfig: isMap(letters)
    ? { Arn: letters['Arn'] ?? { 'Fn::Sub': `arn:aws:sqs:\${AWS::Region}:\${AWS::AccountId}:${id}` } }
    : letters,
});
const rule: EventKind = (id, { RetryPolicy, DeadLetterConfig, ...event }) => ({
  type: 'AWS::Events::Rule',
  properties: { ...event, Targets: [{ ...target(id, RetryPolicy, DeadLetterConfig), Id: id }] },
});
const mapping = (id: string, properties: Section) => ({
  type: 'AWS::Lambda::EventSourceMapping',
  properties: { ...properties, FunctionName: { Ref: id } },
});
const stream: EventKind = (id, { Stream, ...event }) => mapping(id, { ...event, EventSourceArn: Stream });
/** What SAM writes into the bucket or the user pool, its permission says, too. */
const caller =
  (Principal: string): EventKind =>
  (id) => ({ type: 'AWS::Lambda::Permission', properties: { FunctionName: { Ref: id }, Principal } });

/** With `SqsSubscription` a queue stands between; SAM makes one that has no redrive where none is named. */
const subscription: EventKind = (id, { SqsSubscription: queue, ...event }) => {
  if (queue === undefined || queue === false)
    return { type: 'AWS::SNS::Subscription', properties: { ...event, Protocol: 'lambda', Endpoint: arnOf(id) } };
  const QueueArn = isMap(queue) ? queue['QueueArn'] : undefined;
  return mapping(id, {
    EventSourceArn: QueueArn ?? { 'Fn::Sub': `arn:aws:sqs:\${AWS::Region}:\${AWS::AccountId}:${id}` },
  });
};

const EVENTS: Readonly<Record<string, EventKind>> = {
  MSK: (id, { Stream, ConsumerGroupId, SchemaRegistryConfig, ...event }) =>
    mapping(id, {
      ...event,
      EventSourceArn: Stream,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId, SchemaRegistryConfig },
    }),
  SelfManagedKafka: (id, { KafkaBootstrapServers, ConsumerGroupId, SchemaRegistryConfig, ...event }) =>
    mapping(id, {
      ...event,
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId, SchemaRegistryConfig },
    }),
  Api: api,
  HttpApi: api,
  CloudWatchEvent: rule,
  EventBridgeRule: rule,
  Schedule: rule,
  ScheduleV2: (id, { RetryPolicy, DeadLetterConfig, StartDate, EndDate }) => ({
    type: 'AWS::Scheduler::Schedule',
    properties: { StartDate, EndDate, Target: target(id, RetryPolicy, DeadLetterConfig) },
  }),
  SNS: subscription,
  SQS: (id, { Queue }) => mapping(id, { EventSourceArn: Queue }),
  Kinesis: stream,
  DynamoDB: stream,
  S3: caller('s3.amazonaws.com'),
  Cognito: caller('cognito-idp.amazonaws.com'),
  IoTRule: (id) => ({
    type: 'AWS::IoT::TopicRule',
    properties: { TopicRulePayload: { Actions: [{ Lambda: { FunctionArn: arnOf(id) } }] } },
  }),
  CloudWatchLogs: (id) => ({ type: 'AWS::Logs::SubscriptionFilter', properties: { DestinationArn: arnOf(id) } }),
};

const aws = (name: string) => `arn:aws:iam::aws:policy/service-role/${name}`;

/** The role SAM makes for a function that names none. */
function generatedRole(events: readonly [string, Section][], policies: unknown, properties: Section): Section {
  const given = Array.isArray(policies) ? (policies as unknown[]) : policies === undefined ? [] : [policies];
  const documents = given.filter((policy) => isMap(policy) && 'Statement' in policy);
  const managed = given.filter((policy) => !documents.includes(policy));
  return {
    ManagedPolicyArns: [
      aws('AWSLambdaBasicExecutionRole'),
      ...(properties['VpcConfig'] === undefined ? [] : [aws('AWSLambdaVPCAccessExecutionRole')]),
      ...(events.some(([, { Type }]) => Type === 'MSK') ? [aws('AWSLambdaMSKExecutionRole')] : []),
      ...managed.map(managedPolicy),
    ],
    Policies: [
      ...documents.map((PolicyDocument) => ({ PolicyDocument })),
      ...events.flatMap(([, event]) => [...destinationPolicy(event), ...accessPolicy(event)]),
    ],
    PermissionsBoundary: properties['PermissionsBoundary'],
  };
}

/** A policy template of SAM only allows, and what it allows is left open. `Fn::Transform` would make it an include. */
function managedPolicy(policy: unknown): unknown {
  if (typeof policy === 'string') return policy.startsWith('arn:') ? policy : `arn:aws:iam::aws:policy/${policy}`;
  const [name = ''] = isMap(policy) ? Object.keys(policy) : [];
  return name === 'Ref' || name.startsWith('Fn::') ? policy : { 'Fn::PolicyTemplate': name };
}

const SENDS: Readonly<Record<string, readonly string[] | undefined>> = {
  SQS: ['sqs:SendMessage'],
  SNS: ['sns:Publish'],
  S3: ['s3:PutObject', 's3:ListBucket'],
};

/** A destination whose type is named brings its rights with it. */
function destinationPolicy({ Properties }: Section): Section[] {
  const config = isMap(Properties) ? Properties['DestinationConfig'] : undefined;
  const onFailure = isMap(config) ? config['OnFailure'] : undefined;
  if (!isMap(onFailure)) return [];
  const { Type, Destination } = onFailure;
  const Action = typeof Type === 'string' && Object.hasOwn(SENDS, Type) ? SENDS[Type] : undefined;
  if (!Action) return [];
  const Resource = [Destination, { 'Fn::Join': ['', [Destination, '/*']] }];
  return [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } }];
}

/** Which of the ways in bring the right to read their secret with them; SAM forgets that of a root certificate. */
const READS_SECRET: Readonly<Record<string, readonly string[] | undefined>> = {
  MSK: ['CLIENT_CERTIFICATE_TLS_AUTH'],
  SelfManagedKafka: ['BASIC_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH', 'SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH'],
};
const IN_VPC = ['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets'];

/**
 * Rights that SAM gives for coming in to a cluster, and for asking a registry of schemas.
 * https://github.com/aws/serverless-application-model/blob/develop/samtranslator/model/eventsources/pull.py
 */
function accessPolicy({ Type, Properties }: Section): Section[] {
  const kind = typeof Type === 'string' ? Type : '';
  const reads = Object.hasOwn(READS_SECRET, kind) ? READS_SECRET[kind] : undefined;
  if (!reads || !isMap(Properties)) return [];
  const ways = maps(Properties['SourceAccessConfigurations']);
  const key = Properties['SecretsManagerKmsKeyId'];
  const isOutside = kind === 'SelfManagedKafka';
  const Statement = [
    ...mayRead(ways.find((way) => reads.includes(String(way['Type'])))),
    ...registryRights(Properties['SchemaRegistryConfig']),
    ...(isOutside && ways.some((way) => way['Type'] === 'VPC_SUBNET')
      ? [
          allow(
            [...IN_VPC, 'DescribeSecurityGroups', 'DescribeVpcs'].map((name) => `ec2:${name}`),
            '*',
          ),
        ]
      : []),
    ...(isOutside && typeof key === 'string' ? [allow('kms:Decrypt', inAccount('kms', `key/${key}`))] : []),
  ];
  return Statement.length > 0 ? [{ PolicyDocument: { Statement } }] : [];
}

/** SAM reads the name of a registry of AWS Glue in a text and in `Fn::Sub`, and nowhere else. */
function registryRights(config: unknown): Section[] {
  if (!isMap(config)) return [];
  const uri = config['SchemaRegistryURI'];
  const text = isMap(uri) ? uri['Fn::Sub'] : uri;
  const registry = typeof text === 'string' ? /^arn(?::[^:]*){4}:registry\/([^:]*)/.exec(text)?.[1] : undefined;
  return [
    ...maps(config['AccessConfigs']).flatMap(mayRead),
    ...(registry === undefined
      ? []
      : [allow('glue:GetRegistry', uri), allow('glue:GetSchemaVersion', inAccount('glue', `schema/${registry}/*`))]),
  ];
}

const maps = (list: unknown): Section[] => (Array.isArray(list) ? (list as unknown[]).filter(isMap) : []);
const allow = (Action: string | readonly string[], Resource: unknown): Section => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const mayRead = (secret: Section | undefined): Section[] =>
  secret?.['URI'] === undefined ? [] : [allow('secretsmanager:GetSecretValue', secret['URI'])];
const inAccount = (service: string, resource: string): Section => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
});

/** A function's own value wins; objects are merged, lists joined, as SAM does with Globals. */
function merged(defaults: Section, own: Section): Section {
  const result: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(own)) {
    const global = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    if (Array.isArray(global) && Array.isArray(value))
      result[name] = [...(global as unknown[]), ...(value as unknown[])];
    else if (isMap(global) && isMap(value) && !intrinsicIn(global) && !intrinsicIn(value))
      result[name] = merged(global, value);
    else result[name] = value;
  }
  return result;
}
