import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { DeadLetters } from './dead-letters';
import type { OwnedFunctionOptions } from './handlers';
import type { IKafkaTopic } from './interfaces';
import type { ProducerOptions } from './producer-settings';
import type { SpillStore } from './spill';

/** By which way HTTP requests come to an ingest function. */
export enum HttpEndpoint {
  /** An HTTP API of API Gateway: throttled, with a log of all requests, any authorizer and domains of yours. */
  HTTP_API = 'HTTP_API',
  /**
   * The function's own URL: IAM credentials alone, one service less on the way and nothing to pay for it. Nothing throttles it but the
   * function's reserved concurrency, and no log says who called.
   */
  FUNCTION_URL = 'FUNCTION_URL',
  /** None: events come from queues, from EventBridge or by direct invocation alone. */
  NONE = 'NONE',
}

export interface IngestFunctionOptions extends ProducerOptions, OwnedFunctionOptions {
  /**
   * By which way requests come. `throttle`, `accessLogRetention`, `authorizer`, `authorizationScopes`, `callerKey`, `domainName` and
   * `mappingKey` are of an HTTP API alone; a function URL asks for `maxConcurrency`, as nothing else throttles it.
   * @default HttpEndpoint.HTTP_API
   * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
   */
  readonly endpoint?: HttpEndpoint;
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
  /**
   * Keeps calls for which nobody waited, of EventBridge or of type `Event`, and that were not taken, below `aws/lambda/async/`.
   * @default - a new bucket, as those of dead letters; none before something needs it
   */
  readonly failures?: s3.IBucket;
  /**
   * Keeps events of rules that EventBridge could not hand over. A standard queue; under a key of yours, one that
   * `events.amazonaws.com` may use.
   * @default - a new queue, encrypted by SQS, that keeps them for 14 days; none before there is a rule
   */
  readonly undelivered?: sqs.IQueue;
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
