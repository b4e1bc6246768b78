import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { DeadLetters } from './dead-letters';
import type { DeliveryOptions } from './delivery';
import { ownedHandler } from './handlers';
import { EventProducer } from './producer';
import type { SpillStore } from './spill';
import type { IKafkaTopic } from './topic';
import { outside, refuse } from './validation';

export interface IngestFunctionOptions extends DeliveryOptions {
  /**
   * Most requests at once, 1 or more, reserved from the account's limit. Each sandbox opens up to three connections to each
   * broker; one broker takes 3,000 of them, and 100 new ones a second, with IAM.
   * @default - the account's limit
   */
  readonly maxConcurrency?: number;
}

export interface IngestFunctionProps extends IngestFunctionOptions {
  readonly topic: IKafkaTopic;
  /** Takes what Kafka did not take by the deadline of 20 seconds. */
  readonly spill: SpillStore;
  /** Takes what Kafka will never take. */
  readonly deadLetters: DeadLetters;
}

/** The door: a function behind an HTTP API that takes events with `POST /events`, from callers with IAM credentials only. */
export class IngestFunction extends lambda.Function {
  readonly api: apigateway.HttpApi;
  /** Where to post events. */
  readonly url: string;
  private readonly route: apigateway.HttpRoute;

  constructor(scope: Construct, id: string, props: IngestFunctionProps) {
    const { topic, maxConcurrency, ...producing } = props;
    super(scope, id, {
      ...ownedHandler('ingest'),
      timeout: Duration.seconds(28), // the HTTP API gives up after 29: the caller hears our answer, not its
      vpc: topic.cluster.vpc,
      vpcSubnets: topic.cluster.vpcSubnets,
      reservedConcurrentExecutions: maxConcurrency,
    });
    refuse(this, [
      {
        when: maxConcurrency !== undefined && outside(maxConcurrency, 1, 1_000_000),
        message: `maxConcurrency: got ${maxConcurrency}, want a whole number from 1 to 1000000; with 0 nobody could send, so change it or leave it out`,
      },
    ]);
    new EventProducer(this, 'Producer', { ...producing, handler: this, topic });
    this.api = new apigateway.HttpApi(this, 'Api');
    this.route = new apigateway.HttpRoute(this, 'Post', {
      httpApi: this.api,
      routeKey: apigateway.HttpRouteKey.with('/events', apigateway.HttpMethod.POST),
      integration: new HttpLambdaIntegration('Integration', this),
      authorizer: new HttpIamAuthorizer(),
    });
    this.url = `${this.api.apiEndpoint}/events`;
    new CfnOutput(this, 'Url', { value: this.url, description: 'POST events here, signed with IAM credentials' });
  }

  /** Grants `execute-api:Invoke` on `POST /events`. */
  grantPost(grantee: iam.IGrantable): iam.Grant {
    return this.route.grantInvoke(grantee);
  }
}
