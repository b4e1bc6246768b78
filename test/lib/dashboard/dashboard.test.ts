import type { Stack } from 'aws-cdk-lib';
import { BrokerType, KafkaCluster } from 'cdk-lossless-kafka';
import { METRIC, METRICS_NAMESPACE } from '../../../lambdas/runtime/contract';
import { contractOf, resourcesOf } from '../support';
import { flat, shown, type Options, type Row, type Widget } from './shown';

/** One screen says whether anything is lost, where events wait, how long until that hurts and who fails: a graph of nothing looks as if all were well. */

const { widgets, template } = shown();

/** Of AWS's pages, with their dimensions; the level DEFAULT. */
const KAFKA: Readonly<Record<string, readonly string[]>> = {
  ActiveControllerCount: ['Cluster Name'],
  OfflinePartitionsCount: ['Cluster Name'],
  UnderMinIsrPartitionCount: ['Broker ID', 'Cluster Name'],
  UnderReplicatedPartitions: ['Broker ID', 'Cluster Name'],
  KafkaDataLogsDiskUsed: ['Broker ID', 'Cluster Name'],
  CpuIdle: ['Broker ID', 'Cluster Name'],
  MaxOffsetLag: ['Cluster Name', 'Consumer Group', 'Topic'],
  EstimatedMaxTimeLag: ['Cluster Name', 'Consumer Group', 'Topic'],
};
const LAMBDA: Readonly<Record<string, string>> = {
  DroppedEventCount: 'EventSourceMappingUUID',
  OnFailureDestinationDeliveredEventCount: 'EventSourceMappingUUID',
  DestinationDeliveryFailures: 'FunctionName',
  Errors: 'FunctionName',
};

const optionsOf = (row: Row): Options => row.find((each) => typeof each === 'object') ?? {};
const dimensionsOf = (row: Row): Record<string, string> => {
  const texts = row.filter((each) => typeof each === 'string').slice(2);
  return Object.fromEntries(texts.flatMap((name, n) => (n % 2 === 0 ? [[name, texts[n + 1] ?? '']] : [])));
};

const rows = widgets.flatMap(({ properties: { title, metrics = [] } }) => metrics.map((row) => ({ title, row })));
const ids = (type: string) => resourcesOf(template, type).map(([id]) => id);
const told = (prefix: string, name: string) => contractOf(template, prefix).map((each) => String(each[name]));
/** A bucket as the contract of a function names it: {'Ref':'…'}. */
const bucketsTold = ['spill', 'deadLetters'].flatMap((name) =>
  told('LOSSLESS_REPLAY_', name).map((each) => /'Ref':'(\w+)'/.exec(each)?.[1]),
);
const services = [...told('LOSSLESS_CONSUMER_', 'group'), ...told('LOSSLESS_PRODUCER_', 'source'), ...bucketsTold];

test.each(rows.filter(({ row }) => typeof row[0] === 'string'))(
  '$title: $row.1 is written by somebody under these dimensions',
  ({ row }) => {
    const [namespace, name] = row as [string, string];
    const dimensions = dimensionsOf(row);
    switch (namespace) {
      case METRICS_NAMESPACE:
        expect(Object.values(METRIC)).toContain(name);
        expect(Object.keys(dimensions).sort()).toEqual(['service', 'topic']);
        expect(services).toContain(dimensions['service']);
        expect(dimensions['topic']).toBe('orders');
        break;
      case 'AWS/Kafka':
        expect(Object.keys(dimensions).sort()).toEqual(KAFKA[name]);
        expect(dimensions['Cluster Name']).toBe('the-cluster');
        if ('Consumer Group' in dimensions)
          expect(told('LOSSLESS_CONSUMER_', 'group')).toContain(dimensions['Consumer Group']);
        break;
      case 'AWS/Lambda':
        expect(Object.keys(dimensions)).toEqual([LAMBDA[name]]);
        expect([...ids('AWS::Lambda::EventSourceMapping'), ...ids('AWS::Lambda::Function')]).toContain(
          Object.values(dimensions)[0],
        );
        break;
      default:
        throw new Error(`nobody writes ${namespace}`);
    }
  },
);

