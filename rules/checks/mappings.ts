import type { Graph } from '../reading/graph';
import { LONGEST_KAFKA_TIMEOUT_SECONDS } from '../reading/lambda-limits';
import { mappingsOf, timeoutOf, type Mapping } from '../reading/mappings';
import { shown } from '../reading/symbols';
import { brief, certainly, known, map, or, type Read, type Value } from '../reading/value';
import { at, atGroup, DESTINATION, eachMapping, forEachMapping } from './each-mapping';
import { lambda } from './pages';
import { fail, judge, pass, type Rule, type Verdict } from './rule';

/** What a mapping says of itself: where it starts, for whom it reads, what it leaves out. When it gives up: giving-up.ts. */

const startingPosition = ({ resource }: Mapping) => resource.at('StartingPosition').string();

/** Settings that Lambda takes with provisioned pollers alone. */
const PROVISIONED_ONLY = [
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'FunctionResponseTypes',
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig',
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig',
  'LoggingConfig',
  'MetricsConfig',
];

function judgePollers(mapping: Mapping): Verdict {
  const place = at(mapping, 'ProvisionedPollerConfig');
  const used = PROVISIONED_ONLY.filter((name) => isSet(mapping.resource.at(name)));
  if (certainly(mapping.destination, (text) => text.startsWith('kafka://'))) used.push(DESTINATION);
  if (used.length === 0) return pass(place);
  const pollers = mapping.resource.at('ProvisionedPollerConfig').object();
  const some = map(pollers, (config) => Object.keys(config).length > 0);
  const want = `MinimumPollers or MaximumPollers, as ${used.join(', ')} needs them`;
  return judge(place, some.kind === 'known' && !some.value ? { kind: 'absent' } : some, { want, ok: Boolean });
}

function isSet(value: Value): boolean {
  const { raw } = value;
  return raw !== undefined && raw !== null && raw !== false && !(Array.isArray(raw) && raw.length === 0);
}

function judgeOn(mapping: Mapping): Verdict[] {
  const enabled = mapping.resource.at('Enabled').boolean();
  const verdicts = [judge(at(mapping, 'Enabled'), enabled, { want: 'true', ok: Boolean, byDefault: true })];
  const { handler } = mapping;
  if (handler.kind !== 'known') return verdicts;
  const property = 'ReservedConcurrentExecutions';
  const reserved = handler.value.at(property).number();
  const want = 'none or more than 0';
  return [
    ...verdicts,
    judge({ resource: handler.value, property }, reserved, { want, ok: (n) => n > 0, byDefault: 1 }),
  ];
}

/** Of two mappings of one group, the one that comes later in the template is named. */
function judgeGroup(mapping: Mapping, graph: Graph): Verdict[] {
  const { group, resource } = mapping;
  if (group.kind !== 'known') return [];
  const twin = mappingsOf(graph)
    .before((other) => other.resource === resource)
    .find((other) => sameText(other.group, group) && sameCluster(other, mapping));
  const place = atGroup(mapping);
  if (!twin) return [pass(place)];
  return [fail(place, `${shown(group.value)}, which ${twin.resource.logicalId} has too`, 'a group of its own')];
}

const sameText = (one: Read<string>, other: Read<string>) =>
  certainly(one, (text) => certainly(other, (its) => its === text));

const sameCluster = (one: Mapping, other: Mapping): boolean => {
  if (one.clusterArn.kind === 'known' || other.clusterArn.kind === 'known')
    return sameText(one.clusterArn, other.clusterArn);
  const endpoints = [one, other].map(({ resource }) => JSON.stringify(resource.at('SelfManagedEventSource').raw));
  return endpoints[0] === endpoints[1];
};

const responseTypes = ({ resource }: Mapping): Read<string> =>
  map(resource.at('FunctionResponseTypes').list(), (types) => types.map(({ raw }) => brief(raw)).join(', '));

const filters = ({ resource }: Mapping): Read<number> =>
  map(
    or(resource.at('FilterCriteria.Filters').list(), () => known([])),
    (list) => list.length,
  );

const provisioned = 'needs ProvisionedPollerConfig';

