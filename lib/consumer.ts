import { Duration, Names, RemovalPolicy, Resource, Stack, Stage, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import {
  CLAIM_LEASE_MS,
  CONSUMER_VARIABLE,
  REDRIVE_WINDOW_SECONDS,
  SPILL_LIMIT_SECONDS,
  TABLE_EXPIRY,
  TABLE_KEY,
  UNPACK_VARIABLE,
  type ConsumerEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import { poll } from './access';
import { partRules, warnOfLaterTopic } from './consumer-parts';
import type { DeadLetters } from './dead-letters';
import { eventIdRules, type EventIds, warnOfUntoldIds } from './event-ids';
import { givenOnce, handlerRules, watchEnvironment } from './handler-rules';
import { sweeper, type Kept, type UnpackOptions } from './handlers';
import { ENCRYPT_AND_DECRYPT, grantKey, newKey } from './keys';
import { besideCluster, inOneStack } from './placement';
import { grantList, grantPut, grantSweep, privateBucket } from './private-bucket';
import { mappable, type IKafkaTopic } from './topic';
import { demand, knownSeconds, outside, refuse, type Rule } from './validation';

/** The most that Lambda takes. Left out, or "infinite", a mapping with a destination stops at ten. */
const RETRIES = 10_000;
/** An event whose invocation was killed is called again by one that has seen its claim stand still for a lease, and has time to call then. */
const LEAST_WORK_SECONDS = CLAIM_LEASE_MS / 1_000 + 5;

/** What Lambda counts of a mapping: events, errors, and how far the group is behind the topic. */
export type MappingMetric =
  | 'PolledEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'CommittedEventCount'
  | 'OnFailureDestinationDeliveredEventCount'
  | 'DroppedEventCount'
  | 'PollingErrorCount'
  | 'InvokeErrorCount'
  | 'CommitErrorCount'
  | 'OnFailureDestinationDeliveryErrorCount'
  | 'SumOffsetLag'
  | 'MaxOffsetLag';

export interface EventConsumerOptions {
  /** The function whose handler is made by `consumer({ … })`. Timeout from 30 seconds to 14 minutes. */
  readonly handler: lambda.Function;
  /** An alias or version of the handler to invoke in its place. @default - the handler itself */
  readonly invoke?: lambda.IFunction;
  /**
   * How the events of the topic are told apart, where it holds records that are no CloudEvents.
   * @default - by the handler's `eventId`, else each such record is an event of its own; with a warning where no producer of
   * this app publishes to an existing topic
   */
  readonly eventIds?: EventIds;
  /**
   * Kafka consumer group: whoever goes by it goes on where its mapping stopped. 1 to 200 letters, digits and `-/:_+=.@`, and of
   * this consumer alone. Another group starts at the oldest record, and knows nothing of what was applied for this one.
   * @default - derived from topic and construct path, so that moving or renaming the construct starts over
   */
  readonly consumerGroup?: string;
  /** Most records of one invocation, 1 to 10,000. More records share one transaction in larger batches. @default 500 */
  readonly batchSize?: number;
  /** How long to gather records, whole seconds up to 5 minutes. @default - Lambda's own, half a second */
  readonly maxBatchingWindow?: Duration;
  /** Pollers always there, 1 to 200; billed while they exist. @default 1 */
  readonly minimumPollers?: number;
  /** Pollers at most, 1 to 2,000; never more than partitions. Ten share one billed unit. @default 10 */
  readonly maximumPollers?: number;
  /** Time kept free at the end of an invocation to answer; failing records are tried again until then. It leaves at least 15 seconds of the timeout. @default Duration.seconds(10) */
  readonly timeMargin?: Duration;
  /**
   * An idempotency table that exists, of this consumer alone: string partition key `key`, expiry in `expiresAt`.
   * @default - a new table
   */
  readonly table?: dynamodb.ITable;
  /** A bucket that exists, of this consumer alone, for invocations the mapping gave up. @default - a new bucket */
  readonly onFailureBucket?: s3.IBucket;
  /** Encrypts the new table and bucket, and the logs of unpack. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** Of the function that parks what the mapping gave up. @default - those of UnpackOptions */
  readonly unpackOptions?: UnpackOptions;
  /**
   * Whether nobody may delete the new table before somebody has said so. A first deploy that fails after it is made stops at it.
   * @default - the pipeline's; true, but with RemovalPolicy.DESTROY
   */
  readonly deletionProtection?: boolean;
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

export interface EventConsumerProps extends EventConsumerOptions {
  readonly topic: IKafkaTopic;
  /** Takes the records that cannot be applied. */
  readonly deadLetters: DeadLetters;
}

/**
 * Applies the events of a topic by a function: an event source mapping that starts at the oldest record, commits what
 * is settled only, tries again for as long as the topic keeps its records, and puts what it must give up, whole, into a
 * bucket from which it is parked; and a table that remembers what was applied.
 */
export class EventConsumer extends Construct {
  /** Kafka consumer group. */
  readonly group: string;
  readonly table: dynamodb.ITable;
  readonly onFailureBucket: s3.IBucket;
  readonly mapping: lambda.EventSourceMapping;
  /** Parks what the mapping gave up, record by record; a schedule wakes it. */
  readonly unpack: lambda.Function;

  constructor(scope: Construct, id: string, props: EventConsumerProps) {
    super(scope, id);
    demand(this, props, {
      topic: 'the KafkaTopic to consume',
      handler: 'the function whose handler is made by consumer({ … })',
      deadLetters: 'the DeadLetters for records that cannot be applied',
    });
    const { topic, handler, deadLetters } = props;
    refuse(this, handlerRules(handler));
    const timeMargin = props.timeMargin ?? Duration.seconds(10);
    this.group =
      props.consumerGroup ??
      `${topic.topicName}-${Names.uniqueResourceName(this, { maxLength: 64, separator: '-', allowedSpecialCharacters: '-' })}`;
    refuse(this, [
      ...consumerRules(props, timeMargin, this.group),
      ...partRules(this, props, this.group),
      ...besideCluster('consumer', this, topic.cluster),
      inOneStack(this, handler),
      givenOnce(this, handler, 'consumer', { topicName: topic.topicName, clusterArn: topic.cluster.clusterArn }),
    ]);
    watchEnvironment(handler);

    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const encryptionKey = this.encryptionKey(props, removalPolicy);
    this.table = props.table ?? this.idempotencyTable(props, removalPolicy, encryptionKey);
    this.onFailureBucket = props.onFailureBucket ?? privateBucket(this, 'OnFailure', { encryptionKey, removalPolicy });
    ofOneConsumer(this, this.onFailureBucket);
    const grants = [
      topic.cluster.grantConsume(handler, topic, this.group),
      poll(handler, topic.cluster.clusterArn, Stack.of(this)),
      grantPut(this.onFailureBucket, handler),
      grantList(this.onFailureBucket, handler),
      deadLetters.grantPark(handler, topic, this.group),
      grantRemember(this.table, handler),
    ];
    const environment: ConsumerEnvironment = {
      cluster: topic.cluster.clusterArn,
      topic: topic.topicName,
      group: this.group,
      table: this.table.tableName,
      deadLetters: deadLetters.bucket.bucketName,
      timeMarginMs: timeMargin.toMilliseconds(),
      timeoutMs: handler.timeout?.isUnresolved() ? undefined : handler.timeout?.toMilliseconds(),
      doneSeconds: doneSeconds(topic.retention),
      eventIds: props.eventIds?._setting,
    };
    handler.addEnvironment(
      CONSUMER_VARIABLE + Names.nodeUniqueId(this.node),
      Stack.of(handler).toJsonString(environment),
    );
    this.mapping = this.eventSourceMapping(props);
    this.mapping.node.addDependency(topic);
    for (const grant of grants) grant.applyBefore(this.mapping);
    this.unpack = this.unpacking(props, { encryptionKey, removalPolicy });
    warnOfLaterTopic(this, topic);
    if (!props.eventIds && !Resource.isOwnedResource(topic)) warnOfUntoldIds(this, topic);
  }

  /** What Lambda counts of the mapping, by its name. @default options - of five minutes the sum, or of a lag the maximum */
  metric(metricName: MappingMetric, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: this.mapping.eventSourceMappingId },
      statistic: metricName.endsWith('Lag') ? cloudwatch.Stats.MAXIMUM : cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }

  private encryptionKey(props: EventConsumerProps, removalPolicy: RemovalPolicy): kms.IKey | undefined {
    if (props.encryptionKey || (props.table && props.onFailureBucket)) return props.encryptionKey;
    return newKey(this, removalPolicy);
  }

  private idempotencyTable(
    { topic, deletionProtection }: EventConsumerProps,
    removalPolicy: RemovalPolicy,
    encryptionKey?: kms.IKey,
  ): dynamodb.Table {
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: TABLE_KEY, type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: TABLE_EXPIRY,
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      removalPolicy,
      deletionProtection: deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY,
    });
    // What is protected cannot be rolled back: it is made once the long and hazardous part, the cluster, is there.
    table.node.addDependency(topic);
    return table;
  }

  private eventSourceMapping(props: EventConsumerProps): lambda.EventSourceMapping {
    return new lambda.EventSourceMapping(this, mappingId(props.topic.topicName, this.group), {
      target: props.invoke ?? props.handler,
      eventSourceArn: props.topic.cluster.clusterArn,
      kafkaTopic: props.topic.topicName,
      kafkaConsumerGroupId: this.group,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: props.batchSize ?? 500,
      maxBatchingWindow: props.maxBatchingWindow,
      provisionedPollerConfig: {
        minimumPollers: props.minimumPollers ?? 1,
        maximumPollers: props.maximumPollers ?? 10,
      },
      metricsConfig: { metrics: Object.values(lambda.MetricType) },
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRIES,
      onFailure: { bind: () => ({ destination: this.onFailureBucket.bucketArn }) },
      supportS3OnFailureDestination: true,
    });
  }

  /** Turns what the mapping gave up, whole invocations, into parked records. */
  private unpacking(
    { topic, deadLetters, eventIds, unpackOptions = {} }: EventConsumerProps,
    kept: Kept,
  ): lambda.Function {
    const { vpc, vpcSubnets, securityGroups, ...options } = unpackOptions;
    const unpack = sweeper(this, 'unpack', { ...options, ...kept }, { vpc, vpcSubnets, securityGroups });
    grantSweep(this.onFailureBucket, unpack);
    deadLetters.grantPark(unpack, topic, this.group);
    grantRemember(this.table, unpack);
    const environment: UnpackEnvironment = {
      cluster: topic.cluster.clusterArn,
      topic: topic.topicName,
      group: this.group,
      table: this.table.tableName,
      onFailure: this.onFailureBucket.bucketName,
      deadLetters: deadLetters.bucket.bucketName,
      eventIds: eventIds?._setting,
    };
    unpack.addEnvironment(UNPACK_VARIABLE + Names.nodeUniqueId(this.node), Stack.of(this).toJsonString(environment));
    return unpack;
  }
}