test.each(rows.filter(({ row }) => optionsOf(row).expression?.startsWith('SELECT')))(
  '$title: the query asks for what MSK counts',
  ({ row }) => {
    const [, name = '', namespace, dimensions = ''] =
      /^SELECT \w+\((\w+)\) FROM SCHEMA\("([^"]+)", ([^)]+)\)/.exec(optionsOf(row).expression ?? '') ?? [];
    expect(namespace).toBe('AWS/Kafka');
    expect(dimensions.replaceAll('"', '').split(', ').sort()).toEqual(KAFKA[name]);
  },
);

test.each(rows.filter(({ row }) => / \/ /.test(optionsOf(row).expression ?? '')))(
  '$title: what is calculated is of a metric beside it',
  ({ title, row }) => {
    const [of] = (optionsOf(row).expression ?? '').split(' ');
    expect(rows.filter((each) => each.title === title).map((each) => optionsOf(each.row).id)).toContain(of);
  },
);

test('nothing overlaps, nothing is wider than the screen, and it ends below 22', () => {
  const taken = new Set<string>();
  for (const { x, y, width, height } of widgets) {
    expect(x + width).toBeLessThanOrEqual(24);
    expect(y + height).toBeLessThanOrEqual(22);
    for (let column = x; column < x + width; column += 1) {
      for (let line = y; line < y + height; line += 1) {
        expect(taken).not.toContain(`${column},${line}`);
        taken.add(`${column},${line}`);
      }
    }
  }
  expect(taken.size).toBe(24 * Math.max(...widgets.map(({ y, height }) => y + height)));
});

test('asks the four questions, from above', () => {
  expect(widgets.map(({ properties: { title } }) => title)).toEqual([
    undefined,
    'Lost or given up, in the time shown: 0, or act',
    'Alarms that ring: none, or act',
    'Wait in the topic, of the fullest partition',
    'Wait in the spill store',
    'Wait among the dead letters',
    'Until retention hurts: to work off what waits',
    'Brokers: leaders and replicas',
    'Brokers: fullest disk, busiest CPU',
    'Consumers: applied, and what fails',
    'Producers and doors: acknowledged, and what is not',
  ]);
});

test('thresholds that are drawn are those at which alarms ring', () => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  const rings = (heading: string) =>
    Number(alarms.find((each) => String(each['AlarmDescription']).endsWith(`#${heading}`))?.['Threshold']);
  const drawn = Object.fromEntries(
    widgets
      .flatMap(({ properties }) => properties.annotations?.horizontal ?? [])
      .map(({ label, value }) => [label, value]),
  );
  expect(drawn).toEqual({
    'consumer behind': rings('consumer-behind'),
    'spilled events wait': rings('spilled-events-wait') / 3_600,
    'dead letters pile up': rings('dead-letters-pile-up'),
    'retention runs out': rings('retention-runs-out') / 3_600,
    'retention: what is older is lost': 168,
    'broker disk': rings('broker-disk'),
    'broker CPU': 100 - rings('broker-cpu'),
  });
});

test('shows every alarm while it rings, those that page before all others, and leads to the runbook', () => {
  const [ringing] = widgets.filter(({ type }) => type === 'alarm') as [Widget];
  const { alarms = [], states } = ringing.properties;
  expect(states).toEqual(['ALARM']);
  expect([...alarms].sort()).toEqual(ids('AWS::CloudWatch::Alarm').sort());
  const [[, { Properties }]] = resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm') as [
    ReturnType<typeof resourcesOf>[number],
  ];
  const paging = alarms.filter((id) => flat(Properties['AlarmRule']).includes(`"${id}"`));
  expect(paging.length).toBeGreaterThan(20);
  expect(alarms.slice(0, paging.length)).toEqual(paging);
  expect(widgets[0]?.properties.markdown).toContain('[runbook](cdk-lossless-kafka/docs/runbook.md)');
});

test('is left out where it is not wanted', () => {
  expect(shown(() => ({ monitoring: { dashboard: false } })).widgets).toEqual([]);
});

test('of Express brokers shows what MSK counts of them', () => {
  const express = (stack: Stack) => ({
    cluster: new KafkaCluster(stack, 'Express', { brokerType: BrokerType.EXPRESS }),
  });
  const names = shown(express).widgets.map(({ properties }) => JSON.stringify(properties.metrics ?? []));
  expect(names.join()).not.toMatch(/OfflinePartitions|UnderMinIsr|DiskUsed/);
  expect(names.join()).toContain('CpuIdle');
});
