import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct, IConstruct } from 'constructs';

/** What an alarm has in common with every other, and how it is made. What each looks at is in the files `…-alarms.ts`. */

/** `page`: events are at risk while nobody acts, so somebody is woken. `ticket`: they are safe, and it waits for the morning. */
export type Severity = 'page' | 'ticket';

/** What it means that a metric says nothing. */
export const SILENCE = {
  /** Of what is counted as it happens: nothing has happened. */
  ALL_IS_WELL: cloudwatch.TreatMissingData.NOT_BREACHING,
  /** Of a state that somebody reports: nobody knows, so it is as it was. A broker that dies does not end its own alarm. */
  AS_BEFORE: cloudwatch.TreatMissingData.IGNORE,
  /** Of what a living part says all the time: it is dead. */
  DEAD: cloudwatch.TreatMissingData.BREACHING,
} as const;

export interface AlarmSpec {
  /** Of the runbook; the alarm's construct id is made of it, so it is never changed. */
  readonly heading: string;
  readonly severity: Severity;
  /** Names what it is about, and keeps alarms of the same heading apart. */
  readonly subject: IConstruct;
  readonly metric: cloudwatch.IMetric;
  /** Looks of the metric's period, all of which are above, or below, in a row. */
  readonly looks: number;
  /** It rings above this. @default - it rings below `below` */
  readonly above?: number;
  readonly below?: number;
  readonly silence: cloudwatch.TreatMissingData;
  /** What has happened, in one sentence. */
  readonly meaning: string;
}

/** `Offline partitions` is the construct `OfflinePartitions`, and `#offline-partitions` in the runbook. */
export const idOf = (heading: string): string =>
  words(heading)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');

export const addressOf = (runbookUrl: string, heading: string): string =>
  `${runbookUrl}#${words(heading).join('-').toLowerCase()}`;

const words = (heading: string): string[] => heading.split(/[ -]/);

/** How to ask for a metric: its period, and of what is counted the sum. */
export const every = (period: Duration): cloudwatch.MetricOptions => ({ period, statistic: cloudwatch.Stats.SUM });

export function makeAlarm(scope: Construct, spec: AlarmSpec, runbookUrl: string): cloudwatch.Alarm {
  const { heading, metric, above, below, looks, silence, meaning, subject } = spec;
  const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
  return new cloudwatch.Alarm(scope, idOf(heading), {
    metric,
    ...(above === undefined
      ? { threshold: below ?? 0, comparisonOperator: LESS_THAN_THRESHOLD }
      : { threshold: above, comparisonOperator: GREATER_THAN_THRESHOLD }),
    evaluationPeriods: looks,
    treatMissingData: silence,
    // CloudWatch takes 1,024 characters.
    alarmDescription: `${subject.node.path.slice(0, 256)}: ${meaning}. ${addressOf(runbookUrl, heading)}`,
  });
}
