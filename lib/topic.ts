import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Fn, Resource, Token } from 'aws-cdk-lib';
import * as msk from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { LARGEST_RECORD_BYTES } from '../rules';
import { arnOnCluster } from './access';
import { claimedBefore } from './claims';
import { DEFAULTS } from './defaults';
import { BrokerType, type IKafkaCluster } from './interfaces';
import { properties } from './properties';
import { besideCluster } from './placement';
import { inOrder } from './stack-order';
import { demand, knownSeconds, outside, refuse } from './validation';
import type { Rule } from './refusal';
import type { IKafkaTopic } from './interfaces';

/** What is to be known of a topic that exists. It has to keep the promises itself: replication, in-sync replicas. */
export interface KafkaTopicAttributes {
  /** The cluster that has it. */
  readonly cluster: IKafkaCluster;
  /** As Kafka has it. */
  readonly topicName: string;
  /** The topic's `retention.ms`: it says how long consumers must remember what they have done. */
  readonly retention: Duration;
}

export interface KafkaTopicProps {
  /** On which it is made. */
  readonly cluster: IKafkaCluster;
  /** 2 to 249 letters, digits, `.`, `_` and `-`, the first no `.`. Another name is another topic. */
  readonly topicName: string;
  /**
   * 1 to 4,000; can be raised, never lowered, and raising it moves keys to other partitions. MSK changes partitions or
   * the other settings in one update, never both: deploy one after the other. So many batches are applied at once, at most: a
   * consumer has no use for more pollers (`maximumPollers`).
   */
  readonly partitions: number;
  /**
   * One day or more: outages up to this long lose nothing. A longer one asks consumers for a longer timeout (their retries have to
   * outlast it), makes their tables remember for longer what was applied, and takes more of the brokers' disks.
   * @default Duration.days(7)
   */
  readonly retention?: Duration;
  /** Bytes of the largest batch of records the brokers take, up to 4,400,000. @default 4400000 */
  readonly maxMessageBytes?: number;
  /** Of the topic. @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A topic of events: replication factor 3, two in-sync replicas to write, no unclean election, nothing deleted by size
 * or compaction, and the brokers' own time on every record, from which retention counts.
 *
 * The principal that deploys it needs `kafka-cluster:Connect` on the cluster and `CreateTopic`, `DescribeTopic`,
 * `AlterTopic`, `DeleteTopic`, `DescribeTopicDynamicConfiguration` and `AlterTopicDynamicConfiguration` on the topic.
 *
 * @example
 * ```ts
 * import { Duration, type Stack } from 'aws-cdk-lib';
 * import { EventPipeline, KafkaTopic, type IKafkaCluster } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const cluster: IKafkaCluster;
 * const topic = new KafkaTopic(stack, 'Topic', { cluster, topicName: 'orders', partitions: 12 });
 * // One that exists already: its retention has to be said.
 * const old = KafkaTopic.fromTopicAttributes(stack, 'Old', { cluster, topicName: 'shop', retention: Duration.days(3) });
 * for (const each of [topic, old]) new EventPipeline(stack, `Of-${each.topicName}`, { topic: each });
 * ```
 */
export class KafkaTopic extends Resource implements IKafkaTopic {
  static fromTopicAttributes(scope: Construct, id: string, attributes: KafkaTopicAttributes): IKafkaTopic {
    demand({ node: { path: `${scope.node.path}/${id}` } }, attributes, {
      ...{ cluster: CLUSTER, topicName: "the topic's name", retention: "the topic's retention, as a Duration" },
    });
    class Import extends Resource implements IKafkaTopic {
      readonly topicName = attributes.topicName;
      readonly cluster = attributes.cluster;
      readonly retention = attributes.retention;
      readonly topicArn = arnOnCluster(attributes.cluster.clusterArn, 'topic', attributes.topicName);
    }
    const topic = new Import(scope, id);
    refuse(topic, [legal(attributes.topicName), retentionKnown(attributes.retention)]);
    return topic;
  }

  readonly topicName: string;
  readonly topicArn: string;
  readonly cluster: IKafkaCluster;
  readonly retention: Duration;

