import type { RemovalPolicy } from 'aws-cdk-lib';
import { type Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { EventAudit } from './audit';
import { EventCanary } from './canary';
import { KafkaCluster } from './cluster';
import { EventConsumer } from './consumer';
import type { EventConsumerOptions } from './consumer-props';
import { DeadLetters } from './dead-letters';
import { DEFAULTS } from './defaults';
import type { IKafkaCluster } from './interfaces';
import type { OwnedFunctionOptions } from './handlers';
import { IngestFunction } from './ingest';
import type { IngestFunctionOptions } from './ingest-props';
import { newKey } from './keys';
import { otherKinds } from './kinds';
import { PipelineMonitoring } from './monitoring';
import type { IEventPipeline, PipelineMonitoringOptions } from './monitoring-props';
import { givenTo } from './placement';
import { EventProducer, type EventProducerOptions } from './producer';
import { SpillStore } from './spill';
import type { SweeperOptions } from './sweeper';
import { KafkaTopic } from './topic';
import type { IKafkaTopic } from './interfaces';
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
  /** Encrypts everything new that holds events, and logs where this app makes the key. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** A bucket that exists, as `DeadLettersProps.bucket` says. @default - a new bucket */
  readonly deadLettersBucket?: s3.IBucket;
  /** A bucket that exists, as `SpillStoreProps.bucket` says. @default - a new bucket */
  readonly spillBucket?: s3.IBucket;
  /** How long the logs of the functions that the pipeline brings are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
  /** Whether X-Ray traces the functions that the pipeline brings. @default Tracing.DISABLED */
  readonly tracing?: lambda.Tracing;
  /** Of the function that replays spilled events. @default - those of the pipeline, and of SweeperOptions */
  readonly replayOptions?: SweeperOptions;
  /**
   * Keeps one of the account's concurrent executions for the function that replays, as `SpillStoreProps.reserveConcurrency` says.
   * @default false: it takes what is free
   */
  readonly reserveConcurrency?: boolean;
  /**
   * Whether an event that is spilled wakes the function that replays, as `SpillStoreProps.wakeOnSpill` says.
   * @default - true; false with `spillBucket`
   */
  readonly wakeOnSpill?: boolean;
  /**
   * Whether every minute a function of an `EventAudit` accounts for each record of the topic, for each consumer of this pipeline. Set it to false where
   * producers use transactions, or the topic is compacted. It costs some $2 a month and consumer.
   * @default true
   */
  readonly audit?: boolean;
  /** Of the function that audits. @default - those of the pipeline, and of SweeperOptions */
  readonly auditOptions?: SweeperOptions;
  /**
   * Whether every minute a canary goes through the first door that is added and each partition to each consumer of this pipeline, so that one
   * without traffic is told from a dead one. Other readers of the topic meet canaries, too: `ce_type` `lossless.canary`.
   * @default false
   */
  readonly canary?: boolean;
  /** Of the function that sends canaries. @default - those of the pipeline, and of SweeperOptions */
  readonly canaryOptions?: SweeperOptions;
  /**
   * Whether nobody may delete the idempotency tables before somebody has said so. A first deploy that fails after they are made
   * stops at them.
   * @default - true, but with RemovalPolicy.DESTROY
   */
  readonly deletionProtection?: boolean;
  /**
   * Alarms and a dashboard, with whom they tell; `false` leaves them out. Until `alarmActions` says who is woken a warning says that nobody is.
   * @default true
   */
  readonly monitoring?: boolean | PipelineMonitoringOptions;
  /**
   * For everything new that holds events or is needed to reach them. `DESTROY` is for throwaway environments.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event, a failed first deploy leaves nothing
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A pipeline for events that loses none: a topic with its cluster, dead letters and a spill store, to which doors,
 * consumers and producers are added, with alarms on all of them.
 *
 * @example
 * ```ts
 * import { App, Duration, Stack } from 'aws-cdk-lib';
 * import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
 * import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
 * import { Topic } from 'aws-cdk-lib/aws-sns';
 * import { EventPipeline } from 'cdk-lossless-kafka';
 *
 * const stack = new Stack(new App(), 'Shop');
 * const pipeline = new EventPipeline(stack, 'Orders', {
 *   topicName: 'orders',
 *   retention: Duration.days(14),
 *   monitoring: { alarmActions: [new SnsAction(new Topic(stack, 'OnCall'))] },
 * });
 * pipeline.addIngest('Ingest');
 * const handler = new NodejsFunction(stack, 'Billing', { entry: 'billing.ts', timeout: Duration.minutes(3) });
 * pipeline.addConsumer('BillingConsumer', { handler });
 * ```
 */
export class EventPipeline extends Construct implements IEventPipeline {
  readonly cluster: IKafkaCluster;
  readonly topic: IKafkaTopic;
  readonly deadLetters: DeadLetters;
  readonly spill: SpillStore;
  readonly encryptionKey: kms.IKey;
  /** Of this pipeline and all that is added to it. @default - none with `monitoring: false` */
  readonly monitoring?: PipelineMonitoring;
  private audited?: EventAudit;
  private readonly auditOptions?: SweeperOptions;
  private canaries?: EventCanary;
  private readonly canaryOptions?: SweeperOptions;
  private readonly settles: EventConsumer[] = [];
  private door?: IngestFunction;
  private readonly removalPolicy: RemovalPolicy;
  private readonly functions: OwnedFunctionOptions;
  private readonly deletionProtection?: boolean;

  constructor(scope: Construct, id: string, props: EventPipelineProps = {}) {
    super(scope, id);
    refuse(this, otherKinds(props));
    refuse(this, [...pipelineRules(props), ...givenTo(this, { encryptionKey: props.encryptionKey })]);
    const removalPolicy = props.removalPolicy ?? DEFAULTS.removalPolicy;
    const encryptionKey = props.encryptionKey ?? newKey(this, removalPolicy);
    const kept = { encryptionKey, removalPolicy };
    this.removalPolicy = removalPolicy;
    this.encryptionKey = encryptionKey;
    this.functions = { logRetention: props.logRetention, tracing: props.tracing };
    this.deletionProtection = props.deletionProtection;
    if (props.audit ?? DEFAULTS.audit) this.auditOptions = { ...this.functions, ...props.auditOptions };
    if (props.canary ?? DEFAULTS.canary) this.canaryOptions = { ...this.functions, ...props.canaryOptions };
    this.node.addValidation({ validate: () => this.withoutCanary() });
    this.topic = props.topic ?? this.newTopic(props);
    this.cluster = this.topic.cluster;
    this.deadLetters = new DeadLetters(this, 'DeadLetters', { bucket: props.deadLettersBucket, ...kept });
    this.spill = new SpillStore(this, 'Spill', {
      ...{ topic: this.topic, deadLetters: this.deadLetters, bucket: props.spillBucket, ...kept },
      replayOptions: { ...this.functions, ...props.replayOptions },
      ...{ reserveConcurrency: props.reserveConcurrency, wakeOnSpill: props.wakeOnSpill },
    });
    const { monitoring = DEFAULTS.monitoring } = props;
    if (monitoring !== false) {
      const told = monitoring === true ? {} : monitoring;
      this.monitoring = new PipelineMonitoring(this, 'Monitoring', { ...told, pipeline: this });
    }
  }

  /** Adds a door for events: `POST /events` behind an HTTP API, with IAM authorization unless `authorizer` says otherwise. */
  addIngest(id: string, options: IngestFunctionOptions = {}): IngestFunction {
    const { removalPolicy, encryptionKey, functions } = this;
    refuse({ node: { path: `${this.node.path}/${id}` } }, otherKinds(options));
    const ends = this.ends();
    const door = new IngestFunction(this, id, { ...functions, removalPolicy, encryptionKey, ...options, ...ends });
    this.door ??= door;
    this.sendCanaries();
    return door;
  }

  /** Adds a function that applies the topic's events, each in a consumer group of its own. */
  addConsumer(id: string, options: EventConsumerOptions): EventConsumer {
    const { encryptionKey, removalPolicy, deletionProtection } = this;
    const { unpackOptions: own } = (options as Partial<EventConsumerOptions> | undefined) ?? {};
    // Mixed with the pipeline's, it would no more show what it was.
    refuse({ node: { path: `${this.node.path}/${id}` } }, otherKinds({ unpackOptions: own }));
    const unpackOptions = { ...this.functions, ...own };
    const consumer = new EventConsumer(this, id, {
      ...{ encryptionKey, removalPolicy, deletionProtection, ...options, unpackOptions, ...this.ends() },
    });
    this.accountFor(consumer);
    this.settles.push(consumer);
    this.sendCanaries();
    return consumer;
  }

  /** Accounts for the topic's records, once there is a consumer. @default - nobody does, with `audit: false` */
  get audit(): EventAudit | undefined {
    return this.audited;
  }

  /** Sends canaries, once there are a door and a consumer. @default - nobody does, without `canary` */
  get canary(): EventCanary | undefined {
    return this.canaries;
  }

  private sendCanaries(): void {
    const { canaryOptions, door: ingest, settles: consumers, encryptionKey, removalPolicy } = this;
    if (canaryOptions === undefined || ingest === undefined || consumers.length === 0) return;
    this.canaries ??= new EventCanary(this, 'Canary', {
      ingest,
      consumers,
      canaryOptions,
      encryptionKey,
      removalPolicy,
    });
    for (const consumer of consumers) this.canaries.addConsumer(consumer);
  }

  private withoutCanary(): string[] {
    if (this.canaryOptions === undefined || this.canaries !== undefined) return [];
    const [got, fix] = this.door ? ['no consumer', 'addConsumer'] : ['no door', 'addIngest'];
    return [`canary: got ${got} in this pipeline, want one, as canaries go from a door to consumers; call ${fix}, or leave canary out`]; // prettier-ignore
  }

  private accountFor(consumer: EventConsumer): void {
    const { auditOptions, encryptionKey, removalPolicy } = this;
    if (auditOptions === undefined) return;
    const kept = { auditOptions, encryptionKey, removalPolicy };
    if (this.audited) this.audited.addConsumer(consumer);
    else this.audited = new EventAudit(this, 'Audit', { consumers: [consumer], ...kept });
  }

  /** Lets a function of yours publish to the topic. */
  addProducer(id: string, options: EventProducerOptions): EventProducer {
    return new EventProducer(this, id, { ...options, ...this.ends() });
  }

  private ends(): { topic: IKafkaTopic; spill: SpillStore; deadLetters: DeadLetters } {
    return { topic: this.topic, spill: this.spill, deadLetters: this.deadLetters };
  }

  private newTopic({
    topicName = '',
    partitions = DEFAULTS.partitions,
    retention,
    cluster,
    vpc,
  }: EventPipelineProps): KafkaTopic {
    const { encryptionKey, removalPolicy } = this;
    const home = cluster ?? new KafkaCluster(this, 'Cluster', { vpc, encryptionKey, removalPolicy });
    return new KafkaTopic(this, 'Topic', { cluster: home, topicName, partitions, retention, removalPolicy });
  }
}

const pipelineRules = ({
  topicName,
  partitions,
  retention,
  topic,
  cluster,
  vpc,
  audit,
  auditOptions,
  canary,
  canaryOptions,
}: EventPipelineProps) => [
  {
    when: topic === undefined && topicName === undefined,
    message: `topicName: got nothing, want the name of the topic to make; give topicName, or topic for one that exists`,
  },
  {
    when: topic !== undefined && [topicName, partitions, retention, cluster].some((prop) => prop !== undefined),
    message: `topic: got an existing topic together with topicName, partitions, retention or cluster, which belong to a new one; leave them out`,
  },
  {
    when: auditOptions !== undefined && audit === false,
    message: `auditOptions: got them together with audit: false, which leaves out what they are of; leave one of them out`,
  },
  {
    when: canaryOptions !== undefined && canary !== true,
    message: `canaryOptions: got them without canaries, which they are of; give canary: true, or leave them out`,
  },
  {
    when: vpc !== undefined && (cluster !== undefined || topic !== undefined),
    message: `vpc: got one together with an existing cluster, which has its own; leave it out`,
  },
];
