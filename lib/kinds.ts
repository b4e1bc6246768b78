import { RemovalPolicy } from 'aws-cdk-lib';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Rule } from './refusal';

/** What each prop is, for plain JavaScript, which has no compiler that says so. A prop has one kind wherever it is named. */

interface Kind {
  /** In words, after "want". */
  readonly want: string;
  readonly is: (value: unknown) => boolean;
}

/** Known by what is used of it: an app may have two copies of a library, and a class of its own. */
const having = (want: string, ...names: readonly string[]): Kind => ({
  want,
  is: (value) =>
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    names.every((name) => name in value),
});
const TEXT: Kind = { want: 'a text', is: (value) => typeof value === 'string' };
const DURATION = having('a Duration, such as Duration.days(7)', 'toMilliseconds');
const BUCKET = having('a bucket: a Bucket, or Bucket.fromBucketName(…)', 'arnForObjects');
const QUEUE = having('a queue: an sqs.Queue, or Queue.fromQueueArn(…)', 'queueArn', 'grantConsumeMessages');
const FUNCTION = having('a function: a lambda.Function', 'functionArn', 'node');
const ONE_OF = (want: string, values: object): Kind => ({ want, is: (value) => Object.values(values).includes(value) });
const SETTING = (want: string): Kind => having(want, '_setting');
const SECURITY_GROUP = having('a security group', 'securityGroupId');
const NUMBER: Kind = { want: 'a number', is: (value) => typeof value === 'number' };
const CHOICE: Kind = { want: 'true or false', is: (value) => typeof value === 'boolean' };
const OPTIONS: Kind = {
  want: 'an object of options',
  is: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
const LIST_OF = (want: string, each: Kind): Kind => ({
  want,
  is: (value) => Array.isArray(value) && value.every(each.is),
});

const SWITCHED: Kind = {
  want: 'true, false, or an object of options',
  is: (value) => CHOICE.is(value) || OPTIONS.is(value),
};
const ACTIONS = LIST_OF('a list of alarm actions, such as [new SnsAction(topic)]', having('an alarm action', 'bind'));

const KINDS: Readonly<Record<string, Kind | undefined>> = {
  ...{ topicName: TEXT, consumerGroup: TEXT, kafkaVersion: TEXT, instanceType: TEXT, bootstrapBrokers: TEXT },
  ...{ clusterArn: TEXT, callerKey: TEXT, acceptUnnamedCallers: TEXT, mappingKey: TEXT },
  ...{ eventType: TEXT, acceptUnseenQueue: TEXT, runbookUrl: TEXT },
  ...{
    retention: DURATION,
    deadline: DURATION,
    spillTime: DURATION,
    timeMargin: DURATION,
    maxBatchingWindow: DURATION,
    period: DURATION,
  },
  ...{ bucket: BUCKET, deadLettersBucket: BUCKET, spillBucket: BUCKET, onFailureBucket: BUCKET },
  ...{ queue: QUEUE, failures: BUCKET, undelivered: QUEUE, deadLetterQueue: QUEUE },
  eventPattern: OPTIONS,
  eventBus: having('a bus: an EventBus, or EventBus.fromEventBusName(…)', 'eventBusArn'),
  ...{ handler: FUNCTION, invoke: FUNCTION, target: FUNCTION },
  ...{
    replayOptions: OPTIONS,
    unpackOptions: OPTIONS,
    auditOptions: OPTIONS,
    canaryOptions: OPTIONS,
    throttle: OPTIONS,
    vpcSubnets: OPTIONS,
    flowLogs: OPTIONS,
  },
  ...{ partitions: NUMBER, maxMessageBytes: NUMBER, brokers: NUMBER, volumeSize: NUMBER, maxVolumeSize: NUMBER },
  ...{ batchSize: NUMBER, minimumPollers: NUMBER, maximumPollers: NUMBER, maxConcurrency: NUMBER, memorySize: NUMBER },
  ...{ rateLimit: NUMBER, burstLimit: NUMBER },
  lagThreshold: NUMBER,
  ...{
    reserveConcurrency: CHOICE,
    wakeOnSpill: CHOICE,
    audit: CHOICE,
    canary: CHOICE,
    deletionProtection: CHOICE,
    dashboard: CHOICE,
  },
  vpc: having('a VPC: a Vpc, or Vpc.fromLookup(…)', 'selectSubnets'),
  encryptionKey: having('a key: a kms.Key, or kms.Key.fromKeyArn(…)', 'keyArn'),
  table: having('a table: a Table, or Table.fromTableName(…)', 'tableArn'),
  cluster: having('a KafkaCluster, or KafkaCluster.fromKafkaClusterAttributes(…)', 'clusterArn', 'grantProduce'),
  topic: having('a KafkaTopic, or KafkaTopic.fromTopicAttributes(…)', 'topicArn', 'cluster'),
  deadLetters: having('a DeadLetters', 'grantPark'),
  spill: having('a SpillStore', 'grantSpill'),
  domainName: having('a domain: a DomainName of aws-apigatewayv2', 'regionalDomainName'),
  authorizer: having('an authorizer of aws-apigatewayv2-authorizers', 'bind'),
  buffer: having('a Size, such as Size.mebibytes(64)', 'toBytes'),
  acks: SETTING('Acks.ALL, or Acks.leader(reason)'),
  retry: SETTING('RetryStrategy.untilDeadline(), .atMost(retries) or .none()'),
  onRejected: SETTING('OnRejected.fail(), .log(), .park(), .forward(function) or .drop(reason)'),
  eventIds: SETTING('EventIds.cloudEvents(), .header(name), .fromHandler() or .coordinates()'),
  endpoint: ONE_OF('HttpEndpoint.HTTP_API, .FUNCTION_URL or .NONE', ['HTTP_API', 'FUNCTION_URL', 'NONE']),
  onFull: ONE_OF('OnFull.WAIT or OnFull.REJECT', ['wait', 'reject']),
  brokerType: ONE_OF('BrokerType.STANDARD or BrokerType.EXPRESS', ['STANDARD', 'EXPRESS']),
  removalPolicy: ONE_OF('a RemovalPolicy', RemovalPolicy),
  tracing: ONE_OF('a lambda.Tracing', Tracing),
  logRetention: ONE_OF('a logs.RetentionDays', RetentionDays),
  accessLogRetention: ONE_OF('a logs.RetentionDays', RetentionDays),
  securityGroups: LIST_OF('a list of security groups', SECURITY_GROUP),
  authorizationScopes: LIST_OF('a list of texts', TEXT),
  pipeline: having('an EventPipeline', 'deadLetters', 'spill'),
  consumers: LIST_OF('a list of EventConsumers', having('an EventConsumer', 'metricBreakerOpen')),
  producers: LIST_OF('a list of EventProducers', having('an EventProducer', 'metricSpilled')),
  doors: LIST_OF('a list of IngestFunctions', having('an IngestFunction', 'addRule')),
  canaries: LIST_OF('a list of EventCanaries', having('an EventCanary', 'metricAge')),
  ingest: having('an IngestFunction', 'addRule'),
  audits: LIST_OF('a list of EventAudits', having('an EventAudit', 'metricUnaccounted')),
  monitoring: SWITCHED,
  ...{ alarmActions: ACTIONS, ticketActions: ACTIONS },
};

/**
 * Refuses every prop that is given and is something else than it has to be: null, too, which no default stands for.
 *
 * @param within what stands before the names, of props that are part of another
 */
export function otherKinds(props: unknown, within = ''): Rule[] {
  if (props === undefined) return [];
  if (!OPTIONS.is(props)) return [isNot('props', props, { ...OPTIONS, want: 'an object of props' })];
  return Object.entries(props as object).flatMap(([name, value]: [string, unknown]) => {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    if (!kind || value === undefined) return [];
    const path = `${within}${name}`;
    return kind === OPTIONS && kind.is(value) ? otherKinds(value, `${path}.`) : [isNot(path, value, kind)];
  });
}

const isNot = (name: string, value: unknown, { want, is }: Kind): Rule => ({
  when: !is(value),
  message: `${name}: got ${told(value)}, want ${want}; ${value === null ? 'give that, or leave it out' : 'give that'}`,
});

function told(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? `'${value}'` : String(value);
}
