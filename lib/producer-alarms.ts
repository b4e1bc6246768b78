import { Duration } from 'aws-cdk-lib';
import { every, SILENCE, type AlarmSpec } from './alarms';
import type { IngestFunction } from './ingest';
import type { EventProducer } from './producer';

const FIVE_MINUTES = every(Duration.minutes(5));
const AT_ONCE = { above: 0, looks: 1, silence: SILENCE.ALL_IS_WELL } as const;

/** None of them wakes anybody: every caller has heard what became of its events. */
export const producerAlarms = (subject: EventProducer): AlarmSpec[] => [
  {
    ...{ heading: 'Events spilled', severity: 'ticket', subject },
    metric: subject.metricSpilled(FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'Kafka did not take events in time: they lie in the spill store until replay has sent them',
  },
  {
    ...{ heading: 'Events rejected', severity: 'ticket', subject },
    metric: subject.metricRejected(FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'events were refused, and their callers told so',
  },
  {
    ...{ heading: 'Outcome unknown', severity: 'ticket', subject },
    metric: subject.metricUnknown(FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'neither Kafka nor the spill store answered in time: callers were told that nobody knows',
  },
  {
    ...{ heading: 'Topic unchecked', severity: 'ticket', subject },
    metric: subject.metricUnchecked(FIVE_MINUTES),
    // A sandbox looks once in five minutes, and counts nothing but a right that is missing: no retry mends that.
    ...AT_ONCE,
    meaning: "the producer may not see the topic's settings: whether they keep what is acknowledged is not known",
  },
];

/** Of what comes without anybody waiting: only a door that keeps such calls, or takes from queues, has any. */
export const doorAlarms = (door: IngestFunction): AlarmSpec[] => {
  const { calls, queues } = door._waiting;
  const lost: AlarmSpec = {
    ...{ heading: 'Calls not kept', severity: 'page', subject: door },
    metric: door.metric('DestinationDeliveryFailures', FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'Lambda could not put a call that failed into the bucket of failures: its events are lost',
  };
  return [
    ...(calls ? [lost] : []),
    ...queues.map((queue): AlarmSpec => ({
      ...{ heading: 'Messages not taken', severity: 'ticket', subject: queue },
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' }),
      ...AT_ONCE,
      meaning: 'messages that did not become events wait in a queue, whose retention ends',
    })),
  ];
};
