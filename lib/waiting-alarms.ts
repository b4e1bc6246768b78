import { Duration } from 'aws-cdk-lib';
import { SILENCE, type AlarmSpec } from './alarms';
import type { SpillStore } from './spill';
import { lookOf } from './sweeper-alarms';

/** Shown on the dashboard, too. */
export const THRESHOLDS = { spilledAge: Duration.hours(1), letterAge: Duration.days(7), letters: 1_000 } as const;

/** Of what waits for replay, and of what waits for a person: replay counts both. Where it does not run, another alarm rings. */
export function waitingAlarms(spill: SpillStore): AlarmSpec[] {
  const { deadLetters, topic } = spill;
  const look = { period: lookOf(spill._period) };
  return [
    {
      ...{ heading: 'Spilled events wait', severity: 'page', subject: spill },
      metric: spill.metricOldestAge(look),
      // Sweeps end well also where they leave what nobody can send.
      ...{ above: THRESHOLDS.spilledAge.toSeconds(), looks: 3, silence: SILENCE.AS_BEFORE },
      meaning:
        'spilled events have waited for more than an hour: what has waited for 14 days is parked in place of being sent',
    },
    {
      ...{ heading: 'Dead letters pile up', severity: 'ticket', subject: deadLetters },
      metric: deadLetters.metricWaiting(topic, look),
      ...{ above: THRESHOLDS.letters, looks: 1, silence: SILENCE.AS_BEFORE },
      meaning: `more than ${THRESHOLDS.letters} dead letters of the topic wait for somebody`,
    },
    {
      ...{ heading: 'Dead letters grow old', severity: 'ticket', subject: deadLetters },
      metric: deadLetters.metricOldestAge(topic, look),
      ...{ above: THRESHOLDS.letterAge.toSeconds(), looks: 1, silence: SILENCE.AS_BEFORE },
      meaning: 'a dead letter of the topic has waited for somebody for more than a week',
    },
  ];
}
