import type { Duration, IResource } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
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

  /** Partitions without a leader, which take and give nothing. @throws Error with Express brokers, which do not count them */
  metricOfflinePartitions(options?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** 1 while the cluster has a controller. */
  metricActiveControllers(options?: cloudwatch.MetricOptions): cloudwatch.Metric;
  /** Partitions, of the broker that has most of them, that refuse `acks=all`. @throws Error with Express brokers, which do not count them */
  metricUnderMinIsr(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
  /** Partitions, of the broker that has most of them, with a replica too few. @throws Error with Express brokers, which do not count them */
  metricUnderReplicated(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
  /** Percent of the fullest disk that is full. @throws Error with Express brokers, whose storage has no end */
  metricDiskUsed(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
  /** Percent of its time that the busiest broker's CPU has nothing to do. */
  metricCpuIdle(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
  /** Connections of clients by IAM, of the broker that has most. @default options - of one minute the sum, which is what there is */
  metricClientConnections(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
  /** Packets of all brokers that were dropped or held back, as their network was full. @throws Error with Express brokers, which do not count them */
  metricTrafficShaped(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;
}

/** A topic of events. */
export interface IKafkaTopic extends IResource {
  readonly topicName: string;
  readonly topicArn: string;
  readonly cluster: IKafkaCluster;
  /** How long the topic keeps its events. */
  readonly retention: Duration;
}
