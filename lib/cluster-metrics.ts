import { Fn, Resource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ofTheBusiest, overAll } from './event-metrics';
import { BrokerType } from './interfaces';
import { refuse } from './validation';

/**
 * What MSK counts of a cluster at its level DEFAULT, which is free: of Standard brokers
 * https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html, of Express ones
 * https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details-express.html
 */
export abstract class MeasuredCluster extends Resource {
  abstract readonly clusterArn: string;
  abstract readonly brokerType: BrokerType;

  /** Partitions without a leader, which take and give nothing. @throws Error with Express brokers, which do not count them */
  metricOfflinePartitions(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfCluster(this.ofStandard('OfflinePartitionsCount'), options);
  }

  /**
   * 1 while the cluster has a controller. It is the maximum: under KRaft each controller counts itself, those that stand by as 0.
   */
  metricActiveControllers(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfCluster('ActiveControllerCount', options);
  }

  /** Partitions, of the broker that has most of them, that refuse `acks=all`. @throws Error with Express brokers, which do not count them */
  metricUnderMinIsr(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBrokers('MAX', this.ofStandard('UnderMinIsrPartitionCount'), options);
  }

  /** Partitions, of the broker that has most of them, with a replica too few. @throws Error with Express brokers, which do not count them */
  metricUnderReplicated(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBrokers('MAX', this.ofStandard('UnderReplicatedPartitions'), options);
  }

  /** Percent of the fullest disk that is full. @throws Error with Express brokers, whose storage has no end */
  metricDiskUsed(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBrokers('MAX', this.ofStandard('KafkaDataLogsDiskUsed'), options);
  }

  /** Percent of its time that the busiest broker's CPU has nothing to do. */
  metricCpuIdle(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBrokers('MIN', 'CpuIdle', options);
  }

  /**
   * Connections of clients by IAM, of the broker that has most: it takes 3,000. New ones by the second, and what a broker refuses of
   * them, MSK counts at its paid level PER_BROKER alone.
   * @default options - of one minute the sum, which is what there is; of a longer period it would be more
   */
  metricClientConnections(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    const where = [
      [CLUSTER_NAME, clusterNameOf(this.clusterArn)],
      ['Client Authentication', 'IAM'],
    ] as const;
    // Each network processor of a broker counts its own: only their sum is the broker's.
    const schema = [KAFKA, 'Broker ID', 'Client Authentication', CLUSTER_NAME] as const;
    return ofTheBusiest('ClientConnectionCount', schema, where, options);
  }

  /** Packets of all brokers that were dropped or held back, as their network was full. @throws Error with Express brokers, which do not count them */
  metricTrafficShaped(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return this.metricOfBrokers('SUM', this.ofStandard('TrafficShaping'), options);
  }

  private metricOfCluster(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: KAFKA,
      metricName,
      dimensionsMap: { [CLUSTER_NAME]: clusterNameOf(this.clusterArn) },
      statistic: cloudwatch.Stats.MAXIMUM,
      ...options,
    }).attachTo(this);
  }

  private metricOfBrokers(
    aggregate: 'MAX' | 'MIN' | 'SUM',
    metricName: string,
    options?: cloudwatch.MathExpressionOptions,
  ): cloudwatch.MathExpression {
    const where = [CLUSTER_NAME, clusterNameOf(this.clusterArn)] as const;
    return overAll([aggregate, metricName], [KAFKA, 'Broker ID', CLUSTER_NAME], where, options);
  }

  private ofStandard(metricName: string): string {
    refuse(this, [
      {
        when: this.brokerType === BrokerType.EXPRESS,
        message: `brokerType: got Express brokers, which have no ${metricName}, want Standard ones; use metricActiveControllers and metricCpuIdle, which both have`,
      },
    ]);
    return metricName;
  }
}

export const KAFKA = 'AWS/Kafka';
export const CLUSTER_NAME = 'Cluster Name';

/** By which CloudWatch knows a cluster; its ARN ends in `cluster/<name>/<uuid>`. */
export const clusterNameOf = (clusterArn: string): string => Fn.select(1, Fn.split('/', clusterArn));
