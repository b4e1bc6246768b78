import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Names, Resource, Stack, Token } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  CONSUMER_VARIABLE,
  REDRIVE_WINDOW_SECONDS,
  SPILL_LIMIT_SECONDS,
  UNPACK_VARIABLE,
  type ConsumerEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import { MOST_RETRIES } from '../rules';
import { poll } from './access';
import { acknowledgeFunction } from './acknowledged';
import { ofOneConsumer } from './bucket-owner';
import { partRules, warnOfLaterTopic } from './consumer-parts';
import { consumerRules } from './consumer-rules';
import { DEFAULTS } from './defaults';
import { warnOfUntoldIds } from './event-ids';
import { givenOnce, handlerRules, watchEnvironment } from './handler-rules';
import type { Kept } from './handlers';
import { grantRemember, idempotencyTable } from './idempotency-table';
import { MeasuredConsumer } from './consumer-metrics';
import type { IKafkaTopic } from './interfaces';
import { newKey } from './keys';
import { besideCluster, givenTo, inOneStack } from './placement';
import { grantList, grantPut, grantSweep, privateBucket } from './private-bucket';
import { sentBack } from './redrive';
import { inOrder } from './stack-order';
import { sweeper } from './sweeper';
import { demand, refuse } from './validation';
import type { EventConsumerProps } from './consumer-props';

/**
 * Applies the events of a topic by a function: an event source mapping that starts at the oldest record, commits what
 * is settled only, tries again for as long as the topic keeps its records, and puts what it must give up, whole, into a
 * bucket from which it is parked; and a table that remembers what was applied.
 *
 * @example
 * ```ts
 * import { Duration, type Stack } from 'aws-cdk-lib';
 * import type { Function } from 'aws-cdk-lib/aws-lambda';
 * import { EventConsumer, EventIds, type EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack; // that of the function, which may be another than the pipeline's
 * declare const pipeline: EventPipeline;
 * declare const handler: Function;
 * const { topic, deadLetters } = pipeline;
 * const billing = new EventConsumer(stack, 'Billing', {
 *   ...{ topic, deadLetters, handler },
 *   eventIds: EventIds.cloudEvents(),
 *   maxBatchingWindow: Duration.seconds(1),
 * });
 * billing.metric('MaxOffsetLag').createAlarm(stack, 'Behind', { threshold: 100_000, evaluationPeriods: 2 });
 * ```
 */
export class EventConsumer extends MeasuredConsumer {
  /** Whose events are applied. */
  readonly topic: IKafkaTopic;
  /** Applies them. */
  readonly handler: lambda.Function;
  /** Kafka consumer group. */
  readonly group: string;
  readonly table: dynamodb.ITable;
  readonly onFailureBucket: s3.IBucket;
  readonly mapping: lambda.EventSourceMapping;
  /** Parks what the mapping gave up, record by record; a schedule wakes it. */
  readonly unpack: lambda.Function;
  /** @internal From one sweep of `unpack` to the next. */
  readonly _period: Duration;
  /** @internal Of the mapping. */
  readonly _pollers: { readonly least: number; readonly most: number };

