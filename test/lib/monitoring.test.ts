import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { BrokerType, EventConsumer, EventPipeline, PipelineMonitoring } from 'cdk-lossless-kafka';
import type { EventPipelineProps, PipelineMonitoringProps } from 'cdk-lossless-kafka';
import { KafkaCluster } from '../../lib/cluster';
import { findingsOf } from '../../rules';
import { newApp, newFunction, newStack, pipelineOnExistingTopic, resourcesOf } from './support';

/** Whoever is on call hears of what puts events at risk, and is led to what to do. */

const RUNBOOK = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

/** A pipeline that has everything an alarm looks at. */
function everything(props: Partial<EventPipelineProps> = {}) {
  const stack = new Stack(newApp(), 'Shop');
  const pipeline = new EventPipeline(stack, 'Orders', {
    topicName: 'orders',
    audit: true,
    canary: true,
    monitoring: false,
    ...props,
  });
  const door = pipeline.addIngest('Ingest');
  door.addRule('Rule', { eventPattern: { source: ['shop'] } });
  const queue = new Queue(stack, 'In', {
    visibilityTimeout: Duration.minutes(3),
    deadLetterQueue: { queue: new Queue(stack, 'Failed'), maxReceiveCount: 10 },
  });
  door.addQueue('Queue', { queue });
  pipeline.addConsumer('Billing', {
    handler: newFunction(stack),
    unpackOptions: { period: Duration.minutes(10) },
  });
  return { stack, pipeline, door };
}

const unwatched = (stack: Stack) => pipelineOnExistingTopic(stack, undefined, { monitoring: false });

interface Alarm {
  readonly heading: string;
  readonly id: string;
  readonly of: Record<string, unknown>;
}

const alarmsOf = (stack: Stack): Alarm[] =>
  resourcesOf(Template.fromStack(stack), 'AWS::CloudWatch::Alarm').map(([id, { Properties: of }]) => ({
    heading: (of['AlarmDescription'] as string).split('#')[1] ?? '',
    ...{ id, of },
  }));

/** With all their actions, of a pipeline with everything. */
function watched(props: Partial<PipelineMonitoringProps> = {}, of: Partial<EventPipelineProps> = {}) {
  const { stack, pipeline, door } = everything(of);
  const [page, ticket] = [new Topic(stack, 'Page'), new Topic(stack, 'Ticket')];
  const actions = { alarmActions: [new SnsAction(page)], ticketActions: [new SnsAction(ticket)] };
  const monitoring = new PipelineMonitoring(stack, 'Monitoring', { pipeline, ...actions, ...props });
  const paged = stack.resolve(page.topicArn) as object;
  return { stack, pipeline, door, monitoring, paged, alarms: alarmsOf(stack) };
}

const AT_ONCE = [0, 300, 1, 'notBreaching'] as const;
const FOR_A_QUARTER = [0, 300, 3, 'notBreaching'] as const;
type Wanted = readonly [threshold: number, period: number, looks: number, silence: string];

