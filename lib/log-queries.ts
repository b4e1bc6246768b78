import { Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Monitored } from './monitored';

/**
 * Questions to the logs, by the fields that the runtime writes.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
const QUERIES: Readonly<Record<string, string>> = {
  'Failures by type': `fields coalesce(code, error.code, error.name, what, why, reason) as type
| filter level in ["WARN", "ERROR"]
| stats count(*) as lines, count_distinct(eventId) as events by message, type
| sort lines desc`,
  'One event': `fields @timestamp, @log, message, topic, partition, offset, attempt, what, code, reason, error.name, object
| filter eventId = "EVENT-ID" or traceId = "TRACE-ID"
| sort @timestamp asc`,
  'Parked by reason': `filter message in ["event parked", "spilled event parked"]
| stats count(*) as events, min(@timestamp) as first, max(@timestamp) as last by reason, eventSource
| sort events desc`,
  'Slowest functions': `filter @type = "REPORT"
| stats count(*) as calls, avg(@duration) as mean, pct(@duration, 99) as p99, max(@duration) as slowest, max(@maxMemoryUsed) as memory by @log
| sort slowest desc`,
};

/** CloudWatch takes fifty groups of one query. */
const MOST_GROUPS = 50;

/** Keeps these questions in CloudWatch, under the pipeline's name, for the logs of its functions. */
export function logQueries(scope: Construct, title: string, parts: Monitored): void {
  const names = [...new Set(functionsOf(scope, parts).map(groupOf))];
  if (names.length === 0) return;
  for (const [name, queryString] of Object.entries(QUERIES)) {
    new logs.CfnQueryDefinition(scope, name.replaceAll(' ', ''), {
      name: `${title}/${name}`,
      logGroupNames: names.slice(0, MOST_GROUPS),
      queryString,
    });
  }
}

function functionsOf(scope: Construct, { consumers, producers, doors, spill }: Monitored): lambda.Function[] {
  return [
    ...consumers.flatMap(({ handler, unpack }) => [handler, unpack]),
    ...doors,
    ...(spill ? [spill.replay] : []),
    // One of a stack that needs this one already cannot be named here.
    ...producers.map(({ handler }) => handler).filter((handler) => Stack.of(handler) === Stack.of(scope)),
  ];
}

/** The function's own `logGroup` would make one. */
function groupOf(of: lambda.Function): string {
  const { loggingConfig } = of.node.defaultChild as lambda.CfnFunction;
  const told = Token.isUnresolved(loggingConfig) ? undefined : loggingConfig;
  return (told as lambda.CfnFunction.LoggingConfigProperty | undefined)?.logGroup ?? `/aws/lambda/${of.functionName}`;
}