/**
 * CloudFormation reports success without changing the topic of a mapping, and cannot change its group: either in the logical
 * id makes a new mapping of a change.
 */
const mappingId = (...names: string[]): string =>
  ['Mapping', ...names.filter((name) => !Token.isUnresolved(name))].join(':');

/** Paths of consumers by the bucket each has for itself, for every app. */
const OWNERS = new WeakMap<IConstruct, Map<string, string>>();

/** An on-failure object does not name its consumer group: of two that share a bucket, one would take the other's records. */
function ofOneConsumer(consumer: EventConsumer, bucket: s3.IBucket): void {
  const { root, path } = consumer.node;
  const owners = OWNERS.get(root) ?? new Map<string, string>();
  OWNERS.set(root, owners);
  const identity = identityOf(bucket);
  const owner = owners.get(identity);
  refuse(consumer, [
    {
      when: owner !== undefined,
      message: `onFailureBucket: got the bucket of consumer ${owner}, want one of this consumer alone, as what lies in it does not name the group it is for; leave it out, or give another`,
    },
  ]);
  owners.set(identity, path);
}

/** The same for every construct that stands for one bucket, as far as a template can tell. */
function identityOf(bucket: s3.IBucket): string {
  const made = bucket.node.defaultChild;
  const told: unknown = made instanceof s3.CfnBucket ? Stack.of(made).resolve(made.bucketName) : bucket.bucketName;
  if (typeof told === 'string' && !Token.isUnresolved(told)) return told;
  if (made !== undefined) return made.node.path;
  const text = JSON.stringify(Stack.of(bucket).resolve(bucket.bucketName));
  // A reference means something in its stack, an import in every stack of the account.
  const scope = /"(Ref|Fn::GetAtt)"/.test(text) ? Stack.of(bucket) : (Stage.of(bucket) ?? bucket.node.root);
  return `${scope.node.path} ${text}`;
}

