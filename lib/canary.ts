import { Lazy, Names, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CANARY_VARIABLE, type CanaryEnvironment } from '../lambdas/runtime/contract';
import { acknowledgeFunction } from './acknowledged';
import type { EventConsumer } from './consumer';
import { DEFAULTS } from './defaults';
import { eventMetric } from './event-metrics';
import { grantLookUp } from './idempotency-table';
import type { IngestFunction } from './ingest';
import type { IKafkaTopic } from './interfaces';
import { otherKinds } from './kinds';
import { givenTo } from './placement';
import type { Rule } from './refusal';
import { sweeper, type SweeperOptions } from './sweeper';
import { demand, differ, refuse } from './validation';

export interface EventCanaryProps {
  /** Through whose door canaries are sent. */
  readonly ingest: IngestFunction;
  /** Who has to settle them: one or more, all of the topic of `ingest`. */
  readonly consumers: EventConsumer[];
  /** Of the function that sends canaries. @default - those of SweeperOptions: a canary for each partition every minute */
  readonly canaryOptions?: SweeperOptions;
  /** Encrypts the function's log. @default - CloudWatch's own encryption */
  readonly encryptionKey?: kms.IKey;
  /** Of the function's log. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A function that every minute sends a canary to each partition of a topic, and looks whether those before were settled. A canary is an event
 * that goes the whole way (door, topic, mapping, consumer, table) and ends `done` without the handler's code: so a
 * pipeline without traffic is told from a dead one. It is none of the events that are counted.
 *
 * @example
 * ```ts
 * import type { Stack } from 'aws-cdk-lib';
 * import { EventCanary, type EventConsumer, type IngestFunction } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const door: IngestFunction;
 * declare const billing: EventConsumer;
 * const canary = new EventCanary(stack, 'Canary', { ingest: door, consumers: [billing] });
 * canary.metricAge(billing).createAlarm(stack, 'Dead', { threshold: 600, evaluationPeriods: 2 });
 * ```
 */
export class EventCanary extends Construct {
  readonly topic: IKafkaTopic;
  /** Sends canaries; a schedule wakes it. */
  readonly function: lambda.Function;
  /** Whose groups have to settle them. */
  readonly consumers: EventConsumer[] = [];
  /** @internal From one round of canaries to the next. */
  readonly _period: Duration;

  constructor(scope: Construct, id: string, props: EventCanaryProps) {
    super(scope, id);
    demand(this, props, {
      ingest: 'the IngestFunction through which canaries are sent',
      consumers: 'the EventConsumers that have to settle them',
    });
    refuse(this, otherKinds(props));
    const { ingest, canaryOptions, encryptionKey, removalPolicy = DEFAULTS.removalPolicy } = props;
    refuse(this, [noConsumers(props), ...givenTo(this, { ingest, encryptionKey })]);
    this.topic = ingest.producer.topic;
    this._period = canaryOptions?.period ?? DEFAULTS.period;
    const options = { ...canaryOptions, encryptionKey, removalPolicy };
    this.function = sweeper(this, 'canary', options, { timeout: Duration.minutes(1) });
    ingest.grantInvoke(this.function);
    const environment = (): CanaryEnvironment => ({
      ...{ cluster: this.topic.cluster.clusterArn, topic: this.topic.topicName, ingest: ingest.functionName },
      periodMs: this._period.toMilliseconds(),
      groups: this.consumers.map(({ group, table }) => ({ group, table: table.tableName })),
    });
    // Consumers are added later.
    this.function.addEnvironment(
      CANARY_VARIABLE + Names.nodeUniqueId(this.node),
      Lazy.string({ produce: () => Stack.of(this).toJsonString(environment()) }),
    );
    for (const consumer of props.consumers) this.addConsumer(consumer);
  }

  /** One more consumer of the topic has to settle canaries. */
  addConsumer(consumer: EventConsumer): void {
    const { table } = consumer;
    refuse(this, [ofTheTopic(consumer.topic, this.topic), ...givenTo(this, { table })]);
    if (this.consumers.includes(consumer)) return;
    this.consumers.push(consumer);
    grantLookUp(table, this.function);
    acknowledgeFunction(this.function);
  }

  /**
   * Seconds since the latest canary was sent that the consumer has settled, in the partition where that is longest ago: about a period where
   * all is well, at most 60 periods. Nothing while no canary is sent.
   * @default options - of a round's period the maximum
   */
  metricAge(consumer: EventConsumer, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('canaryAge', consumer, {
      statistic: cloudwatch.Stats.MAXIMUM,
      period: this._period,
      ...options,
    });
  }

  /** Milliseconds from the sending of a canary to its effect. @default options - of five minutes the maximum */
  metricTimeToEffect(consumer: EventConsumer, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('canaryTimeToEffect', consumer, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Canaries that the consumer has settled, whoever sent them. @default options - of five minutes the sum */
  metricSettled(consumer: EventConsumer, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('canarySettled', consumer, options);
  }

  private metric(
    name: 'canaryAge' | 'canaryTimeToEffect' | 'canarySettled',
    { group: service }: EventConsumer,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return eventMetric(this, name, { service, topic: this.topic.topicName }, options);
  }
}

const noConsumers = ({ consumers }: EventCanaryProps): Rule => ({
  when: consumers.length === 0,
  message: `consumers: got none, want one or more, as only a consumer settles canaries; give the EventConsumers of the topic`,
});

const ofTheTopic = (got: IKafkaTopic, want: IKafkaTopic): Rule => ({
  when: differ(got.topicName, want.topicName) || differ(got.cluster.clusterArn, want.cluster.clusterArn),
  message: `consumers: got one of topic ${got.topicName} on ${got.cluster.clusterArn}, want all of topic ${want.topicName} on ${want.cluster.clusterArn}, which the door publishes to; make an EventCanary for each topic`,
});
