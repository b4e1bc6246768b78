import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { METRIC, METRICS_NAMESPACE } from '../lambdas/runtime/contract';
import type { IKafkaTopic } from './interfaces';

/**
 * What the runtime counts, under the dimensions by which it writes.
 *
 * @param by - `service`: a consumer group, the source of a producer, or the name of a bucket in which something waits
 */
export const eventMetric = (
  scope: IConstruct,
  metric: keyof typeof METRIC,
  by: { readonly service: string; readonly topic: string },
  options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: METRICS_NAMESPACE,
    metricName: METRIC[metric],
    dimensionsMap: { ...by },
    statistic: cloudwatch.Stats.SUM,
    ...options,
  }).attachTo(scope);

/** What replay counts in a bucket at each of its scheduled sweeps. @param options - the maximum of five minutes where nothing is said */
export const waitingMetric = (
  scope: IConstruct,
  metric: 'objectsWaiting' | 'oldestObject',
  { bucket, topic }: { readonly bucket: s3.IBucket; readonly topic: IKafkaTopic },
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric =>
  eventMetric(
    scope,
    metric,
    { service: bucket.bucketName, topic: topic.topicName },
    { statistic: cloudwatch.Stats.MAXIMUM, ...options },
  );

/**
 * Of all metrics of a name, one for each broker or operation, the sum, the highest or the lowest, by a query of CloudWatch
 * Metrics Insights: an alarm takes ten metrics at most, and a cluster may have sixty brokers.
 *
 * @param where - the dimension that all have, and its value
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export const overAll = (
  [aggregate, metricName]: readonly [aggregate: 'SUM' | 'MAX' | 'MIN', metricName: string],
  [namespace, ...dimensions]: readonly [namespace: string, ...dimensions: string[]],
  where: readonly [dimension: string, value: string],
  options: cloudwatch.MathExpressionOptions = {},
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `SELECT ${aggregate}(${metricName}) FROM SCHEMA("${namespace}", ${dimensions.map((name) => `"${name}"`).join(', ')}) WHERE "${where[0]}" = '${where[1]}'`,
    label: metricName,
    ...options,
  });

/**
 * The same, of the broker that has most: where a broker counts in several parts, which their sum over one minute makes whole.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export const ofTheBusiest = (
  metricName: string,
  [namespace, of, ...dimensions]: readonly [namespace: string, of: string, ...dimensions: string[]],
  where: readonly (readonly [dimension: string, value: string])[],
  options: cloudwatch.MathExpressionOptions = {},
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `SELECT SUM(${metricName}) FROM SCHEMA("${namespace}", ${[of, ...dimensions].map((name) => `"${name}"`).join(', ')}) WHERE ${where.map(([name, value]) => `"${name}" = '${value}'`).join(' AND ')} GROUP BY "${of}" ORDER BY SUM() DESC LIMIT 1`,
    label: metricName,
    period: Duration.minutes(1),
    ...options,
  });