  constructor(scope: Construct, id: string, props: KafkaTopicProps) {
    super(scope, id);
    demand(this, props, { cluster: CLUSTER, topicName: "the topic's name", partitions: 'a number from 1 to 4000' });
    this.topicName = props.topicName;
    this.cluster = props.cluster;
    this.retention = props.retention ?? DEFAULTS.retention;
    const maxMessageBytes = props.maxMessageBytes ?? DEFAULTS.maxMessageBytes;
    refuse(this, [
      ...topicRules(props.topicName, props.partitions, this.retention, maxMessageBytes),
      madeOnce(this, props.topicName, props.cluster),
      ...besideCluster('topic', this, props.cluster),
      ...inOrder(this, { cluster: props.cluster }),
    ]);

    const resource = new msk.CfnTopic(this, 'Resource', {
      clusterArn: props.cluster.clusterArn,
      topicName: props.topicName,
      partitionCount: props.partitions,
      replicationFactor: 3,
      configs: Fn.base64(
        properties({
          'cleanup.policy': 'delete',
          'max.message.bytes': String(maxMessageBytes),
          'message.timestamp.type': 'LogAppendTime',
          'retention.bytes': '-1',
          'retention.ms': String(this.retention.toMilliseconds()),
          ...(props.cluster.brokerType === BrokerType.EXPRESS ? {} : STANDARD_CONFIGS),
        }),
      ),
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? DEFAULTS.removalPolicy);
    this.topicArn = resource.attrTopicArn;
  }
}

const CLUSTER = 'the KafkaCluster it is on';

/** Express brokers fix these to the same values and refuse them as settings. */
const STANDARD_CONFIGS = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

/** No rule of a topic's consumers could be checked without it. */
const retentionKnown = (retention: Duration): Rule => ({
  when: retention.isUnresolved(),
  message: `retention: got a value known only at deploy, want one known at synthesis, as the timeout and the memory of consumers are held against it; write it out`,
});

/** Of a topic that exists, too: a star in its name would be a wildcard in the rights that are granted on it. */
const legal = (topicName: string): Rule => ({
  when: !Token.isUnresolved(topicName) && !/^[A-Za-z0-9._-]{1,249}$/.test(topicName),
  message: `topicName: got '${topicName}', want 1 to 249 letters, digits, '.', '_' and '-', as Kafka's topics have; correct it`,
});

/** The names that event source mappings take: Kafka has others too, of one character or starting with a dot. */
export const mappable = (topicName: string): Rule => ({
  when: !Token.isUnresolved(topicName) && !/^[A-Za-z0-9_-][A-Za-z0-9._-]{1,248}$/.test(topicName),
  message: `topicName: got '${topicName}', want 2 to 249 letters, digits, '.', '_' and '-', the first no '.', as event source mappings take no other; rename it`,
});

/** Kafka takes `a.b` and `a_b` for one in the names of its metrics, and refuses the second. */
function madeOnce(topic: KafkaTopic, name: string, { clusterArn }: IKafkaCluster): Rule {
  const first = claimedBefore(topic, ['topic', clusterArn, name.replaceAll('.', '_')].join(' '));
  return {
    when: first !== undefined,
    message: `topicName: got '${name}', which ${first} makes on the same cluster ('.' and '_' are one to Kafka), want each topic made once; give the pipeline topic: <the KafkaTopic>, or another name`,
  };
}

const topicRules = (topicName: string, partitions: number, retention: Duration, maxMessageBytes: number): Rule[] => [
  {
    when: topicName.startsWith('__'),
    message: `topicName: got '${topicName}', want one that does not start with '__', as Kafka's own do; rename it`,
  },
  mappable(topicName),
  {
    when: outside(partitions, 1, 4000),
    message: `partitions: got ${partitions}, want a whole number from 1 to 4000; change it`,
  },
  {
    when: knownSeconds(retention) < 86_400,
    message: `retention: got ${knownSeconds(retention)} s, want 86400 s (one day) or more, as an outage longer than it loses events; raise it`,
  },
  retentionKnown(retention),
  {
    when: outside(maxMessageBytes, 1024, LARGEST_RECORD_BYTES),
    message: `maxMessageBytes: got ${maxMessageBytes}, want 1024 to ${LARGEST_RECORD_BYTES}, the most an event source mapping can hand over; lower it`,
  },
];