/** Each heading with who hears of it, at what, looked at how often, and what silence means. */
const WANTED: Readonly<Record<string, readonly ['page' | 'ticket', ...Wanted]>> = {
  'no-active-controller': ['page', 1, 60, 5, 'breaching'],
  'offline-partitions': ['page', 0, 60, 2, 'ignore'],
  'partitions-under-min-isr': ['page', 0, 60, 3, 'ignore'],
  'under-replicated-partitions': ['ticket', 0, 300, 3, 'ignore'],
  'broker-disk': ['page', 85, 300, 1, 'ignore'],
  'broker-cpu': ['ticket', 40, 300, 3, 'ignore'],
  'client-connections': ['ticket', 2_400, 60, 15, 'ignore'],
  'traffic-shaped': ['ticket', 0, 300, 3, 'notBreaching'],
  'events-dropped': ['page', ...AT_ONCE],
  'events-given-up': ['page', ...AT_ONCE],
  'on-failure-deliveries-fail': ['page', ...AT_ONCE],
  'batches-fail': ['page', 0, 300, 6, 'notBreaching'],
  'polling-errors': ['ticket', ...FOR_A_QUARTER],
  'commit-errors': ['ticket', ...FOR_A_QUARTER],
  'pollers-at-their-most': ['ticket', 9, 300, 6, 'notBreaching'],
  'consumer-stands-still': ['page', 0, 300, 6, 'ignore'],
  'more-tried-again-than-settled': ['ticket', 0, 300, 6, 'notBreaching'],
  'consumer-behind': ['ticket', 100_000, 900, 2, 'ignore'],
  'retention-runs-out': ['page', 403_200, 300, 3, 'ignore'],
  'circuit-breaker-open': ['page', ...AT_ONCE],
  'events-parked': ['ticket', ...AT_ONCE],
  'consumer-function-fails': ['ticket', ...FOR_A_QUARTER],
  'consumer-function-throttled': ['ticket', ...FOR_A_QUARTER],
  'idempotency-table-throttled': ['ticket', ...FOR_A_QUARTER],
  'idempotency-table-fails': ['ticket', ...FOR_A_QUARTER],
  'unpack-fails': ['page', 0, 600, 3, 'notBreaching'],
  'unpack-does-not-run': ['page', 1, 600, 3, 'breaching'],
  'events-spilled': ['ticket', ...AT_ONCE],
  'events-rejected': ['ticket', ...AT_ONCE],
  'outcome-unknown': ['ticket', ...AT_ONCE],
  'topic-unchecked': ['ticket', ...AT_ONCE],
  'calls-not-kept': ['page', ...AT_ONCE],
  'messages-not-taken': ['ticket', ...AT_ONCE],
  'replay-fails': ['page', 0, 300, 3, 'notBreaching'],
  'replay-does-not-run': ['page', 1, 300, 3, 'breaching'],
  'spilled-events-wait': ['page', 3_600, 300, 3, 'ignore'],
  'dead-letters-pile-up': ['ticket', 1_000, 300, 1, 'ignore'],
  'dead-letters-grow-old': ['ticket', 604_800, 300, 1, 'ignore'],
  'key-switched-off': ['page', ...AT_ONCE],
  'unaccounted-events': ['page', 0, 60, 1, 'ignore'],
  'canary-overdue': ['page', 600, 300, 2, 'breaching'],
  'audit-does-not-run': ['ticket', 1, 300, 3, 'breaching'],
};
/** These ring below their threshold, all others above. */
const BELOW = [
  'no-active-controller',
  'broker-cpu',
  'unpack-does-not-run',
  'replay-does-not-run',
  'audit-does-not-run',
];

interface OfMath {
  readonly Period?: number;
  readonly Expression?: string;
  readonly Id: string;
  readonly MetricStat?: {
    readonly Period: number;
    readonly Stat: string;
    readonly Metric: { readonly MetricName: string };
  };
}

const mathOf = (of: Alarm['of']): readonly OfMath[] => (of['Metrics'] ?? []) as readonly OfMath[];

/** The period of a metric stands in the alarm, with the query it is made by, or with each of those that an expression takes. */
const periodOf = (of: Alarm['of']): unknown => {
  const inMath = new Set(mathOf(of).flatMap(({ Period, MetricStat }) => Period ?? MetricStat?.Period ?? []));
  return of['Period'] ?? (inMath.size === 1 ? [...inMath][0] : [...inMath]);
};

describe('a pipeline with everything', () => {
  const { alarms, stack, paged, monitoring } = watched();
  const byHeading = new Map(alarms.map((alarm) => [alarm.heading, alarm.of]));

  test('has an alarm for each of these, and no other', () => {
    expect([...byHeading.keys()].sort()).toEqual(Object.keys(WANTED).sort());
    // Two queues keep what was not taken.
    expect(alarms).toHaveLength(Object.keys(WANTED).length + 1);
    expect(monitoring.alarms).toHaveLength(alarms.length);
  });

  test.each(Object.entries(WANTED))('%s: %j', (heading, [severity, ...wanted]) => {
    const of = byHeading.get(heading) ?? {};
    expect([of['Threshold'], periodOf(of), of['EvaluationPeriods'], of['TreatMissingData']]).toEqual(wanted);
    expect(of['ComparisonOperator']).toBe(BELOW.includes(heading) ? 'LessThanThreshold' : 'GreaterThanThreshold');
    expect(JSON.stringify(of['AlarmActions']) === JSON.stringify([paged])).toBe(severity === 'page');
    expect(of['AlarmActions']).toHaveLength(1);
  });

  test('one alarm rings while one of those rings that page, and no ticket is in it', () => {
    const [[, whole] = ['', undefined], ...more] = resourcesOf(
      Template.fromStack(stack),
      'AWS::CloudWatch::CompositeAlarm',
    );
    expect(more).toEqual([]);
    const rule = JSON.stringify(whole?.Properties['AlarmRule']);
    const inRule = alarms.filter(({ id }) => rule.includes(`"${id}"`)).map(({ heading }) => heading);
    const pages = Object.keys(WANTED).filter((heading) => WANTED[heading]?.[0] === 'page');
    expect(inRule.sort()).toEqual(pages.sort());
  });

  test('our own rules find nothing in the alarms', () => {
    const found = findingsOf(Template.fromStack(stack).toJSON());
    expect(found.filter(({ code }) => code === 'LK115')).toEqual([]);
  });

  test('nothing warns where somebody is told', () => {
    Annotations.fromStack(stack).hasNoWarning('/Shop/Monitoring', Match.anyValue());
  });
});

