import { METRICS_NAMESPACE } from '../../lambdas/runtime/contract';
import { items } from './doors';
import type { Graph, Resource } from '../reading/graph';
import { fail, forEach, judge, pass, undecided, type Place, type Rule, type Verdict } from './rule';
import type { Match } from '../reading/matching';
import { symbol } from '../reading/symbols';
import { certainly, known, map, or, then, type Read } from '../reading/value';

/** Alarms that cannot tell anybody, and disks that cannot grow. */

const ALARM = 'AWS::CloudWatch::Alarm';

/** Metrics of Lambda that say how events fare; all of Kafka's and of our own do. */
const OF_EVENTS = [
  'AsyncEventsDropped',
  'DeadLetterErrors',
  'DestinationDeliveryFailures',
  'DroppedEventCount',
  'FailedInvokeEventCount',
  'OffsetLag',
  'OnFailureDestinationDeliveredEventCount',
];

function isOnEvents(alarm: Resource): boolean {
  const metrics = [alarm, ...items(alarm.at('Metrics')).map((each) => each.at('MetricStat.Metric'))];
  return metrics.some((metric) => {
    const [space, name] = [metric.at('Namespace').string(), metric.at('MetricName').string()];
    return (
      certainly(space, (text) => text === 'AWS/Kafka' || text === METRICS_NAMESPACE) ||
      (certainly(space, (text) => text === 'AWS/Lambda') && certainly(name, (text) => OF_EVENTS.includes(text)))
    );
  });
}

/** Percentages; the other metrics have no upper end. */
const PERCENT = ['CpuIdle', 'CpuSystem', 'CpuUser', 'KafkaAppLogsDiskUsed', 'KafkaDataLogsDiskUsed', 'RootDiskUsed'];

/** Which values set an alarm off: from a number up, or down from one. */
const ABOVE = ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold'];
const BELOW = ['LessThanThreshold', 'LessThanOrEqualToThreshold'];

/** Metrics begin at 0: an alarm that is never set off, or always, never changes, and so calls nobody. */
function canChange(alarm: Resource): Read<boolean> {
  const highest = map(alarm.at('MetricName').string(), (name) => (PERCENT.includes(name) ? 100 : Infinity));
  return then(highest, (most) =>
    then(alarm.at('ComparisonOperator').string(), (operator) =>
      map(alarm.at('Threshold').number(), (limit) => {
        if (operator === ABOVE[0]) return limit >= 0 && limit < most;
        if (operator === ABOVE[1]) return limit > 0 && limit <= most;
        if (operator === BELOW[0]) return limit > 0 && limit <= most;
        return operator !== BELOW[1] || (limit >= 0 && limit < most);
      }),
    ),
  );
}

/** Another alarm that is made of it, or a rule about all alarms, may speak for it. */
const isHeard = (graph: Graph, alarm: Resource): boolean => {
  const name = alarm.at('AlarmName').text();
  const names = [symbol(alarm.id), symbol(`${alarm.id}.Arn`), ...(name.kind === 'known' ? [name.value] : [])];
  return (
    graph
      .ofType('AWS::CloudWatch::CompositeAlarm')
      .some((whole) => certainly(whole.at('AlarmRule').text(), (rule) => names.some((each) => rule.includes(each)))) ||
    graph
      .ofType('AWS::Events::Rule')
      .some((rule) =>
        items(rule.at('EventPattern.source')).some((source) =>
          certainly(source.string(), (text) => text === 'aws.cloudwatch'),
        ),
      )
  );
};

function judgeAlarm(alarm: Resource, graph: Graph): Verdict[] {
  const at = (property: string): Place => ({ resource: alarm, property });
  if (isHeard(graph, alarm)) return [judgeRange(alarm)];
  const actions = or(alarm.at('AlarmActions').list(), () => known([]));
  return [
    judgeRange(alarm),
    judge(at('ActionsEnabled'), alarm.at('ActionsEnabled').boolean(), { want: 'true', ok: Boolean, byDefault: true }),
    judge(
      at('AlarmActions'),
      map(actions, (list) => list.length),
      { want: 'an action', ok: (count) => count > 0 },
    ),
  ];
}

function judgeRange(alarm: Resource): Verdict {
  const place: Place = { resource: alarm, property: 'Threshold' };
  const changes = canChange(alarm);
  const want = 'a threshold that the metric can pass';
  if (changes.kind === 'unknown') return undecided(place, changes.why, want);
  if (!certainly(changes, (yes) => !yes)) return pass(place);
  const threshold = alarm.at('Threshold').number();
  return fail(place, `${threshold.kind === 'known' ? threshold.value : ''}, which it never passes`, want);
}

/** Whether an alarm can call anybody. */
export function tells(graph: Graph, alarm: Resource): Match {
  const verdicts = judgeAlarm(alarm, graph);
  if (verdicts.some(({ status }) => status === 'fail')) return 'no';
  return verdicts.some(({ status }) => status === 'undecided') ? 'maybe' : 'yes';
}

/** GiB: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-msk-cluster-ebsstorageinfo.html */
const SMALLEST_DISK = 1;
/** GiB by which MSK makes a disk larger at least: https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html */
const SMALLEST_STEP = 10;

/**
 * Whether a target of storage autoscaling and its policy can make the disks of a cluster larger. Where the template does
 * not say their size, MSK chooses it, and no page says which: only a limit that is below that of every disk is held against it.
 */
export function grows(cluster: Resource, target: Resource, policy: Resource): Match {
  const size = or(cluster.at('BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize').number(), () =>
    known(SMALLEST_DISK),
  );
  const reads: Read<boolean>[] = [
    map(target.at('SuspendedState.DynamicScalingOutSuspended').boolean(), (suspended) => !suspended),
    then(size, (own) => map(target.at('MaxCapacity').number(), (most) => most >= own + SMALLEST_STEP)),
    map(
      policy.at('TargetTrackingScalingPolicyConfiguration.TargetValue').number(),
      (percent) => percent > 0 && percent < 100,
    ),
  ];
  if (reads.some((read) => certainly(read, (yes) => !yes))) return 'no';
  return reads.some(({ kind }) => kind === 'unknown') ? 'maybe' : 'yes';
}

export const ALARM_RULES: readonly Rule[] = [
  {
    code: 'LK115',
    name: 'void-alarm',
    severity: 'warning',
    why: 'nobody hears that events are dropped, or wait until their retention ends',
    fix: {
      cdk: 'give the alarm a threshold within the range of its metric, and addAlarmAction(new SnsAction(topic))',
      cloudFormation:
        'set Threshold within the range of the metric, name an SNS topic in AlarmActions, and leave ActionsEnabled out',
    },
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html',
    check: forEach(ALARM, (alarm, graph) => (isOnEvents(alarm) ? judgeAlarm(alarm, graph) : [])),
  },
];
