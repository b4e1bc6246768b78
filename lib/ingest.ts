import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  DOOR_OUTPUT,
  INGEST_VARIABLE,
  MESSAGE_TYPE,
  type DoorOutput,
  type IngestEnvironment,
} from '../lambdas/runtime/contract';
import { acknowledgeFunction } from './acknowledged';
import { clipGroup, ownedHandler } from './handlers';
import { endpointOf, endpointRules, type MadeEndpoint } from './http-endpoint';
import type { IngestFunctionProps } from './ingest-props';
import { givenTo } from './placement';
import { EventProducer } from './producer';
import { deadLettersOf, queueDoor, type QueueDoorOptions } from './queue-door';
import { failuresOf, ruleDoor, undeliveredOf, type KeptByDoor, type RuleDoorOptions } from './rule-door';
import { demand, isBlank, known, outside, refuse } from './validation';
import type { Rule } from './refusal';

/**
 * The door: a function behind an HTTP API, or at a URL of its own, that takes events with `POST /events`, from callers whom its
 * authorizer names.
 *
 * @example
 * ```ts
 * import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
 * import type { EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const pipeline: EventPipeline;
 * const authorizer = new HttpJwtAuthorizer('Tokens', 'https://login.example.com', { jwtAudience: ['orders'] });
 * const door = pipeline.addIngest('Ingest', { authorizer, throttle: { rateLimit: 200, burstLimit: 100 } });
 * door.url;
 * ```
 */
export class IngestFunction extends lambda.Function {
  /** What it publishes by, with the metrics of its events. */
  readonly producer: EventProducer;
  private readonly made?: MadeEndpoint;
  private readonly kept: KeptByDoor;
  private failures?: s3.IBucket;
  private undelivered?: sqs.IQueue;
  private readonly failed: sqs.IQueue[] = [];
  private told: IngestEnvironment = {};

  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    demand({ node: { path: `${scope.node.path}/${id}` } }, props, {
      topic: 'the KafkaTopic to publish to',
      spill: 'the SpillStore for what Kafka does not take in time',
      deadLetters: 'the DeadLetters for what Kafka will never take',
    });
    const { topic, maxConcurrency, callerKey, acceptUnnamedCallers } = props;
    super(scope, id, {
      ...ownedHandler(scope, id, 'ingest', props),
      timeout: Duration.seconds(28), // the HTTP API gives up after 29: the caller hears our answer, not its
      vpc: topic.cluster.vpc,
      vpcSubnets: topic.cluster.vpcSubnets,
      reservedConcurrentExecutions: maxConcurrency,
    });
    clipGroup(this);
    const { domainName, encryptionKey } = props;
    refuse(this, [...ingestRules(props), ...endpointRules(props), ...givenTo(this, { domainName, encryptionKey })]);
    this.tell({ callerKey, unnamedCallers: acceptUnnamedCallers });
    this.producer = new EventProducer(this, 'Producer', { ...props, handler: this });
    const { removalPolicy, failures, undelivered } = props;
    this.kept = { removalPolicy, encryptionKey, failures, undelivered };
    this.made = endpointOf(this, props);
    acknowledgeFunction(this);
    this.sayWhere();
    if (!this.made) return;
    const signed = this.made.takesIam ? ', signed with IAM credentials' : '';
    new CfnOutput(this, 'Url', { value: this.made.url, description: `POST events here${signed}` });
  }

  /** Where to post events. @throws Error at a door without HTTP */
  get url(): string {
    if (this.made) return this.made.url;
    throw new Error(`${this.node.path}: url: got a door without HTTP, want one with; leave endpoint out`);
  }

  /** The API, of a door that has one. @throws Error at a function URL */
  get api(): apigateway.HttpApi {
    if (this.made?.api) return this.made.api;
    throw new Error(
      `${this.node.path}: api: got a door ${this.made ? 'at a function URL' : 'without HTTP'}, want one at an HTTP API; leave endpoint out`,
    );
  }

  /**
   * Lets a principal post, at a door that takes IAM credentials: `execute-api:Invoke` on `POST /events`, or at a function URL
   * `lambda:InvokeFunctionUrl`, and `lambda:InvokeFunction` by way of the URL alone.
   */
  grantPost(grantee: iam.IGrantable): iam.Grant {
    const { made } = this;
    if (made?.takesIam) return made.grantPost(grantee);
    const got = made ? 'with an authorizer of its own' : 'without HTTP';
    throw new Error(
      `${this.node.path}: grantPost: got a door ${got}, want one that takes IAM credentials, which alone are granted anything; let the authorizer say who may post`,
    );
  }

  /**
   * Takes the messages of a queue, too, each as one event. A message leaves the queue once its event is accepted; one that will
   * never be taken goes to the dead-letter queue.
   *
   * @param id of the event source mapping
   * @example
   * ```ts
   * import { Duration, type Stack } from 'aws-cdk-lib';
   * import { Queue } from 'aws-cdk-lib/aws-sqs';
   * import type { IngestFunction } from 'cdk-lossless-kafka';
   *
   * declare const stack: Stack;
   * declare const door: IngestFunction;
   * const failed = new Queue(stack, 'FailedOrders', { retentionPeriod: Duration.days(14) });
   * const queue = new Queue(stack, 'OrdersIn', {
   *   visibilityTimeout: Duration.minutes(3),
   *   deadLetterQueue: { queue: failed, maxReceiveCount: 10 },
   * });
   * door.addQueue('Orders', { queue, eventType: 'order.received' });
   * ```
   */
  addQueue(id: string, options: QueueDoorOptions): lambda.EventSourceMapping {
    const mapping = queueDoor(this, id, options);
    const { queue, eventType: type = MESSAGE_TYPE, deadLetterQueue = deadLettersOf(queue) } = options;
    if (deadLetterQueue !== undefined) this.failed.push(deadLetterQueue);
    this.tell({ queues: [...(this.told.queues ?? []), { queue: queue.queueArn, type }] });
    return mapping;
  }

  /**
   * Takes the events of an EventBridge bus that match a pattern, too. Nobody waits for the answer: what EventBridge
   * tried in vain for a day waits in a queue, `undelivered`; what was not taken in three calls in the bucket of `keepFailures`.
   *
   * @param id of the rule
   * @example
   * ```ts
   * import type { IngestFunction } from 'cdk-lossless-kafka';
   *
   * declare const door: IngestFunction;
   * door.addRule('Orders', { eventPattern: { source: ['shop'], detailType: ['order.placed'] } });
   * ```
   */
  addRule(id: string, options: RuleDoorOptions): events.Rule {
    const rule = ruleDoor(this, id, options, () => (this.undelivered ??= undeliveredOf(this, this.kept)));
    this.keepFailures();
    return rule;
  }

  /**
   * Keeps what callers send who do not wait (`InvocationType: Event`) and the function could not take in three calls, whole and
   * with the reason. Done by itself for EventBridge; whoever invokes the function so directly does it here.
   *
   * @returns the bucket in which they wait
   */
  keepFailures(): s3.IBucket {
    return (this.failures ??= failuresOf(this, this.kept));
  }

  /** @internal Whether calls for which nobody waits are kept, and queues where wait what was not taken. */
  get _waiting(): { readonly calls: boolean; readonly queues: readonly sqs.IQueue[] } {
    const { undelivered, failed } = this;
    return { calls: this.failures !== undefined, queues: [...(undelivered ? [undelivered] : []), ...new Set(failed)] };
  }

  private sayWhere(): void {
    const { topicName: topic, cluster } = this.producer.topic;
    const told: DoorOutput = { kind: DOOR_OUTPUT, cluster: cluster.clusterArn, topic, ingest: this.functionName };
    new CfnOutput(this, 'DoorOutput', {
      value: Stack.of(this).toJsonString(told),
      description: 'Read by cdk-lossless-kafka drill',
    });
  }

  private tell(more: IngestEnvironment): void {
    this.told = { ...this.told, ...more };
    if (Object.values(this.told).every((setting) => setting === undefined)) return;
    this.addEnvironment(INGEST_VARIABLE, Stack.of(this).toJsonString(this.told));
  }
}