describe('what an alarm looks at', () => {
  const { alarms, stack } = watched();
  const of = (heading: string) => alarms.find((alarm) => alarm.heading === heading)!.of;
  const stats = (heading: string) =>
    mathOf(of(heading)).flatMap(({ Id, MetricStat }) =>
      MetricStat ? [[Id, MetricStat.Metric.MetricName, MetricStat.Stat]] : [],
    );

  test('a consumer stands still where something waits all the time and nothing is committed, also while its mapping is disabled', () => {
    expect(mathOf(of('consumer-stands-still'))[0]?.Expression).toBe('IF(lag > 0 AND FILL(committed, 0) == 0, 1, 0)');
    expect(stats('consumer-stands-still')).toEqual([
      ['lag', 'MaxOffsetLag', 'Minimum'],
      ['committed', 'CommittedEventCount', 'Sum'],
    ]);
  });

  test('what is handed back is held against all that is settled, whichever way', () => {
    expect(mathOf(of('more-tried-again-than-settled'))[0]?.Expression).toBe(
      'retried - (FILL(applied, 0) + FILL(duplicate, 0) + FILL(parked, 0))',
    );
    expect(stats('more-tried-again-than-settled')).toEqual([
      ['retried', 'EventsRetried', 'Sum'],
      ['applied', 'EventsApplied', 'Sum'],
      ['duplicate', 'EventsDuplicate', 'Sum'],
      ['parked', 'EventsParked', 'Sum'],
    ]);
  });

  test('connections are those of the broker that has most, by IAM, as of one minute', () => {
    expect(JSON.stringify(mathOf(of('client-connections'))[0]?.Expression)).toContain(
      'SELECT SUM(ClientConnectionCount) FROM SCHEMA(\\"AWS/Kafka\\", \\"Broker ID\\", \\"Client Authentication\\", \\"Cluster Name\\")',
    );
    expect(JSON.stringify(mathOf(of('client-connections'))[0]?.Expression)).toContain(
      `AND \\"Client Authentication\\" = 'IAM' GROUP BY \\"Broker ID\\" ORDER BY SUM() DESC LIMIT 1`,
    );
  });

  test('a key that is disabled or to be deleted is heard of by its ARN, and who did it is kept until somebody takes it', () => {
    const template = Template.fromStack(stack);
    const rule = resourcesOf(template, 'AWS::Events::Rule').find(([, of]) =>
      JSON.stringify(of).includes('aws.kms'),
    )![1];
    const [[key]] = resourcesOf(template, 'AWS::KMS::Key') as [[string, unknown]];
    expect(rule.Properties['EventPattern']).toEqual({
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventName: ['DisableKey', 'ScheduleKeyDeletion'],
        resources: { ARN: [{ 'Fn::GetAtt': [key, 'Arn'] }] },
      },
    });
    const [{ Arn }] = rule.Properties['Targets'] as [{ Arn: { 'Fn::GetAtt': [string] } }];
    expect(of('key-switched-off')['Dimensions']).toEqual([
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [Arn['Fn::GetAtt'][0], 'QueueName'] } },
    ]);
    const calls = resourcesOf(template, 'AWS::SQS::Queue').find(([id]) => id === Arn['Fn::GetAtt'][0]);
    expect(calls?.[1].Properties['MessageRetentionPeriod']).toBe(1_209_600);
  });

  test('what waits is what replay counts in the two buckets', () => {
    for (const [heading, name, bucket] of [
      ['spilled-events-wait', 'OldestObjectAge', 'OrdersSpillBucket'],
      ['dead-letters-pile-up', 'ObjectsWaiting', 'OrdersDeadLettersBucket'],
      ['dead-letters-grow-old', 'OldestObjectAge', 'OrdersDeadLettersBucket'],
    ] as const) {
      expect(of(heading)).toMatchObject({ Namespace: 'LosslessKafka', MetricName: name, Statistic: 'Maximum' });
      expect(JSON.stringify(of(heading)['Dimensions'])).toMatch(new RegExp(`"service","Value":{"Ref":"${bucket}`));
    }
  });
});

