import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { every, SILENCE, type AlarmSpec } from './alarms';
import type { EventConsumer } from './consumer';
import { overAll } from './event-metrics';
import { sweeperAlarms } from './sweeper-alarms';

const FIVE_MINUTES = every(Duration.minutes(5));
const AT_ONCE = { above: 0, looks: 1, silence: SILENCE.ALL_IS_WELL } as const;
/** What one retry mends is over by then. */
const FOR_A_QUARTER = { above: 0, looks: 3, silence: SILENCE.ALL_IS_WELL } as const;

type OfConsumer = Omit<AlarmSpec, 'subject'>;

/** @param lagThreshold records */
export const consumerAlarms = (consumer: EventConsumer, lagThreshold: number): AlarmSpec[] => [
  ...[
    ...ofMapping(consumer),
    ...ofPollers(consumer),
    ...ofLag(consumer, lagThreshold),
    ...ofProgress(consumer),
    ...ofHandler(consumer),
    ...ofTable(consumer),
  ].map((alarm) => ({ ...alarm, subject: consumer })),
  ...sweeperAlarms(consumer.unpack, 'Unpack', consumer._period, 'what the mapping gave up is not parked'),
];

const ofMapping = (consumer: EventConsumer): OfConsumer[] => [
  {
    heading: 'Events dropped',
    severity: 'page',
    metric: consumer.metric('DroppedEventCount', FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'the mapping has dropped records: they are lost to this consumer unless the topic still holds them',
  },
  {
    heading: 'Events given up',
    severity: 'page',
    metric: consumer.metric('OnFailureDestinationDeliveredEventCount', FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'the mapping has given up records: they are kept, but good ones among them are not applied',
  },
  {
    heading: 'On-failure deliveries fail',
    severity: 'page',
    metric: consumer.metric('OnFailureDestinationDeliveryErrorCount', FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'the mapping cannot write to the on-failure bucket: what it gives up next is dropped',
  },
  {
    heading: 'Batches fail',
    severity: 'page',
    metric: consumer.metric('FailedInvokeEventCount', FIVE_MINUTES),
    // A function that dies at once has used up its 10,000 retries in three hours.
    ...{ above: 0, looks: 6, silence: SILENCE.ALL_IS_WELL },
    meaning: 'records have been tried in vain for half an hour: after 10,000 tries they are given up',
  },
  {
    heading: 'Polling errors',
    severity: 'ticket',
    metric: consumer.metric('PollingErrorCount', FIVE_MINUTES),
    ...FOR_A_QUARTER,
    meaning: 'the mapping has not reached the brokers for 15 minutes: events wait in the topic',
  },
  {
    heading: 'Commit errors',
    severity: 'ticket',
    metric: consumer.metric('CommitErrorCount', FIVE_MINUTES),
    ...FOR_A_QUARTER,
    meaning: 'the mapping has not committed offsets for 15 minutes: what is applied is delivered again',
  },
];

const ofLag = (consumer: EventConsumer, lagThreshold: number): OfConsumer[] => [
  {
    heading: 'Consumer behind',
    severity: 'ticket',
    metric: consumer.metricOffsetLag({ period: Duration.minutes(15) }),
    // A peak is over in half an hour, or the consumer is too slow for its topic.
    ...{ above: lagThreshold, looks: 2, silence: SILENCE.AS_BEFORE },
    meaning: `a partition has been ${lagThreshold} records ahead of the consumer for half an hour`,
  },
  {
    heading: 'Retention runs out',
    severity: 'page',
    metric: consumer.metricTimeLag({ period: Duration.minutes(5) }),
    // The last third is for what the estimate does not know: how long the oldest has waited already.
    ...{
      above: Math.floor((consumer.topic.retention.toSeconds() * 2) / 3),
      looks: 3,
      silence: SILENCE.AS_BEFORE,
    },
    meaning:
      "MSK estimates that what waits takes two thirds of the topic's retention to work off: what is older than that is lost",
  },
];

/** Where as many pollers are always there, there is nothing to tell. */
function ofPollers(consumer: EventConsumer): OfConsumer[] {
  const { least, most } = consumer._pollers;
  if (!(most > least)) return [];
  return [
    {
      heading: 'Pollers at their most',
      severity: 'ticket',
      metric: consumer.metric('ProvisionedPollers', { period: FIVE_MINUTES.period }),
      ...{ above: most - 1, looks: 6, silence: SILENCE.ALL_IS_WELL },
      meaning: `all ${most} pollers have been at work for half an hour: Lambda adds no more where the consumer falls behind`,
    },
  ];
}

/** What was settled, whichever way; each is counted only once it occurs. */
const SETTLED = '(FILL(applied, 0) + FILL(duplicate, 0) + FILL(parked, 0))';

const ofProgress = (consumer: EventConsumer): OfConsumer[] => [
  {
    heading: 'Consumer stands still',
    severity: 'page',
    metric: new cloudwatch.MathExpression({
      // Counted by MSK and by Lambda: a mapping that is disabled commits nothing, and counts nothing.
      expression: 'IF(lag > 0 AND FILL(committed, 0) == 0, 1, 0)',
      usingMetrics: {
        lag: consumer.metricOffsetLag({ statistic: cloudwatch.Stats.MINIMUM }),
        committed: consumer.metric('CommittedEventCount'),
      },
      period: FIVE_MINUTES.period,
      label: 'Stands still',
    }),
    // Two tries of the longest function that there may be.
    ...{ above: 0, looks: 6, silence: SILENCE.AS_BEFORE },
    meaning:
      'events have waited for half an hour and none was committed: the consumer is stuck, or its mapping disabled',
  },
  {
    heading: 'More tried again than settled',
    severity: 'ticket',
    metric: new cloudwatch.MathExpression({
      expression: `retried - ${SETTLED}`,
      usingMetrics: {
        retried: consumer.metricRetried(),
        applied: consumer.metricApplied(),
        duplicate: consumer.metricDuplicate(),
        parked: consumer.metricParked(),
      },
      period: FIVE_MINUTES.period,
      label: 'More tried again than settled',
    }),
    ...{ above: 0, looks: 6, silence: SILENCE.ALL_IS_WELL },
    meaning: 'for half an hour more records were handed back than settled: most of the work is done in vain',
  },
];

const ofHandler = (consumer: EventConsumer): OfConsumer[] => [
  {
    heading: 'Circuit breaker open',
    severity: 'page',
    metric: consumer.metricBreakerOpen(FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'everything fails, so events are held back in the topic until the code is mended',
  },
  {
    heading: 'Events parked',
    severity: 'ticket',
    metric: consumer.metricParked(FIVE_MINUTES),
    ...AT_ONCE,
    meaning: 'events could not be applied and lie among the dead letters',
  },
  {
    heading: 'Consumer function fails',
    severity: 'ticket',
    metric: consumer.handler.metricErrors(FIVE_MINUTES),
    ...FOR_A_QUARTER,
    meaning: 'invocations have failed or timed out for 15 minutes: their records are delivered again',
  },
  {
    heading: 'Consumer function throttled',
    severity: 'ticket',
    metric: consumer.handler.metricThrottles(FIVE_MINUTES),
    ...FOR_A_QUARTER,
    meaning: 'Lambda has refused invocations for 15 minutes for want of concurrency: events wait in the topic',
  },
];

/** The table's name is that of all its operations, each of which is counted for itself. */
const ofTable = ({ table }: EventConsumer): OfConsumer[] => {
  const sum = (metricName: string) =>
    overAll(['SUM', metricName], ['AWS/DynamoDB', 'Operation', 'TableName'], ['TableName', table.tableName], {
      period: FIVE_MINUTES.period,
    });
  return [
    {
      heading: 'Idempotency table throttled',
      severity: 'ticket',
      metric: sum('ThrottledRequests'),
      ...FOR_A_QUARTER,
      meaning: 'DynamoDB has throttled the idempotency table for 15 minutes: events are applied later',
    },
    {
      heading: 'Idempotency table fails',
      severity: 'ticket',
      metric: sum('SystemErrors'),
      ...FOR_A_QUARTER,
      meaning: 'DynamoDB has failed the idempotency table for 15 minutes: events wait in the topic',
    },
  ];
};