const ingestRules = ({
  maxConcurrency,
  throttle = {},
  callerKey,
  acceptUnnamedCallers,
  ...props
}: IngestFunctionProps): Rule[] => {
  const { rateLimit = 1, burstLimit = 1 } = throttle;
  return [
    {
      when: maxConcurrency !== undefined && outside(maxConcurrency, 1, 1_000_000),
      message: `maxConcurrency: got ${maxConcurrency}, want a whole number from 1 to 1000000; with 0 nobody could send, so change it or leave it out`,
    },
    {
      when: known(rateLimit) <= 0 || outside(burstLimit, 1, 1_000_000),
      message: `throttle: got ${rateLimit} a second and ${burstLimit} at once, want both above 0 and burstLimit whole; with 0 nobody could send, so change it or leave it out`,
    },
    {
      when: props.mappingKey !== undefined && props.domainName === undefined,
      message: `mappingKey: got ${props.mappingKey} without a domain, want the domain below which it is; give domainName or leave it out`,
    },
    {
      when: props.authorizationScopes !== undefined && props.authorizer === undefined,
      message: `authorizationScopes: got them for IAM credentials, which have none, want an authorizer that reads tokens; give authorizer or leave them out`,
    },
    {
      when: callerKey !== undefined && isBlank(callerKey),
      message: `callerKey: got nothing, want the key in the authorizer's context that names the caller; give it, or leave it out`,
    },
    {
      when: acceptUnnamedCallers !== undefined && isBlank(acceptUnnamedCallers),
      message: `acceptUnnamedCallers: got no reason, want the reason why callers may post whom nobody names; give it, or leave it out`,
    },
  ];
};
