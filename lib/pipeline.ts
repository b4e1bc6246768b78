import { RemovalPolicy, type Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { KafkaCluster } from './cluster';
import { EventConsumer, type EventConsumerOptions } from './consumer';
import { DeadLetters } from './dead-letters';
import type { IKafkaCluster } from './existing-cluster';
import { IngestFunction, type IngestFunctionOptions } from './ingest';
import { EventProducer, type EventProducerOptions } from './producer';
import { SpillStore } from './spill';
import { KafkaTopic, type IKafkaTopic } from './topic';
import { refuse } from './validation';

export interface EventPipelineProps {
  /** Name of the new topic; asked for unless `topic` is given. */
  readonly topicName?: string;
  /** Partitions of the new topic, and with them how many batches are applied at once. @default 6 */
  readonly partitions?: number;
  /** How long the new topic keeps its events, one day or more. @default Duration.days(7) */
  readonly retention?: Duration;
  /** A topic that exists, and with it its cluster. @default - a new topic */
  readonly topic?: IKafkaTopic;
  /** A cluster that exists, for the new topic. @default - a new cluster */
  readonly cluster?: IKafkaCluster;
  /** VPC of the new cluster; spilling needs a way to S3 from its subnets, for example a gateway endpoint. @default - a new VPC */
  readonly vpc?: ec2.IVpc;
  /** Encrypts everything new that holds events. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /**
   * For everything new that holds events or is needed to reach them. `DESTROY` is for throwaway environments.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event, a failed first deploy leaves nothing
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A pipeline for events that loses none: a topic with its cluster, dead letters and a spill store, to which doors,
 * consumers and producers are added.
 */
export class EventPipeline extends Construct {
  readonly cluster: IKafkaCluster;
  readonly topic: IKafkaTopic;
  readonly deadLetters: DeadLetters;
  readonly spill: SpillStore;
  readonly encryptionKey: kms.IKey;
  private readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: EventPipelineProps = {}) {
    super(scope, id);
    refuse(this, pipelineRules(props));
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', { enableKeyRotation: true, removalPolicy });
    const kept = { encryptionKey, removalPolicy };
    this.removalPolicy = removalPolicy;
    this.encryptionKey = encryptionKey;
    this.topic = props.topic ?? this.newTopic(props);
    this.cluster = this.topic.cluster;
    this.deadLetters = new DeadLetters(this, 'DeadLetters', kept);
    this.spill = new SpillStore(this, 'Spill', { topic: this.topic, deadLetters: this.deadLetters, ...kept });
  }

  /** Adds a door for events: `POST /events` behind an HTTP API, with IAM authorization unless `authorizer` says otherwise. */
  addIngest(id: string, options: IngestFunctionOptions = {}): IngestFunction {
    const { removalPolicy } = this;
    return new IngestFunction(this, id, { removalPolicy, ...options, ...this.ends() });
  }

  /** Adds a function that applies the topic's events, each in a consumer group of its own. */
  addConsumer(id: string, options: EventConsumerOptions): EventConsumer {
    const { topic, deadLetters, encryptionKey, removalPolicy } = this;
    return new EventConsumer(this, id, { encryptionKey, removalPolicy, ...options, topic, deadLetters });
  }

  /** Lets a function of yours publish to the topic. */
  addProducer(id: string, options: EventProducerOptions): EventProducer {
    return new EventProducer(this, id, { ...options, ...this.ends() });
  }

  private ends(): { topic: IKafkaTopic; spill: SpillStore; deadLetters: DeadLetters } {
    return { topic: this.topic, spill: this.spill, deadLetters: this.deadLetters };
  }

  private newTopic({ topicName = '', partitions = 6, retention, cluster, vpc }: EventPipelineProps): KafkaTopic {
    const { encryptionKey, removalPolicy } = this;
    const home = cluster ?? new KafkaCluster(this, 'Cluster', { vpc, encryptionKey, removalPolicy });
    return new KafkaTopic(this, 'Topic', { cluster: home, topicName, partitions, retention, removalPolicy });
  }
}

const pipelineRules = ({ topicName, partitions, retention, topic, cluster, vpc }: EventPipelineProps) => [
  {
    when: topic === undefined && topicName === undefined,
    message: `topicName: got nothing, want the name of the topic to make; give topicName, or topic for one that exists`,
  },
  {
    when: topic !== undefined && [topicName, partitions, retention, cluster].some((prop) => prop !== undefined),
    message: `topic: got an existing topic together with topicName, partitions, retention or cluster, which belong to a new one; leave them out`,
  },
  {
    when: vpc !== undefined && (cluster !== undefined || topic !== undefined),
    message: `vpc: got one together with an existing cluster, which has its own; leave it out`,
  },
];
