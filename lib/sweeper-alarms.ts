import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { every, SILENCE, type AlarmSpec } from './alarms';

/** A sweep may take five minutes, and keep the next from running meanwhile. */
const LONGEST_SWEEP = Duration.minutes(5);

/** How often to look at what sweeps tell. @param period - of the sweeps */
export const lookOf = (period: Duration): Duration =>
  period.toSeconds() > LONGEST_SWEEP.toSeconds() ? period : LONGEST_SWEEP;

/**
 * Of a function that sweeps at every period. Failing and not running are told apart: sweeps that a notification wakes never
 * fail, and would hide those of the schedule.
 */
export function sweeperAlarms(
  subject: lambda.Function,
  name: 'Replay' | 'Unpack',
  period: Duration,
  waits: string,
): AlarmSpec[] {
  const look = every(lookOf(period));
  return [
    {
      heading: `${name} fails`,
      severity: 'page',
      subject,
      metric: subject.metricErrors(look),
      ...{ above: 0, looks: 3, silence: SILENCE.ALL_IS_WELL },
      meaning: `sweeps have failed three periods long: ${waits}`,
    },
    {
      heading: `${name} does not run`,
      severity: 'page',
      subject,
      metric: subject.metricInvocations(look),
      ...{ below: 1, looks: 3, silence: SILENCE.DEAD },
      meaning: `nothing has been swept for three periods: ${waits}`,
    },
  ];
}
