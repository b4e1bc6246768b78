import { Duration, Names, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { PRODUCER_VARIABLE, type ProducerEnvironment } from '../lambdas/runtime/contract';
import { BootstrapBrokers } from './bootstrap-brokers';
import type { DeadLetters } from './dead-letters';
import { DEFAULTS } from './defaults';
import { producerSettingsRules, producerSettings, type ProducerOptions } from './producer-settings';
import { eventMetric } from './event-metrics';
import type { IKafkaCluster } from './interfaces';
import { givenOnce, handlerRules, timeoutOf, watchEnvironment } from './handler-rules';
import { besideCluster, givenTo, inVpcOf, isCutOffFromLambda } from './placement';
import { letIn } from './way-to-brokers';
import { inOrder } from './stack-order';
import type { IKafkaTopic } from './interfaces';
import { brokenOf, demand, differ, knownSeconds, refuse } from './validation';
import type { Rule } from './refusal';

/** Where a producer puts what Kafka does not take in time: a `SpillStore`. */
export interface ISpillStore extends IConstruct {
  /** Spilled events are sent here once its brokers take them again. */
  readonly topic: IKafkaTopic;
  readonly bucket: s3.IBucket;
  /** Sends them. */
  readonly replay: lambda.Function;
  /** Lets a function spill. */
  grantSpill(grantee: iam.IGrantable): iam.Grant;
}

export interface EventProducerOptions extends ProducerOptions {
  /** The function that publishes, in the brokers' VPC. Behind an HTTP API its timeout is at most 29 seconds. */
  readonly handler: lambda.Function;
  /**
   * How long one publish keeps trying to reach Kafka, before it spills; at least 2 seconds. The death of a broker takes
   * some 10 seconds to get over. With `spillTime` it stays below the function's timeout, or what is not acknowledged could not
   * be spilled any more.
   * @default - 20 seconds, or less where the function's timeout leaves less
   */
  readonly deadline?: Duration;
  /** Time kept free before the function's timeout to spill what is not acknowledged. @default Duration.seconds(5) */
  readonly spillTime?: Duration;
}

export interface EventProducerProps extends EventProducerOptions {
  /** To which the function publishes. */
  readonly topic: IKafkaTopic;
  /** Takes what Kafka did not take by the deadline. */
  readonly spill: ISpillStore;
  /** Takes what Kafka will never take. */
  readonly deadLetters: DeadLetters;
}

/**
 * Gives a function what `producer({ topic })` of `cdk-lossless-kafka/runtime` needs: the way to the brokers, the right
 * to write to the topic and to the spill store, and the environment.
 *
 * @example
 * ```ts
 * import { Duration, type Stack } from 'aws-cdk-lib';
 * import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
 * import { OnRejected, type EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const pipeline: EventPipeline;
 * const { vpc } = pipeline.cluster;
 * const handler = new NodejsFunction(stack, 'Checkout', { entry: 'checkout.ts', timeout: Duration.seconds(28), vpc });
 * pipeline.addProducer('CheckoutProducer', { handler, onRejected: OnRejected.park() });
 * ```
 */
export class EventProducer extends Construct {
  /** To which the function publishes. */
  readonly topic: IKafkaTopic;
  /** The function that publishes. */
  readonly handler: lambda.Function;
  private readonly source: string;

  constructor(scope: Construct, id: string, props: EventProducerProps) {
    super(scope, id);
    demand(this, props, PARTS);
    const { handler, topic, spill, deadLetters } = props;
    refuse(this, handlerRules(handler));
    [this.topic, this.handler] = [topic, handler];
    this.source = `urn:cdk-lossless-kafka:${encodeURI(handler.node.path)}`;
    const { cluster } = topic;
    const spillTime = props.spillTime ?? DEFAULTS.spillTime;
    const deadline = props.deadline ?? defaultDeadline(handler, spillTime);
    // Who asks for them stands in the cluster's stack.
    const brokers = cluster.bootstrapBrokers;
    refuse(this, [
      ...producerRules(handler, deadline, spillTime),
      ...producerSettingsRules(props),
      spilledForGood(topic, spill.topic),
      ...besideCluster('producer', handler, cluster),
      ...givenTo(handler, {
        ...{ deadLetters: deadLetters.bucket, spill: spill.bucket, onRejected: props.onRejected?._target },
      }),
      ...inOrder(handler, { topic, cluster, bootstrapBrokers: BootstrapBrokers.askedFor(cluster), vpc: cluster.vpc }),
      inVpcOf(handler, cluster),
      givenOnce(this, handler, 'producer', { topicName: topic.topicName }),
    ]);
    watchEnvironment(handler);
    // An endpoint may be added after the producer.
    if (props.onRejected?._target)
      this.node.addValidation({ validate: () => brokenOf([wayToLambda(handler, cluster)]) });

    cluster.grantProduce(handler, topic);
    // What replay publishes lies in the spill store already.
    if (handler !== spill.replay) spill.grantSpill(handler);
    deadLetters.grantPark(handler, topic);
    props.onRejected?._grant(handler);
    letIn(handler, cluster);
    const environment: ProducerEnvironment = {
      cluster: cluster.clusterArn,
      topic: topic.topicName,
      brokers,
      authentication: 'iam',
      ...producerSettings(props),
      source: this.source,
      spill: spill.bucket.bucketName,
      deadLetters: deadLetters.bucket.bucketName,
      spillTimeMs: spillTime.toMilliseconds(),
      deadlineMs: deadline.toMilliseconds(),
    };
    handler.addEnvironment(
      PRODUCER_VARIABLE + Names.nodeUniqueId(this.node),
      Stack.of(handler).toJsonString(environment),
    );
  }

  /** Events that Kafka has acknowledged. @default options - of five minutes the sum */
  metricAcked(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('acked', options);
  }

  /** Events that Kafka did not take in time and that lie in the spill store. @default options - of five minutes the sum */
  metricSpilled(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('spilled', options);
  }

  /** Events that were refused for good, and whose callers have heard so. @default options - of five minutes the sum */
  metricRejected(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('rejected', options);
  }

  /** Events of which nobody knows whether Kafka has them, and whose callers have heard so. @default options - of five minutes the sum */
  metricUnknown(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('unknown', options);
  }

  /** Looks at the topic that could not see whether it keeps what is acknowledged. @default options - of five minutes the sum */
  metricUnchecked(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('unchecked', options);
  }

  /** @internal False where the handler's path is longer than a dimension's value may be: no metric can be asked for. */
  get _isMeasured(): boolean {
    return this.source.length <= MOST_DIMENSION;
  }

  private metric(name: 'acked' | 'spilled' | 'rejected' | 'unknown' | 'unchecked', options?: cloudwatch.MetricOptions) {
    return eventMetric(this, name, { service: this.source, topic: this.topic.topicName }, options);
  }
}

/** Characters that the CDK takes for the value of a dimension. */
const MOST_DIMENSION = 255;

const PARTS = {
  handler: 'the function that publishes',
  topic: 'the KafkaTopic to publish to',
  spill: 'the SpillStore for what Kafka does not take in time',
  deadLetters: 'the DeadLetters for what Kafka will never take',
};

const spilledForGood = (topic: IKafkaTopic, replayed: IKafkaTopic): Rule => ({
  when: differ(topic.topicName, replayed.topicName) || differ(topic.cluster.clusterArn, replayed.cluster.clusterArn),
  message: `spill: got the SpillStore of topic ${replayed.topicName} on ${replayed.cluster.clusterArn}, want that of topic ${topic.topicName} on ${topic.cluster.clusterArn}, as a store sends the events of its own topic alone and these would lie there for ever; give each topic a SpillStore`,
});

const wayToLambda = (handler: lambda.Function, cluster: IKafkaCluster): Rule => ({
  when: isCutOffFromLambda(handler, cluster),
  message: `onRejected: got forward from function ${handler.node.path}, whose subnets have no way to Lambda's API, want one; give the VPC an endpoint: vpc.addInterfaceEndpoint('Lambda', { service: ec2.InterfaceVpcEndpointAwsService.LAMBDA }), which is billed by the hour, or use OnRejected.park()`,
});

/** One second remains for the function to answer. */
function defaultDeadline(handler: lambda.Function, spillTime: Duration): Duration {
  const whole = DEFAULTS.deadline.toSeconds();
  const left = knownSeconds(timeoutOf(handler)) - knownSeconds(spillTime) - 1;
  return Duration.seconds(Number.isNaN(left) ? whole : Math.max(0, Math.min(whole, left)));
}

function producerRules(handler: lambda.Function, deadline: Duration, spillTime: Duration): Rule[] {
  const [timeout, publish, spill] = [timeoutOf(handler), deadline, spillTime].map(knownSeconds) as [
    number,
    number,
    number,
  ];
  return [
    {
      when: !handler.isBoundToVpc,
      message: `handler ${handler.node.path}: got no vpc, want the brokers' VPC, as they have no address outside; give the function vpc: topic.cluster.vpc`,
    },
    {
      when: spill < 1,
      message: `spillTime: got ${spill} s, want 1 s or more; raise it`,
    },
    {
      when: publish < 2 || publish + spill >= timeout,
      message: `deadline: got ${publish} s plus ${spill} s to spill in a function with a timeout of ${timeout} s, want a deadline of at least 2 s and the sum below the timeout; raise the function's timeout`,
    },
  ];
}
