import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SILENCE, type AlarmSpec } from './alarms';
import type { EventCanary } from './canary';
import { lookOf } from './sweeper-alarms';

/** Rounds that may be missed: a broker that dies costs one, and a deploy of the consumer some. */
const ROUNDS = 10;

/** Of each consumer that has to settle canaries. */
export const canaryAlarms = (canary: EventCanary): AlarmSpec[] =>
  canary.consumers.map((consumer): AlarmSpec => {
    const seconds = ROUNDS * canary._period.toSeconds();
    return {
      ...{ heading: 'Canary overdue', severity: 'page', subject: consumer },
      // The least of several: before the first one is settled, nobody knows of any.
      metric: canary.metricAge(consumer, { statistic: cloudwatch.Stats.MINIMUM, period: lookOf(canary._period) }),
      // Who sends tells it each time.
      ...{ above: seconds, looks: 2, silence: SILENCE.DEAD },
      meaning: `no canary that was sent in the last ${seconds} s has come through, or none is sent: with traffic or without, the pipeline does not deliver`,
    };
  });
