import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Deployed } from '../deployed';
import type { Drift } from '../drift';
import { gone, PUT_BACK, type Reading, type Seen } from '../reading';
import { ruled } from '../ruled';

/** Names in one call: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const PAGE = 100;

export const alarms: Reading = async (all, { ask }) => {
  const seen: Seen[] = [];
  for (let first = 0; first < all.length; first += PAGE) {
    const page = all.slice(first, first + PAGE);
    const said = await ask(page[0]!, 'cloudwatch:DescribeAlarms', {
      AlarmNames: page.map(({ physicalId }) => physicalId),
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: PAGE,
    });
    if (said.kind !== 'said') continue;
    const { MetricAlarms = [], CompositeAlarms = [] } = said.value;
    const byName = new Map<unknown, MetricAlarm | CompositeAlarm>(
      [...MetricAlarms, ...CompositeAlarms].map((alarm) => [alarm.AlarmName, alarm]),
    );
    for (const of of page) {
      const alarm = byName.get(of.physicalId);
      seen.push(
        alarm ? { of, properties: propertiesOf(alarm), drifts: silent(of, alarm) } : { of, drifts: [gone(of)] },
      );
    }
  }
  return seen;
};

const propertiesOf = (alarm: MetricAlarm | CompositeAlarm): Record<string, unknown> => ({
  ActionsEnabled: alarm.ActionsEnabled,
  AlarmActions: alarm.AlarmActions?.length ? alarm.AlarmActions : undefined,
  ...('AlarmRule' in alarm && { AlarmRule: alarm.AlarmRule }),
  ...('Threshold' in alarm && { Threshold: alarm.Threshold, ComparisonOperator: alarm.ComparisonOperator }),
});

/** Also alarms on which no loss rule looks call somebody, where the template says so. */
function silent(of: Deployed, { ActionsEnabled, AlarmActions = [] }: MetricAlarm | CompositeAlarm): Drift[] {
  const { values } = of.stack;
  const wanted = [values.meaningOf(of.properties['AlarmActions']) ?? []].flat();
  const lost = wanted.filter((action) => !AlarmActions.some((each) => values.agrees(action, each)));
  if (ActionsEnabled === false && !values.agrees(of.properties['ActionsEnabled'], false)) {
    const told = {
      of,
      property: 'ActionsEnabled',
      found: 'false',
      wanted: 'true',
      fix: `aws cloudwatch enable-alarm-actions --alarm-names ${of.physicalId}`,
    };
    return [ruled('LK115', told)];
  }
  if (lost.length === 0) return [];
  const found = AlarmActions.join(', ') || 'none';
  const told = {
    of,
    property: 'AlarmActions',
    found,
    wanted: lost.map(String).join(', '),
    fix: PUT_BACK,
  };
  return [ruled('LK115', told)];
}
