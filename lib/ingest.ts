import type { RemovalPolicy } from 'aws-cdk-lib';
import { CfnOutput, Duration, Names, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { INGEST_VARIABLE, type IngestEnvironment } from '../lambdas/runtime/contract';
import { acknowledgeFunction } from './acknowledged';
import type { DeadLetters } from './dead-letters';
import { DEFAULTS } from './defaults';
import type { ProducerOptions } from './producer-settings';
import { clipGroup, ownedHandler, type OwnedFunctionOptions } from './handlers';
import { logGroup } from './log-group';
import { givenTo } from './placement';
import { EventProducer } from './producer';
import type { SpillStore } from './spill';
import type { IKafkaTopic } from './interfaces';
import { demand, isBlank, known, outside, refuse } from './validation';
import type { Rule } from './refusal';

export interface IngestFunctionOptions extends ProducerOptions, OwnedFunctionOptions {
  /**
   * Most requests at once, 1 or more, reserved from the account's limit. Each sandbox opens up to three connections to each
   * broker; one broker takes 3,000 of them, and 100 new ones a second, with IAM. A reservation fails in accounts whose quota
   * of concurrency is 10, as new ones have it, and takes from all other functions.
   * @default - nothing reserved: as many as `throttle` lets in, and the account has
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   */
  readonly maxConcurrency?: number;
  /**
   * Most requests of all callers together: `rateLimit` a second, `burstLimit` at once. Beyond them API Gateway answers 429 and
   * has taken nothing. A caller in a loop must not take the account's functions and the brokers' connections from the others.
   * @default { rateLimit: 1_000, burstLimit: 500 }: 500 new sandboxes are let in by each broker within the door's deadline
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
   */
  readonly throttle?: apigateway.ThrottleSettings;
  /**
   * How long it is kept who sent what request and how it was answered. Bodies are not logged.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly accessLogRetention?: logs.RetentionDays;
  /** Encrypts the logs, where this app makes the key. @default - the pipeline's, else CloudWatch's own */
  readonly encryptionKey?: kms.IKey;
  /** Of the logs. @default - the pipeline's, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Who may post. Each event's `source` begins with whom it names.
   * @default - IAM credentials
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
   */
  readonly authorizer?: apigateway.IHttpRouteAuthorizer;
  /** Scopes of which a token must have one, with an authorizer that reads tokens. @default - none asked for */
  readonly authorizationScopes?: string[];
  /**
   * A domain of yours for the door; its DNS record is yours to make.
   * @default - the API's own address
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
   */
  readonly domainName?: apigateway.IDomainName;
  /** Path of the door below `domainName`. @default - none: `https://<domain>/events` */
  readonly mappingKey?: string;
  /**
   * Under which key the context of a Lambda authorizer names the caller. What stands there must not be the caller's choice, and the
   * same whenever it calls.
   * @default - a Lambda authorizer names nobody
   */
  readonly callerKey?: string;
  /**
   * The reason why callers may post whom the authorizer does not name, such as guests and tokens without a subject. All of
   * them are `anonymous`: each can speak for the others.
   * @default - they are answered 403
   */
  readonly acceptUnnamedCallers?: string;
  /** How long one publish keeps trying to reach Kafka, before it spills; at least 2 seconds. @default Duration.seconds(20) */
  readonly deadline?: Duration;
  /** Time kept free before the function's timeout to spill what is not acknowledged. @default Duration.seconds(5) */
  readonly spillTime?: Duration;
}

export interface IngestFunctionProps extends IngestFunctionOptions {
  /** To which events are published. */
  readonly topic: IKafkaTopic;
  /** Takes what Kafka did not take by the deadline. */
  readonly spill: SpillStore;
  /** Takes what Kafka will never take. */
  readonly deadLetters: DeadLetters;
}

/**
 * The door: a function behind an HTTP API that takes events with `POST /events`, from callers whom its authorizer names.
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
  readonly api: apigateway.HttpApi;
  /** Where to post events. */
  readonly url: string;
  private readonly route: apigateway.HttpRoute;
  private readonly takesIam: boolean;

  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    demand({ node: { path: `${scope.node.path}/${id}` } }, props, {
      topic: 'the KafkaTopic to publish to',
      spill: 'the SpillStore for what Kafka does not take in time',
      deadLetters: 'the DeadLetters for what Kafka will never take',
    });
    const { topic, maxConcurrency, authorizer, callerKey, acceptUnnamedCallers } = props;
    const callers: IngestEnvironment = { callerKey, unnamedCallers: acceptUnnamedCallers };
    super(scope, id, {
      ...ownedHandler(scope, id, 'ingest', props),
      timeout: Duration.seconds(28), // the HTTP API gives up after 29: the caller hears our answer, not its
      vpc: topic.cluster.vpc,
      vpcSubnets: topic.cluster.vpcSubnets,
      reservedConcurrentExecutions: maxConcurrency,
    });
    clipGroup(this);
    const { domainName, encryptionKey, mappingKey } = props;
    refuse(this, [...ingestRules(props), ...givenTo(this, { domainName, encryptionKey })]);
    if (Object.values(callers).some((setting) => setting !== undefined)) {
      this.addEnvironment(INGEST_VARIABLE, Stack.of(this).toJsonString(callers));
    }
    new EventProducer(this, 'Producer', { ...props, handler: this });
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: Names.uniqueResourceName(this, { maxLength: 128, separator: '-' }),
      description: `The door ${this.node.path}`.slice(0, 1024),
      createDefaultStage: false,
    });
    this.stage(props);
    this.route = new apigateway.HttpRoute(this, 'Post', {
      httpApi: this.api,
      routeKey: apigateway.HttpRouteKey.with('/events', apigateway.HttpMethod.POST),
      integration: new HttpLambdaIntegration('Integration', this),
      authorizer: authorizer ?? new HttpIamAuthorizer(),
      authorizationScopes: props.authorizationScopes,
    });
    this.takesIam = authorizer === undefined || authorizer instanceof HttpIamAuthorizer;
    const below = [domainName?.name, mappingKey].filter((part) => part !== undefined);
    this.url = domainName ? `https://${below.join('/')}/events` : `${this.api.apiEndpoint}/events`;
    const signed = this.takesIam ? ', signed with IAM credentials' : '';
    acknowledgeFunction(this);
    new CfnOutput(this, 'Url', { value: this.url, description: `POST events here${signed}` });
  }

  /** Grants `execute-api:Invoke` on `POST /events`, at a door that takes IAM credentials. */
  grantPost(grantee: iam.IGrantable): iam.Grant {
    refuse(this, [
      {
        when: !this.takesIam,
        message: `grantPost: got a door with an authorizer of its own, want one that takes IAM credentials, which alone are granted anything; let the authorizer say who may post`,
      },
    ]);
    return this.route.grantInvoke(grantee);
  }

  /** Has the construct id of the stage that the API would make by itself, so that stacks of earlier versions keep theirs. */
  private stage(props: IngestFunctionOptions): apigateway.HttpStage {
    const { accessLogRetention: retention = DEFAULTS.accessLogRetention, encryptionKey, removalPolicy } = props;
    const accessLog = logGroup(this, 'AccessLog', { retention, encryptionKey, removalPolicy });
    const { throttle, domainName, mappingKey } = props;
    return new apigateway.HttpStage(this.api, 'DefaultStage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { ...DEFAULTS.throttle, ...throttle },
      domainMapping: domainName && { domainName, mappingKey },
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
  }
}

/** Who, what, how it ended and why. */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
  latencyMs: '$context.responseLatency',
};

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
