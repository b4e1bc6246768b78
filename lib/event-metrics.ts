import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { METRIC, METRICS_NAMESPACE } from '../lambdas/runtime/contract';

/**
 * What the runtime counts, under the dimensions by which it writes.
 *
 * @param by - `service`: a consumer group, or the source of a producer
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