export const MAPPING_RULES: readonly Rule[] = [
  {
    code: 'LK301',
    name: 'starts-at-latest',
    severity: 'error',
    why: 'events written while the mapping is created, which takes minutes, are skipped',
    fix: {
      cdk: 'use EventConsumer, or StartingPosition.TRIM_HORIZON',
      cloudFormation: 'set StartingPosition to TRIM_HORIZON',
    },
    source: lambda('kafka-starting-positions'),
    check: eachMapping('StartingPosition', startingPosition, {
      want: 'TRIM_HORIZON',
      ok: (position) => position !== 'LATEST',
    }),
  },
  {
    code: 'LK304',
    name: 'needs-provisioned-pollers',
    severity: 'error',
    why: 'without provisioned pollers Lambda has no such setting, and a failing batch blocks or drops as if it were not there',
    fix: {
      cdk: 'use EventConsumer, or give the event source a provisionedPollerConfig',
      cloudFormation: 'set ProvisionedPollerConfig with MinimumPollers and MaximumPollers',
    },
    source: lambda('kafka-scaling-modes'),
    check: forEachMapping(judgePollers),
  },
  {
    code: 'LK305',
    name: 'anonymous-group',
    severity: 'warning',
    why: 'a replaced mapping gets another group, and starts over or skips what came meanwhile',
    fix: {
      cdk: 'use EventConsumer, or give the event source a consumerGroupId',
      cloudFormation:
        'set ConsumerGroupId of AmazonManagedKafkaEventSourceConfig, or of SelfManagedKafkaEventSourceConfig',
    },
    source: lambda('kafka-consumer-group-id'),
    check: forEachMapping((mapping) =>
      judge(atGroup(mapping), mapping.group, { want: 'a consumer group', ok: () => true }),
    ),
  },
  {
    code: 'LK306',
    name: 'timeout-over-14-minutes',
    severity: 'error',
    why: 'Lambda runs no Kafka mapping on a function with a longer timeout: its events wait until the retention takes them',
    fix: {
      cdk: 'set timeout of the function to at most Duration.minutes(14)',
      cloudFormation: `set Timeout of the function to at most ${LONGEST_KAFKA_TIMEOUT_SECONDS}`,
    },
    source: lambda('with-msk-configure'),
    check: eachMapping('FunctionName', timeoutOf, {
      want: `a timeout of ${LONGEST_KAFKA_TIMEOUT_SECONDS} s or less`,
      ok: (seconds) => seconds <= LONGEST_KAFKA_TIMEOUT_SECONDS,
    }),
  },
  {
    code: 'LK307',
    name: 'no-partial-response',
    severity: 'warning',
    why: 'one bad event holds back every partition of its batch and repeats the others, until their retries are used up',
    fix: {
      cdk: `use EventConsumer, or reportBatchItemFailures: true (${provisioned})`,
      cloudFormation: `set FunctionResponseTypes to [ReportBatchItemFailures] (${provisioned})`,
    },
    source: lambda('kafka-retry-configurations'),
    check: eachMapping('FunctionResponseTypes', responseTypes, {
      want: 'ReportBatchItemFailures',
      ok: (types) => types.includes('ReportBatchItemFailures'),
    }),
  },
  {
    code: 'LK308',
    name: 'filtered',
    severity: 'warning',
    why: 'an event that does not match, or cannot be matched, is skipped as if it were applied',
    fix: {
      cdk: 'leave filters out and decide in the handler',
      cloudFormation: 'remove FilterCriteria and decide in the handler',
    },
    source: lambda('kafka-filtering'),
    check: eachMapping('FilterCriteria', filters, { want: 'no filters', ok: (count) => count === 0 }),
  },
  {
    code: 'LK313',
    name: 'switched-off',
    severity: 'warning',
    why: 'nothing reads the topic, and events are gone when its retention ends',
    fix: {
      cdk: 'leave enabled out, and reservedConcurrentExecutions out or above 0',
      cloudFormation: 'remove Enabled: false, and ReservedConcurrentExecutions: 0 of the function',
    },
    source: lambda('invocation-eventsourcemapping'),
    check: forEachMapping(judgeOn),
  },
  {
    code: 'LK317',
    name: 'timeout-too-short',
    severity: 'error',
    why: 'a batch that takes longer than the timeout fails for ever, and its good events use up their retries with it; a sweep of spilled events, or of what a mapping gave up, ends before it begins',
    fix: {
      cdk: 'set timeout of the function to Duration.seconds(30) or more',
      cloudFormation: 'set Timeout of the function to 30 or more',
    },
    source: lambda('with-kafka-troubleshoot'),
    check: eachMapping('FunctionName', timeoutOf, {
      want: 'a timeout of 30 s or more',
      ok: (seconds) => seconds >= 30,
    }),
  },
  {
    code: 'LK318',
    name: 'starts-at-timestamp',
    severity: 'warning',
    why: 'events older than the timestamp are skipped',
    fix: { cdk: 'use StartingPosition.TRIM_HORIZON', cloudFormation: 'set StartingPosition to TRIM_HORIZON' },
    source: lambda('kafka-starting-positions'),
    check: eachMapping('StartingPosition', startingPosition, {
      want: 'TRIM_HORIZON',
      ok: (position) => position !== 'AT_TIMESTAMP',
      byDefault: 'LATEST',
    }),
  },
  {
    code: 'LK319',
    name: 'shared-group',
    severity: 'error',
    why: 'each of the two readers gets a share of the events, and the other never sees them',
    fix: {
      cdk: 'use EventConsumer, or a consumerGroupId of its own',
      cloudFormation: 'give each mapping a ConsumerGroupId of its own',
    },
    source: lambda('kafka-consumer-group-id'),
    check: forEachMapping(judgeGroup),
  },
];