describe('a pipeline', () => {
  const headings = (props: Partial<EventPipelineProps>) =>
    new Set(alarmsOf(everything(props).stack).map(({ heading }) => heading));

  test('has all of them without a word', () => {
    expect([...headings({ monitoring: undefined })].sort()).toEqual(Object.keys(WANTED).sort());
  });

  test('has none where they are left out', () => {
    const { stack, pipeline } = everything({ monitoring: false });
    expect(alarmsOf(stack)).toEqual([]);
    expect(pipeline.monitoring).toBeUndefined();
  });

  test('tells whom it is told to tell, and its one light is at hand before the app is whole', () => {
    const { stack, pipeline } = everything({ monitoring: { lagThreshold: 7, runbookUrl: 'https://wiki.example.com' } });
    expect(pipeline.monitoring?.atRisk.node.path).toBe('Shop/Orders/Monitoring/EventsAreAtRisk');
    const [behind] = alarmsOf(stack).filter(({ of }) =>
      String(of['AlarmDescription']).endsWith('https://wiki.example.com#consumer-behind'),
    );
    expect(behind?.of['Threshold']).toBe(7);
    Annotations.fromStack(stack).hasWarning(
      '/Shop/Orders/Monitoring',
      Match.stringLikeRegexp('^alarmActions: got none'),
    );
  });

  test('in plain JavaScript, takes nothing else', () => {
    expect(() => everything({ monitoring: 'on' as never })).toThrow(
      "monitoring: got 'on', want true, false, or an object of options",
    );
  });
});

test('where as many pollers are always there, no alarm tells of it', () => {
  const stack = newStack();
  const pipeline = unwatched(stack);
  pipeline.addConsumer('Billing', { handler: newFunction(stack), minimumPollers: 4, maximumPollers: 4 });
  new PipelineMonitoring(stack, 'Monitoring', { pipeline });
  expect(alarmsOf(stack).map(({ heading }) => heading)).not.toContain('pollers-at-their-most');
});

test('the dead-letter queue of a queue that another app makes is looked at once it is named', () => {
  const stack = newStack();
  const pipeline = unwatched(stack);
  const queueOf = (name: string) => Queue.fromQueueArn(stack, name, `arn:aws:sqs:eu-central-1:111122223333:${name}`);
  const word = { acceptUnseenQueue: 'the team that has it says so in its readme' };
  pipeline
    .addIngest('Door')
    .addQueue('Queue', { queue: queueOf('theirs'), deadLetterQueue: queueOf('failed'), ...word });
  new PipelineMonitoring(stack, 'Monitoring', { pipeline });
  const [found] = alarmsOf(stack).filter(({ heading }) => heading === 'messages-not-taken');
  expect(found?.of['Dimensions']).toEqual([{ Name: 'QueueName', Value: 'failed' }]);
});

