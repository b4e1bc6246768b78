import { CustomResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeFunction } from './acknowledged';
import { logGroup, type LogGroupOptions } from './log-group';

const ID = 'BootstrapBrokers';
const ADDRESSES = 'BootstrapBrokerStringSaslIam';

/**
 * Asks MSK again, whatever went wrong, until half a minute before it is ended: a right that was granted a moment ago may be denied
 * for a while, and one denial would roll back a stack that took half an hour. In the template itself, as there is no more to it.
 */
export const HANDLER = `
const { GetBootstrapBrokersCommand, KafkaClient } = require('@aws-sdk/client-kafka');

async function ask({ ClusterArn }, context) {
  for (;;) {
    try {
      const answer = await new KafkaClient({}).send(new GetBootstrapBrokersCommand({ ClusterArn }));
      if (answer.${ADDRESSES}) return { ${ADDRESSES}: answer.${ADDRESSES} };
      throw new Error('cluster: got no listeners for IAM, want some; turn on IAM access control of ' + ClusterArn);
    } catch (error) {
      if (context.getRemainingTimeInMillis() < 30000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5000));
    }
  }
}

exports.handler = async (event, context) => {
  const { StackId, RequestId, LogicalResourceId } = event;
  const answer = { Status: 'SUCCESS', PhysicalResourceId: 'bootstrap-brokers', StackId, RequestId, LogicalResourceId };
  try {
    if (event.RequestType !== 'Delete') answer.Data = await ask(event.ResourceProperties, context);
  } catch (error) {
    answer.Status = 'FAILED';
    answer.Reason = error.name + ': ' + error.message;
  }
  // The address is signed for an empty content type. Rejecting, the function is called again, twice.
  const put = { method: 'PUT', headers: { 'content-type': '' }, body: JSON.stringify(answer) };
  const told = await fetch(event.ResponseURL, put);
  if (!told.ok) throw new Error('answer to CloudFormation: got status ' + told.status + ', want 200');
};
`.trim();

/** Of which cluster the addresses are asked. */
export interface BootstrapBrokersProps {
  readonly clusterArn: string;
  /** What the right to ask is granted on: known before the cluster is there, so that it is granted long before it is used. @default - clusterArn */
  readonly grantedOn?: string;
  /** Number of brokers: when it changes, MSK is asked again. */
  readonly brokers?: number;
  /** Of the function's log. @default - those of LogGroupOptions */
  readonly logs?: LogGroupOptions;
}

/**
 * The addresses of a cluster's IAM listeners, asked of MSK at deploy: CloudFormation does not know them, and a function
 * that asked at each cold start would need a way to MSK's control plane out of its VPC.
 */
export class BootstrapBrokers extends Construct {
  /** Comma-separated `host:port`. Asks once per cluster, and again when the number of brokers changes. */
  static of(cluster: Construct, props: BootstrapBrokersProps): string {
    const existing = cluster.node.tryFindChild(ID) as BootstrapBrokers | undefined;
    return (existing ?? new BootstrapBrokers(cluster, props)).answer.getAttString(ADDRESSES);
  }

  /** What asks for them, where something does. */
  static askedFor(cluster: IConstruct): IConstruct | undefined {
    return cluster.node.tryFindChild(ID);
  }

  private readonly answer: CustomResource;

  private constructor(cluster: Construct, { clusterArn, grantedOn = clusterArn, ...props }: BootstrapBrokersProps) {
    super(cluster, ID);
    const ask = new lambda.Function(this, 'Ask', {
      code: lambda.Code.fromInline(HANDLER),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.minutes(5),
      description: `Asks for the addresses of ${cluster.node.path}`.slice(0, 256),
      logGroup: logGroup(this, 'AskLogs', props.logs ?? {}),
    });
    const granted = iam.Grant.addToPrincipal({
      grantee: ask,
      actions: ['kafka:GetBootstrapBrokers'],
      resourceArns: [grantedOn],
    });
    this.answer = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::KafkaBootstrapBrokers',
      serviceToken: ask.functionArn,
      // Three calls of five minutes, as Lambda makes them of a failing one, and its pauses.
      serviceTimeout: Duration.minutes(20),
      properties: { ClusterArn: clusterArn, Brokers: props.brokers },
    });
    granted.applyBefore(this.answer);
    acknowledgeFunction(ask);
  }
}