/** Reading and writing records of the idempotency table, alone and in transactions; never deleting one. */
function grantRemember(table: dynamodb.ITable, grantee: iam.IGrantable): iam.Grant {
  const actions = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'];
  const remember = iam.Grant.addToPrincipal({
    grantee,
    actions: actions.map((action) => `dynamodb:${action}`),
    resourceArns: [table.tableArn],
  });
  return remember.combine(grantKey(table.encryptionKey, grantee, 'dynamodb', ENCRYPT_AND_DECRYPT));
}

/**
 * A second record of an event can come from the topic, as long as that keeps it, from the spill store or from a
 * redrive: `done` is remembered for the longest of retention and spill limit, plus the redrive window.
 */
const doneSeconds = (retention: Duration): number =>
  Math.max(retention.toSeconds(), SPILL_LIMIT_SECONDS) + REDRIVE_WINDOW_SECONDS;

function consumerRules(props: EventConsumerProps, timeMargin: Duration, group: string): Rule[] {
  const timeout = knownSeconds(props.handler.timeout ?? Duration.seconds(3));
  const margin = knownSeconds(timeMargin);
  const retention = knownSeconds(props.topic.retention);
  const persistence = RETRIES * (timeout - margin);
  const enough = Math.ceil(retention / RETRIES) + margin;
  return [
    ...eventIdRules(props.eventIds),
    mappable(props.topic.topicName),
    {
      when: timeout < 30 || timeout > 840,
      message: `handler timeout: got ${timeout} s, want 30 s to 840 s, the longest for Kafka; set the function's timeout`,
    },
    {
      when: margin < 1 || margin >= timeout,
      message: `timeMargin: got ${margin} s, want 1 s or more and less than the handler's timeout of ${timeout} s; change it`,
    },
    {
      when: margin >= 1 && margin < timeout && timeout - margin < LEAST_WORK_SECONDS,
      message: `timeMargin: got ${margin} s, which leaves ${timeout - margin} s of the handler's timeout of ${timeout} s to work, want ${LEAST_WORK_SECONDS} s or more, as the call of a killed invocation is made again after ${CLAIM_LEASE_MS / 1_000} s of waiting; lower the margin or raise the timeout`,
    },
    {
      when: timeout >= 30 && margin < timeout && persistence < retention,
      message: `handler timeout: got ${timeout} s, which less the margin of ${margin} s and over ${RETRIES} retries is ${persistence} s, want at least the topic's retention of ${retention} s, as an outage shorter than that must not send good records to the destination; raise the timeout to ${enough} s or shorten the retention`,
    },
    {
      when: outside(props.batchSize ?? 500, 1, 10_000),
      message: `batchSize: got ${props.batchSize}, want a whole number from 1 to 10000; change it`,
    },
    {
      // Lambda takes a star, too, which in the ARN of a right stands for every group.
      when: props.consumerGroup !== undefined && !Token.isUnresolved(group) && !/^[\w/:+=.@-]{1,200}$/.test(group),
      message: `consumerGroup: got '${group}', want 1 to 200 letters, digits and '-', '/', ':', '_', '+', '=', '.', '@', as Lambda takes them; change it`,
    },
    {
      when: props.consumerGroup === undefined && !Token.isUnresolved(group) && group.length > 200,
      message: `consumer group: got ${group.length} characters from topic and construct path, want at most 200; shorten the topic's name, or give consumerGroup`,
    },
  ];
}
