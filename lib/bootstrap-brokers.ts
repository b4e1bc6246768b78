import * as cr from 'aws-cdk-lib/custom-resources';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

const ID = 'BootstrapBrokers';
const ADDRESSES = 'BootstrapBrokerStringSaslIam';

/**
 * The addresses of a cluster's IAM listeners, asked of MSK at deploy: CloudFormation does not know them, and a function
 * that asked at each cold start would need a way to MSK's control plane out of its VPC.
 */
export class BootstrapBrokers extends cr.AwsCustomResource {
  /** Comma-separated `host:port`. Asks once per cluster, and again when the number of brokers changes. */
  static of(cluster: Construct, clusterArn: string, brokers?: number): string {
    const existing = cluster.node.tryFindChild(ID) as BootstrapBrokers | undefined;
    return (existing ?? new BootstrapBrokers(cluster, clusterArn, brokers)).getResponseField(ADDRESSES);
  }

  private constructor(cluster: Construct, clusterArn: string, brokers?: number) {
    const id = brokers === undefined ? 'bootstrap-brokers' : `bootstrap-brokers-of-${brokers}`;
    const call: cr.AwsSdkCall = {
      service: 'Kafka',
      action: 'getBootstrapBrokers',
      parameters: { ClusterArn: clusterArn },
      physicalResourceId: cr.PhysicalResourceId.of(id),
      outputPaths: [ADDRESSES],
    };
    super(cluster, ID, {
      resourceType: 'Custom::KafkaBootstrapBrokers',
      onCreate: call,
      onUpdate: call,
      installLatestAwsSdk: false,
      policy: cr.AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [clusterArn] }),
      ]),
    });
  }
}