describe('the runbook', () => {
  const sections = [...RUNBOOK.matchAll(/^## (.+)\n\n_(Page|Ticket)\._/gm)].map(([, heading = '', severity = '']) => ({
    anchor: heading.toLowerCase().replaceAll(' ', '-'),
    severity: severity.toLowerCase(),
  }));

  test('has a heading for every alarm, with its severity, and no other', () => {
    const wanted = Object.entries(WANTED).map(([anchor, [severity]]) => ({ anchor, severity }));
    const order = (a: { anchor: string }, b: { anchor: string }) => a.anchor.localeCompare(b.anchor);
    expect(sections.sort(order)).toEqual([{ anchor: 'events-are-at-risk', severity: 'page' }, ...wanted].sort(order));
    expect(RUNBOOK.match(/^##+ /gm)).toHaveLength(sections.length);
  });

  test('says of each when it is over, and of each but the one over all how much time there is', () => {
    const [, ...texts] = RUNBOOK.split(/^## /m);
    expect(texts.filter((text) => !text.includes('- **Over** when'))).toEqual([]);
    expect(texts.filter((text) => !text.includes('- **Time**:')).map((text) => text.split('\n')[0])).toEqual([
      'Events are at risk',
    ]);
  });

  test('leads nowhere but to its own headings and to pages that there are', () => {
    const inside = [...RUNBOOK.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    const outside = [...RUNBOOK.matchAll(/\]\((\w+\.md)[^)]*\)/g)].map(([, page = '']) => page);
    expect(inside.length).toBeGreaterThan(10);
    expect(inside.filter((anchor) => !sections.some((each) => each.anchor === anchor))).toEqual([]);
    for (const page of outside) expect(readFileSync(join(__dirname, '..', '..', 'docs', page), 'utf8')).not.toBe('');
  });

  test('is where a prop says, if one does', () => {
    const { alarms } = watched({ runbookUrl: 'https://wiki.example.com/orders' });
    expect(alarms.map(({ of }) => of['AlarmDescription'])).toContain(
      'Shop/Orders/Billing: everything fails, so events are held back in the topic until the code is mended. https://wiki.example.com/orders#circuit-breaker-open',
    );
  });
});

test('Express brokers have no alarm on what MSK does not count of them', () => {
  const stack = new Stack(newApp(), 'Shop');
  const cluster = new KafkaCluster(stack, 'Cluster', { brokerType: BrokerType.EXPRESS });
  new PipelineMonitoring(stack, 'Monitoring', { cluster });
  expect(alarmsOf(stack).map(({ heading }) => heading)).toEqual([
    ...['no-active-controller', 'broker-cpu', 'client-connections', 'key-switched-off'],
  ]);
});

test('parts without a pipeline have alarms of their own', () => {
  const stack = newStack();
  const { topic, deadLetters } = unwatched(stack);
  const consumer = new EventConsumer(stack, 'Alone', { topic, deadLetters, handler: newFunction(stack) });
  new PipelineMonitoring(stack, 'Monitoring', { consumers: [consumer], lagThreshold: 5 });
  const alarms = alarmsOf(stack);
  expect(alarms).toHaveLength(20);
  expect(alarms.find(({ heading }) => heading === 'consumer-behind')?.of['Threshold']).toBe(5);
});

test('a part that is given and in the pipeline, too, has its alarms once', () => {
  const { stack, pipeline, door } = everything();
  const consumers = pipeline.node.findAll().filter((each) => each instanceof EventConsumer);
  const props = { pipeline, consumers, producers: [door.producer], doors: [door] };
  new PipelineMonitoring(stack, 'Monitoring', props);
  expect(alarmsOf(stack)).toHaveLength(Object.keys(WANTED).length + 1);
});

test('alarms may stand in a stack of their own', () => {
  const { stack, pipeline } = everything();
  const watching = new Stack(stack.node.scope, 'Watching');
  new PipelineMonitoring(watching, 'Monitoring', { pipeline });
  expect(alarmsOf(watching)).toHaveLength(Object.keys(WANTED).length + 1);
  expect(alarmsOf(stack)).toEqual([]);
});

test('ids of alarms stay as they are: another would be another alarm', () => {
  const { alarms } = watched();
  expect(alarms.map(({ id }) => id).filter((id) => /EventsParked|OfflinePartitions|ReplayFails/.test(id))).toEqual([
    'MonitoringShopOrdersCluster56A0F3A0OfflinePartitionsE30A26B0',
    expect.stringMatching(/^MonitoringShopOrdersBillingE7250C8EEventsParked[0-9A-F]{8}$/),
    expect.stringMatching(/^MonitoringShopOrdersSpillReplay[0-9A-F]{8}ReplayFails[0-9A-F]{8}$/),
  ]);
});

test('alarms that tell nobody are warned of', () => {
  const { stack, pipeline } = everything();
  new PipelineMonitoring(stack, 'Monitoring', { pipeline });
  Annotations.fromStack(stack).hasWarning('/Shop/Monitoring', Match.stringLikeRegexp('^alarmActions: got none, want'));
});

test.each([
  ['billing:1', 1],
  ['billing-1', 0],
])('of the group %s, whose lag MSK may not count, %d warning is given', (consumerGroup, warnings) => {
  const stack = newStack();
  const pipeline = unwatched(stack);
  pipeline.addConsumer('Billing', { handler: newFunction(stack), consumerGroup });
  new PipelineMonitoring(stack, 'Monitoring', { pipeline });
  const said = Match.stringLikeRegexp(`^consumerGroup: got '${consumerGroup}', want a name without a colon`);
  expect(Annotations.fromStack(stack).findWarning('/Test/Pipeline/Billing', said)).toHaveLength(warnings);
});

test('tickets go to who is woken where nobody else is named', () => {
  const { stack, pipeline } = everything();
  const topic = new Topic(stack, 'Page');
  new PipelineMonitoring(stack, 'Monitoring', { pipeline, alarmActions: [new SnsAction(topic)] });
  for (const { of } of alarmsOf(stack)) expect(of['AlarmActions']).toEqual([stack.resolve(topic.topicArn)]);
});

describe('what is added to the pipeline after its alarms has them, too, and the one over all that page knows of it', () => {
  test.each([
    ['a consumer', 'Shop/Orders/Late', 'circuit-breaker-open'],
    ['a door', 'Shop/Orders/Side/Producer', 'events-spilled'],
    ['a queue of a door', 'Shop/LateFailed', 'messages-not-taken'],
    ['a bus of a door', 'Shop/Orders/Plain', 'calls-not-kept'],
  ])('%s', (what, path, heading) => {
    const { stack, pipeline, door } = everything();
    const plain = pipeline.addIngest('Plain');
    const { alarms, atRisk } = new PipelineMonitoring(stack, 'Monitoring', { pipeline });
    const before = alarms.length;
    if (what === 'a consumer') pipeline.addConsumer('Late', { handler: newFunction(stack, {}, 'LateHandler') });
    if (what === 'a door') pipeline.addIngest('Side');
    if (what === 'a queue of a door') {
      const deadLetterQueue = { queue: new Queue(stack, 'LateFailed'), maxReceiveCount: 10 };
      const queue = new Queue(stack, 'LateIn', { visibilityTimeout: Duration.minutes(3), deadLetterQueue });
      door.addQueue('LateQueue', { queue });
    }
    if (what === 'a bus of a door') plain.addRule('LateRule', { eventPattern: { source: ['shop'] } });
    const made = alarmsOf(stack);
    expect(made.length).toBeGreaterThan(before);
    const [late] = made.filter(
      (each) => each.heading === heading && String(each.of['AlarmDescription']).startsWith(`${path}: `),
    );
    const rule = JSON.stringify(stack.resolve((atRisk.node.defaultChild as CfnCompositeAlarm).alarmRule));
    expect(rule.includes(`"${late!.id}"`)).toBe(WANTED[heading]?.[0] === 'page');
  });
});

test.each<[string, PipelineMonitoringProps | undefined, string]>([
  ['nothing to look after', {}, 'pipeline: got nothing to look after, want a pipeline, or parts of one'],
  ['a runbook of no name', { runbookUrl: ' ' }, "runbookUrl: got ' ', want the address of a page"],
  ['a heading of a runbook', { runbookUrl: 'https://x/#y' }, "runbookUrl: got 'https://x/#y', want"],
  ['no lag', { lagThreshold: 0 }, 'lagThreshold: got 0, want 1 record or more'],
  ['one action', { alarmActions: 'arn' as never }, "alarmActions: got 'arn', want a list of alarm actions"],
  ['a name', { pipeline: 'orders' as never }, "pipeline: got 'orders', want an EventPipeline"],
])('%s is refused in one sentence', (_, props, message) => {
  expect(() => new PipelineMonitoring(newStack(), 'Monitoring', props ?? {})).toThrow(message);
});

test('more alarms that page than one alarm can name are named in parts, and none is left out', () => {
  const stack = newStack();
  const { topic, deadLetters } = unwatched(stack);
  const consumers = Array.from({ length: 6 }, (_, n) => {
    const handler = newFunction(stack, {}, `Handler${n}`);
    return new EventConsumer(stack, `Consumer${n}`, { topic, deadLetters, handler });
  });
  new PipelineMonitoring(stack, 'Monitoring', { consumers });
  const template = Template.fromStack(stack);
  const named = resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm').map(
    ([, { Properties }]) => JSON.stringify(Properties['AlarmRule']).match(/Fn::GetAtt/g)?.length,
  );
  expect(named).toEqual([2, 40, 15]);
});

test('producers alone are refused: nothing of theirs pages', () => {
  const stack = newStack();
  const door = unwatched(stack).addIngest('Door');
  expect(() => new PipelineMonitoring(stack, 'Monitoring', { producers: [door.producer] })).toThrow(
    'producers: got nothing but those, want what events are at risk in, too',
  );
});
