import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EventConsumer } from './consumer';
import { IngestFunction } from './ingest';
import { BrokerType, type IKafkaCluster } from './interfaces';
import type { Monitored } from './monitored';
import type { EventProducer } from './producer';
import type { SpillStore } from './spill';
import { THRESHOLDS } from './waiting-alarms';

/** One screen: is anything lost, where do events wait, how long until that hurts, and who fails. */

export interface DashboardOptions {
  /** What it is of. */
  readonly title: string;
  readonly runbookUrl: string;
  readonly lagThreshold: number;
  /** Those that page first. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/** Rows of widgets, each at most 24 wide. What there is none of has no widget. */
export function dashboardOf(parts: Monitored, options: DashboardOptions): cloudwatch.IWidget[][] {
  const { cluster, spill, consumers, producers } = parts;
  const losses = lost(parts);
  return [
    [header(options)],
    [...losses, lights(options.alarms, losses.length > 0 ? 15 : 24)],
    [...inTopic(consumers, options.lagThreshold), ...(spill ? [spilled(spill), parked(spill)] : [])],
    [...beforeRetention(consumers), ...(cluster ? [replicas(cluster), brokers(cluster)] : [])],
    [...failing(consumers, 12), ...publishing(producers, 12)],
  ];
}

const header = ({ title, runbookUrl }: DashboardOptions): cloudwatch.IWidget =>
  new cloudwatch.TextWidget({
    width: 24,
    height: 2,
    markdown: `## ${title}\nFrom above: is anything **lost** · where do events **wait** · how long until **retention** hurts · who **fails**. What to do: [runbook](${runbookUrl}).`,
  });

function lost({ consumers, doors }: Monitored): cloudwatch.IWidget[] {
  const metrics = [
    ...consumers.flatMap((consumer) => [
      consumer.metric('DroppedEventCount', { label: `${consumer.node.id}: dropped` }),
      consumer.metric('OnFailureDestinationDeliveredEventCount', { label: `${consumer.node.id}: given up, kept` }),
    ]),
    ...doors
      .filter((door) => door._waiting.calls)
      .map((door) =>
        door.metric('DestinationDeliveryFailures', { label: `${door.node.id}: calls not kept`, statistic: 'Sum' }),
      ),
  ];
  if (metrics.length === 0) return [];
  const title = 'Lost or given up, in the time shown: 0, or act';
  return [new cloudwatch.SingleValueWidget({ title, metrics, width: 9, height: 3, setPeriodToTimeRange: true })];
}

/** A widget takes a hundred alarms: those that page come first. */
const lights = (alarms: readonly cloudwatch.IAlarm[], width: number): cloudwatch.IWidget =>
  new cloudwatch.AlarmStatusWidget({
    ...{ title: 'Alarms that ring: none, or act', width, height: 3 },
    alarms: alarms.slice(0, 100),
    states: [cloudwatch.AlarmState.ALARM],
    sortBy: cloudwatch.AlarmStatusWidgetSortBy.TIMESTAMP,
  });

const HEIGHT = 5;
const line = (value: number, label: string, color = cloudwatch.Color.RED) => ({ value, label, color });
const graph = (title: string, props: Omit<cloudwatch.GraphWidgetProps, 'title' | 'height'>): cloudwatch.IWidget =>
  new cloudwatch.GraphWidget({ title, height: HEIGHT, width: 8, ...props });
const axis = (label: string) => ({ label, min: 0, showUnits: false });

const ofEach = <T>(all: readonly T[], ...widgets: readonly ((all: readonly T[]) => cloudwatch.IWidget)[]) =>
  all.length === 0 ? [] : widgets.map((widget) => widget(all));

const inTopic = (consumers: readonly EventConsumer[], lagThreshold: number) =>
  ofEach(consumers, () =>
    graph('Wait in the topic, of the fullest partition', {
      left: consumers.map((consumer) => consumer.metricOffsetLag({ label: consumer.node.id })),
      leftYAxis: axis('records'),
      leftAnnotations: [line(lagThreshold, 'consumer behind', cloudwatch.Color.ORANGE)],
    }),
  );

const ages = (oldest: cloudwatch.IMetric, unit: 'hours' | 'days') =>
  new cloudwatch.MathExpression({
    expression: `oldest / ${Duration[unit](1).toSeconds()}`,
    usingMetrics: { oldest },
    label: `oldest, ${unit}`,
    period: Duration.minutes(5),
  });

const spilled = (spill: SpillStore) =>
  graph('Wait in the spill store', {
    left: [spill.metricWaiting({ label: 'objects' })],
    leftYAxis: axis('objects'),
    right: [ages(spill.metricOldestAge(), 'hours')],
    rightYAxis: axis('hours'),
    rightAnnotations: [line(THRESHOLDS.spilledAge.toHours(), 'spilled events wait')],
  });

const parked = ({ deadLetters, topic }: SpillStore) =>
  graph('Wait among the dead letters', {
    left: [deadLetters.metricWaiting(topic, { label: 'dead letters' })],
    leftYAxis: axis('letters'),
    leftAnnotations: [line(THRESHOLDS.letters, 'dead letters pile up', cloudwatch.Color.ORANGE)],
    right: [ages(deadLetters.metricOldestAge(topic), 'days')],
    rightYAxis: axis('days'),
  });

/** Of several topics the shortest retention: the first to hurt. */
const beforeRetention = (consumers: readonly EventConsumer[]) =>
  ofEach(consumers, () => {
    const retention = Math.min(...consumers.map(({ topic }) => topic.retention.toHours({ integral: false })));
    return graph('Until retention hurts: to work off what waits', {
      left: consumers.map(
        (consumer, n) =>
          new cloudwatch.MathExpression({
            expression: `lag${n} / 3600`,
            usingMetrics: { [`lag${n}`]: consumer.metricTimeLag() },
            label: consumer.node.id,
            period: Duration.minutes(5),
          }),
      ),
      leftYAxis: axis('hours'),
      leftAnnotations: [
        line(Math.floor((retention * 2) / 3), 'retention runs out', cloudwatch.Color.ORANGE),
        line(retention, 'retention: what is older is lost'),
      ],
    });
  });

const replicas = (cluster: IKafkaCluster) =>
  graph('Brokers: leaders and replicas', {
    left: [
      ...(cluster.brokerType === BrokerType.EXPRESS
        ? []
        : [
            cluster.metricOfflinePartitions({ label: 'partitions offline' }),
            cluster.metricUnderMinIsr({ label: 'under min ISR', period: Duration.minutes(5) }),
            cluster.metricUnderReplicated({ label: 'under-replicated', period: Duration.minutes(5) }),
          ]),
      cluster.metricActiveControllers({ label: 'controllers: 1' }),
    ],
    leftYAxis: axis('partitions'),
  });

const brokers = (cluster: IKafkaCluster) =>
  graph('Brokers: fullest disk, busiest CPU', {
    left: [
      ...(cluster.brokerType === BrokerType.EXPRESS ? [] : [cluster.metricDiskUsed({ label: 'disk used' })]),
      new cloudwatch.MathExpression({
        expression: '100 - idle',
        usingMetrics: { idle: cluster.metricCpuIdle() },
        label: 'CPU busy',
        period: Duration.minutes(5),
      }),
    ],
    leftYAxis: { ...axis('percent'), max: 100 },
    leftAnnotations: [
      ...(cluster.brokerType === BrokerType.EXPRESS ? [] : [line(85, 'broker disk')]),
      line(60, 'broker CPU', cloudwatch.Color.ORANGE),
    ],
  });

const failing = (consumers: readonly EventConsumer[], width: number) =>
  ofEach(consumers, () =>
    graph('Consumers: applied, and what fails', {
      width,
      left: consumers.flatMap((consumer) => {
        const { id } = consumer.node;
        return [
          consumer.metricParked({ label: `${id}: parked` }),
          consumer.metricRetried({ label: `${id}: tried again` }),
          consumer.metricBreakerOpen({ label: `${id}: held by the breaker` }),
          consumer.handler.metricErrors({ label: `${id}: errors` }),
        ];
      }),
      leftYAxis: axis('in 5 minutes'),
      right: consumers.map((consumer) => consumer.metricApplied({ label: `${consumer.node.id}: applied` })),
      rightYAxis: axis('applied'),
    }),
  );

/** A door's producer goes by the door's name. */
const nameOf = ({ node }: EventProducer) => (node.scope instanceof IngestFunction ? node.scope.node.id : node.id);

const publishing = (producers: readonly EventProducer[], width: number) =>
  ofEach(producers, () =>
    graph('Producers and doors: acknowledged, and what is not', {
      width,
      left: producers.flatMap((producer) => [
        producer.metricSpilled({ label: `${nameOf(producer)}: spilled` }),
        producer.metricRejected({ label: `${nameOf(producer)}: rejected` }),
        producer.metricUnknown({ label: `${nameOf(producer)}: unknown` }),
      ]),
      leftYAxis: axis('in 5 minutes'),
      right: producers.map((producer) => producer.metricAcked({ label: `${nameOf(producer)}: acknowledged` })),
      rightYAxis: axis('acknowledged'),
    }),
  );
