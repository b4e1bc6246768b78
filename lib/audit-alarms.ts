import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SILENCE, type AlarmSpec } from './alarms';
import type { EventAudit } from './audit';
import { lookOf } from './sweeper-alarms';

/** Of each consumer that is audited: what was found, and that it was looked. */
export const auditAlarms = (audit: EventAudit): AlarmSpec[] =>
  audit.consumers.flatMap((consumer): AlarmSpec[] => [
    {
      ...{ heading: 'Unaccounted events', severity: 'page', subject: consumer },
      metric: audit.metricUnaccounted(consumer),
      // Each audit says how many there are: one that fails, or is not run, ends nothing.
      ...{ above: 0, looks: 1, silence: SILENCE.AS_BEFORE },
      meaning: 'two audits running found records that are neither settled nor waiting anywhere',
    },
    {
      ...{ heading: 'Audit does not run', severity: 'ticket', subject: consumer },
      metric: audit.metricUnaccounted(consumer, {
        ...{ statistic: cloudwatch.Stats.SAMPLE_COUNT, period: lookOf(audit._period) },
      }),
      ...{ below: 1, looks: 3, silence: SILENCE.DEAD },
      meaning: 'no audit has come to an end for three periods: nobody would know of a record that is unaccounted',
    },
  ]);
