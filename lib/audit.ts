import { CfnOutput, Duration, Lazy, Names, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  AUDIT_OUTPUT,
  AUDIT_VARIABLE,
  type AuditedGroup,
  type AuditEnvironment,
  type AuditOutput,
} from '../lambdas/runtime/contract';
import { watch } from './access';
import { acknowledgeFunction } from './acknowledged';
import { BootstrapBrokers } from './bootstrap-brokers';
import type { EventConsumer } from './consumer';
import { DEFAULTS } from './defaults';
import { eventMetric } from './event-metrics';
import { grantAudit } from './idempotency-table';
import type { IKafkaTopic } from './interfaces';
import { otherKinds } from './kinds';
import { besideCluster, givenTo } from './placement';
import { grantList } from './private-bucket';
import type { Rule } from './refusal';
import { inOrder } from './stack-order';
import { sweeper, type SweeperOptions } from './sweeper';
import { demand, differ, refuse } from './validation';
import { letIn } from './way-to-brokers';

export interface EventAuditProps {
  /** Who has to account for the records of their topic: one or more, all of one topic. */
  readonly consumers: EventConsumer[];
  /** Of the function that audits. @default - those of SweeperOptions: an audit every minute */
  readonly auditOptions?: SweeperOptions;
  /** Encrypts the function's log. @default - CloudWatch's own encryption */
  readonly encryptionKey?: kms.IKey;
  /** Of the function's log. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A function in the brokers' VPC that holds against each other, every minute, what each partition's log holds, what each consumer group has
 * committed, and what its ledgers count, and says how many records are neither settled nor waiting anywhere. It reads offsets and ledgers, no
 * record and no event. A topic with transactions or compaction has offsets without a record, which it would take for lost.
 *
 * @example
 * ```ts
 * import type { Stack } from 'aws-cdk-lib';
 * import { EventAudit, type EventConsumer } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const billing: EventConsumer;
 * const audit = new EventAudit(stack, 'Audit', { consumers: [billing] });
 * audit.metricUnaccounted(billing).createAlarm(stack, 'Lost', { threshold: 1, evaluationPeriods: 1 });
 * ```
 */
export class EventAudit extends Construct {
  readonly topic: IKafkaTopic;
  /** Audits; a schedule wakes it. Invoked with `{ "accept": "why" }` it takes what is unaccounted for known. */
  readonly function: lambda.Function;
  /** Whose groups are audited. */
  readonly consumers: EventConsumer[] = [];
  /** @internal From one audit to the next. */
  readonly _period: Duration;

  constructor(scope: Construct, id: string, props: EventAuditProps) {
    super(scope, id);
    demand(this, props, { consumers: 'the EventConsumers that have to account for the records of their topic' });
    refuse(this, otherKinds(props));
    const [first] = props.consumers;
    refuse(this, noConsumers(props));
    this.topic = first!.topic;
    const { auditOptions, encryptionKey, removalPolicy = DEFAULTS.removalPolicy } = props;
    const { cluster } = this.topic;
    const brokers = cluster.bootstrapBrokers;
    refuse(this, [
      ...besideCluster('audit', this, cluster),
      ...givenTo(this, { encryptionKey }),
      ...inOrder(this, {
        topic: this.topic,
        cluster,
        bootstrapBrokers: BootstrapBrokers.askedFor(cluster),
        vpc: cluster.vpc,
      }),
    ]);
    this._period = auditOptions?.period ?? DEFAULTS.period;
    const { vpc, vpcSubnets } = cluster;
    const options = { ...auditOptions, encryptionKey, removalPolicy };
    this.function = sweeper(this, 'audit', options, { vpc, vpcSubnets, timeout: Duration.minutes(1) });
    letIn(this.function, cluster, 'audits');
    const environment = (): AuditEnvironment => ({
      ...{ cluster: cluster.clusterArn, topic: this.topic.topicName, brokers, authentication: 'iam' },
      groups: this.consumers.map(groupOf),
    });
    // Consumers are added later.
    this.function.addEnvironment(
      AUDIT_VARIABLE + Names.nodeUniqueId(this.node),
      Lazy.string({ produce: () => Stack.of(this).toJsonString(environment()) }),
    );
    this.sayWhere();
    for (const consumer of props.consumers) this.addConsumer(consumer);
  }

  private sayWhere(): void {
    const { topicName, cluster, retention } = this.topic;
    const told: AuditOutput = {
      ...{ kind: AUDIT_OUTPUT, cluster: cluster.clusterArn, topic: topicName },
      ...{ audit: this.function.functionName, retentionSeconds: retention.toSeconds() },
    };
    new CfnOutput(this, 'AuditOutput', {
      value: Stack.of(this).toJsonString(told),
      description: 'Read by cdk-lossless-kafka status',
    });
  }

  /** Audits one more consumer of the topic. */
  addConsumer(consumer: EventConsumer): void {
    const { topic } = this;
    const { group, table, onFailureBucket } = consumer;
    refuse(this, [ofTheTopic(consumer.topic, topic), ...givenTo(this, { table, onFailureBucket })]);
    if (this.consumers.includes(consumer)) return;
    this.consumers.push(consumer);
    watch(this.function, topic.cluster.clusterArn, topic.topicArn, group);
    grantAudit(table, this.function);
    grantList(onFailureBucket, this.function);
    acknowledgeFunction(this.function);
  }

  /** Records of the consumer's group that are neither settled nor waiting anywhere. @default options - of an audit's period the maximum */
  metricUnaccounted(consumer: EventConsumer, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('unaccounted', consumer.group, options);
  }

  /** Seconds for which the oldest record that the group has not settled is in the topic. @default options - of an audit's period the maximum */
  metricOldestUnsettled(consumer: EventConsumer, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('oldestUnsettled', consumer.group, options);
  }

  private metric(name: 'unaccounted' | 'oldestUnsettled', service: string, options?: cloudwatch.MetricOptions) {
    return eventMetric(
      this,
      name,
      { service, topic: this.topic.topicName },
      {
        ...{ statistic: cloudwatch.Stats.MAXIMUM, period: this._period },
        ...options,
      },
    );
  }
}

const groupOf = ({ group, table, onFailureBucket }: EventConsumer): AuditedGroup => ({
  ...{ group, table: table.tableName, onFailure: onFailureBucket.bucketName },
});

const noConsumers = ({ consumers }: EventAuditProps): Rule[] => [
  {
    when: consumers.length === 0,
    message: `consumers: got none, want one or more, as only a consumer group can account for records; give the EventConsumers of the topic`,
  },
];

const ofTheTopic = (got: IKafkaTopic, want: IKafkaTopic): Rule => ({
  when: differ(got.topicName, want.topicName) || differ(got.cluster.clusterArn, want.cluster.clusterArn),
  message: `consumers: got one of topic ${got.topicName} on ${got.cluster.clusterArn}, want all of topic ${want.topicName} on ${want.cluster.clusterArn}; make an EventAudit for each topic`,
});
