import type { Duration, IResource } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';

/** Amazon MSK's two kinds of brokers. */
export enum BrokerType {
  /** Brokers with disks of their own. */
  STANDARD = 'STANDARD',
  /** Brokers whose storage, replication and elections MSK runs and fixes. */
  EXPRESS = 'EXPRESS',
}

/** An Amazon MSK cluster that takes clients with TLS and IAM. */
export interface IKafkaCluster extends IResource, ec2.IConnectable {
  readonly clusterArn: string;
  readonly brokerType: BrokerType;
  /** Comma-separated `host:port` of the brokers' TLS and IAM listeners; known at deploy. */
  readonly bootstrapBrokers: string;
  /** Where the brokers are, and the functions that publish to them. */
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;

  /** Grants `kafka-cluster:Connect` on this cluster. */
  grantConnect(grantee: iam.IGrantable): iam.Grant;
  /**
   * Grants `kafka-cluster:Connect` and `WriteDataIdempotently` on this cluster, `DescribeTopic`,
   * `DescribeTopicDynamicConfiguration` and `WriteData` on the topic.
   */
  grantProduce(grantee: iam.IGrantable, topic: IKafkaTopic): iam.Grant;
  /**
   * Grants `kafka-cluster:Connect` on this cluster, `DescribeTopic` and `ReadData` on the topic, `DescribeGroup` and
   * `AlterGroup` on the consumer group.
   */
  grantConsume(grantee: iam.IGrantable, topic: IKafkaTopic, group: string): iam.Grant;
}

/** A topic of events. */
export interface IKafkaTopic extends IResource {
  readonly topicName: string;
  readonly topicArn: string;
  readonly cluster: IKafkaCluster;
  /** How long the topic keeps its events. */
  readonly retention: Duration;
}