  constructor(scope: Construct, id: string, props: EventConsumerProps) {
    super(scope, id);
    demand(this, props, PARTS);
    const { topic, handler, deadLetters, timeMargin = DEFAULTS.timeMargin } = props;
    refuse(this, handlerRules(handler));
    [this.topic, this.handler, this._pollers] = [topic, handler, pollersOf(props)];
    this._period = props.unpackOptions?.period ?? DEFAULTS.period;
    this.group =
      props.consumerGroup ??
      `${topic.topicName}-${Names.uniqueResourceName(this, { maxLength: 64, separator: '-', allowedSpecialCharacters: '-' })}`;
    refuse(this, [
      ...consumerRules(props, timeMargin, this.group),
      ...partRules(this, props, this.group),
      ...besideCluster('consumer', this, topic.cluster),
      inOneStack(this, handler),
      ...givenTo(handler, {
        ...{ deadLetters: deadLetters.bucket, onFailureBucket: props.onFailureBucket, table: props.table },
        ...{ encryptionKey: props.encryptionKey, invoke: props.invoke },
      }),
      ...inOrder(handler, { topic, cluster: topic.cluster, 'unpackOptions.vpc': props.unpackOptions?.vpc }),
      givenOnce(this, handler, 'consumer', { topicName: topic.topicName, clusterArn: topic.cluster.clusterArn }),
    ]);
    watchEnvironment(handler);

    const removalPolicy = props.removalPolicy ?? DEFAULTS.removalPolicy;
    const encryptionKey = this.encryptionKey(props, removalPolicy);
    this.table = props.table ?? idempotencyTable(this, { ...props, encryptionKey, removalPolicy });
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
    if (Resource.isOwnedResource(topic)) this.mapping.node.addDependency(topic);
    for (const grant of grants) grant.applyBefore(this.mapping);
    this.unpack = this.unpacking(props, { encryptionKey, removalPolicy });
    sentBack(this, { ...props, replay: props.spill?.replay, consumer: this });
    warnOfLaterTopic(this, topic);
    if (!props.eventIds && !Resource.isOwnedResource(topic)) warnOfUntoldIds(this, topic);
  }

  private encryptionKey(props: EventConsumerProps, removalPolicy: RemovalPolicy): kms.IKey | undefined {
    if (props.encryptionKey || (props.table && props.onFailureBucket)) return props.encryptionKey;
    return newKey(this, removalPolicy);
  }

  private eventSourceMapping(props: EventConsumerProps): lambda.EventSourceMapping {
    return new lambda.EventSourceMapping(this, mappingId(props.topic.topicName, this.group), {
      target: props.invoke ?? props.handler,
      eventSourceArn: props.topic.cluster.clusterArn,
      kafkaTopic: props.topic.topicName,
      kafkaConsumerGroupId: this.group,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: props.batchSize ?? DEFAULTS.batchSize,
      maxBatchingWindow: props.maxBatchingWindow,
      provisionedPollerConfig: {
        minimumPollers: this._pollers.least,
        maximumPollers: this._pollers.most,
      },
      metricsConfig: { metrics: Object.values(lambda.MetricType) },
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: MOST_RETRIES,
      onFailure: { bind: () => ({ destination: this.onFailureBucket.bucketArn }) },
      supportS3OnFailureDestination: true,
    });
  }

  /** Turns what the mapping gave up, whole invocations, into parked records. */
  private unpacking(props: EventConsumerProps, kept: Kept): lambda.Function {
    const { topic, deadLetters, eventIds, unpackOptions = {} } = props;
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
      functionArn: (props.invoke ?? props.handler).functionArn,
      deadLetters: deadLetters.bucket.bucketName,
      eventIds: eventIds?._setting,
    };
    unpack.addEnvironment(UNPACK_VARIABLE + Names.nodeUniqueId(this.node), Stack.of(this).toJsonString(environment));
    acknowledgeFunction(unpack);
    return unpack;
  }
}

const pollersOf = ({
  minimumPollers: least = DEFAULTS.minimumPollers,
  maximumPollers: most = DEFAULTS.maximumPollers,
}: EventConsumerProps) => ({ least, most });

const PARTS = {
  topic: 'the KafkaTopic to consume',
  handler: 'the function whose handler is made by consumer({ … })',
  deadLetters: 'the DeadLetters for records that cannot be applied',
};

/**
 * CloudFormation reports success without changing the topic of a mapping, and cannot change its group: either in the logical
 * id makes a new mapping of a change.
 */
const mappingId = (...names: string[]): string =>
  ['Mapping', ...names.filter((name) => !Token.isUnresolved(name))].join(':');

/**
 * A second record of an event can come from the topic, as long as that keeps it, from the spill store or from a
 * redrive: `done` is remembered for the longest of retention and spill limit, plus the redrive window.
 */
const doneSeconds = (retention: Duration): number =>
  Math.max(retention.toSeconds(), SPILL_LIMIT_SECONDS) + REDRIVE_WINDOW_SECONDS;
