import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { CLUSTER_NAME, clusterNameOf, KAFKA } from './cluster-metrics';
import { warnOfUncountedLag } from './consumer-parts';
import { eventMetric } from './event-metrics';
import type { IKafkaTopic } from './interfaces';

/** What Lambda counts of a mapping: events, errors, how far the group is behind the topic, and pollers at work. */
export type MappingMetric =
  | 'PolledEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'CommittedEventCount'
  | 'OnFailureDestinationDeliveredEventCount'
  | 'DroppedEventCount'
  | 'PollingErrorCount'
  | 'InvokeErrorCount'
  | 'CommitErrorCount'
  | 'OnFailureDestinationDeliveryErrorCount'
  | 'SumOffsetLag'
  | 'MaxOffsetLag'
  | 'ProvisionedPollers';

/** What is counted of a consumer: by its handler, by its mapping, and by MSK. */
export abstract class MeasuredConsumer extends Construct {
  abstract readonly topic: IKafkaTopic;
  abstract readonly group: string;
  abstract readonly mapping: lambda.EventSourceMapping;

  /** What Lambda counts of the mapping, by its name. @default options - of five minutes the sum, or of lags and pollers the maximum */
  metric(metricName: MappingMetric, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: this.mapping.eventSourceMappingId },
      statistic: /Lag$|Pollers$/.test(metricName) ? cloudwatch.Stats.MAXIMUM : cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(this);
  }

  /** Records that cannot be applied and lie among the dead letters now. @default options - of five minutes the sum */
  metricParked(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'parked', this.counted(), options);
  }

  /** Records whose effect has taken place. @default options - of five minutes the sum */
  metricApplied(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'applied', this.counted(), options);
  }

  /** Records whose event was settled before. @default options - of five minutes the sum */
  metricDuplicate(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'duplicate', this.counted(), options);
  }

  /** Records handed back to the mapping, to be delivered again. @default options - of five minutes the sum */
  metricRetried(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'retried', this.counted(), options);
  }

  /** Tries that the circuit breaker held back from being parked: above 0 it is open. @default options - of five minutes the sum */
  metricBreakerOpen(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'breakerOpen', this.counted(), options);
  }

  /** Milliseconds from a record's time on the broker to its effect. @default options - of five minutes the 99th percentile */
  metricTimeToEffect(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return eventMetric(this, 'timeToEffect', this.counted(), { statistic: cloudwatch.Stats.p(99), ...options });
  }

  /**
   * Records by which the topic is ahead of the group, in the partition where it is furthest, as MSK counts them: also while the
   * mapping is disabled, when Lambda counts nothing. Of a group whose name holds a colon MSK counts none.
   * @default options - of five minutes the maximum
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html
   */
  metricOffsetLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfGroup('MaxOffsetLag', options);
  }

  /**
   * Seconds that it takes the group to work off that lag, as MSK estimates it. How old the oldest waiting record is, no metric says.
   * @default options - of five minutes the maximum
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
   */
  metricTimeLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfGroup('EstimatedMaxTimeLag', options);
  }

  private metricOfGroup(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    warnOfUncountedLag(this, this.group);
    const { topicName: Topic, cluster } = this.topic;
    const name = clusterNameOf(cluster.clusterArn);
    return new cloudwatch.Metric({
      namespace: KAFKA,
      metricName,
      dimensionsMap: { [CLUSTER_NAME]: name, 'Consumer Group': this.group, Topic },
      statistic: cloudwatch.Stats.MAXIMUM,
      ...options,
    }).attachTo(this);
  }

  private counted(): { service: string; topic: string } {
    return { service: this.group, topic: this.topic.topicName };
  }
}
