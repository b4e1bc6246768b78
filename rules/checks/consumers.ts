import type { Graph } from '../reading/graph';
import { LONGEST_KAFKA_TIMEOUT_SECONDS, MOST_RETRIES } from './lambda-limits';
import {
  ageLimitOf,
  destinationKind,
  destinationTopic,
  forEachMapping,
  mappingsOf,
  retriesOf,
  timeoutOf,
  type Mapping,
} from './mappings';
import { lambda } from './pages';
import {
  fail,
  judge,
  pass,
  undecided,
  type Expectation,
  type Place,
  type Rule,
  type Subjects,
  type Verdict,
} from './rule';
import { isKnown, shown } from '../reading/symbols';
import { brief, certainly, known, map, or, type Read, type Value } from '../reading/value';

/** What a mapping says of itself: where it starts, when it gives up, what it leaves out. */

const at = ({ resource }: Mapping, property: string): Place => ({ resource, property });
const DESTINATION = 'DestinationConfig.OnFailure.Destination';
/** A mapping keeps its consumer group in one of two places. */
export const atGroup = (mapping: Mapping): Place =>
  at(
    mapping,
    `${mapping.clusterArn.kind === 'absent' ? 'Self' : 'Amazon'}ManagedKafkaEventSourceConfig.ConsumerGroupId`,
  );

/** One verdict for each mapping, about one of its properties. */
const each = <T>(property: string, read: (mapping: Mapping) => Read<T>, expectation: Expectation<T>): Subjects =>
  forEachMapping((mapping) => judge(at(mapping, property), read(mapping), expectation));

const startingPosition = ({ resource }: Mapping) => resource.at('StartingPosition').string();

function judgeDestination(mapping: Mapping): Verdict {
  const place = at(mapping, DESTINATION);
  const { destination } = mapping;
  if (destination.kind === 'known') return pass(place);
  const want = 'an S3 bucket or a Kafka topic';
  if (destination.kind === 'unknown') return undecided(place, destination.why, want);
  const limits = [retriesOf(mapping), ageLimitOf(mapping)];
  if (limits.every((limit) => limit.kind === 'absent')) return fail(place, 'nothing', want, 'warning');
  const doubt = limits.every((limit) => limit.kind !== 'known');
  return doubt
    ? undecided(place, 'no destination, and limits known only at deploy', want)
    : fail(place, 'nothing, with a limit on retries or age', want);
}

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

function judgeLoop(mapping: Mapping): Verdict[] {
  const name = destinationTopic(mapping);
  if (name.kind !== 'known') return [];
  const place = at(mapping, DESTINATION);
  const want = 'another topic than the mapping reads';
  const { topics } = mapping;
  if (topics.kind !== 'known') return [undecided(place, 'topics known only at deploy', want)];
  if (topics.value.includes(name.value)) return [fail(place, `kafka://${shown(name.value)}`, want)];
  const doubt = [name.value, ...topics.value].some((text) => !isKnown(text));
  return [doubt ? undecided(place, `kafka://${shown(name.value)}`, want) : pass(place)];
}

/** With a destination, Lambda tries at most ten times unless it is told a number. */
function judgeTenRetries(mapping: Mapping): Verdict[] {
  const { destination } = mapping;
  if (destination.kind === 'absent') return [];
  const place = at(mapping, 'MaximumRetryAttempts');
  const want = `a number far above 10, as ${MOST_RETRIES}`;
  const verdict = judge(place, retriesOf(mapping), { want, ok: (retries) => retries > 10 });
  const doubt = verdict.status === 'fail' && destination.kind === 'unknown';
  return [doubt ? undecided(place, destination.why, want) : verdict];
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

export const CONSUMER_RULES: readonly Rule[] = [
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
    check: each('StartingPosition', startingPosition, {
      want: 'TRIM_HORIZON',
      ok: (position) => position !== 'LATEST',
    }),
  },
  {
    code: 'LK302',
    name: 'dropped-after-retries',
    severity: 'error',
    why: 'events that use up their retries, or are larger than an invocation, are dropped and only counted',
    fix: {
      cdk: 'use EventConsumer, or give the event source onFailure: new S3OnFailureDestination(bucket)',
      cloudFormation: 'set DestinationConfig.OnFailure.Destination to the ARN of an S3 bucket',
    },
    source: lambda('kafka-on-failure'),
    check: forEachMapping(judgeDestination),
  },
  {
    code: 'LK303',
    name: 'metadata-only-destination',
    severity: 'error',
    why: 'SQS and SNS get topic, partition and offsets only: the events themselves are gone with the retention',
    fix: {
      cdk: 'use EventConsumer, or an S3OnFailureDestination',
      cloudFormation: 'set DestinationConfig.OnFailure.Destination to the ARN of an S3 bucket, or kafka://<topic>',
    },
    source: lambda('kafka-on-failure'),
    check: forEachMapping((mapping) =>
      mapping.destination.kind === 'absent'
        ? []
        : judge(at(mapping, DESTINATION), destinationKind(mapping), {
            want: 'an S3 bucket or a Kafka topic',
            ok: (kind) => kind === 's3' || kind === 'kafka',
          }),
    ),
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
    check: each('FunctionName', timeoutOf, {
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
    check: each('FunctionResponseTypes', responseTypes, {
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
    check: each('FilterCriteria', filters, { want: 'no filters', ok: (count) => count === 0 }),
  },
  {
    code: 'LK309',
    name: 'dead-letter-loop',
    severity: 'error',
    why: 'a failed event comes back wrapped into itself until it is too large, and is dropped',
    fix: {
      cdk: 'use EventConsumer, or a KafkaDlq on another topic',
      cloudFormation: 'name another topic in kafka://<topic>',
    },
    source: lambda('kafka-on-failure-destination'),
    check: forEachMapping(judgeLoop),
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
    code: 'LK315',
    name: 'ages-out-untried',
    severity: 'warning',
    why: 'after an outage longer than the limit, the backlog goes to the destination without a single try',
    fix: { cdk: 'leave maxRecordAge out', cloudFormation: 'remove MaximumRecordAgeInSeconds, or set it to -1' },
    source: lambda('kafka-retry-configurations'),
    check: each('MaximumRecordAgeInSeconds', ageLimitOf, {
      want: 'no limit (-1)',
      ok: (age) => age < 0,
      byDefault: -1,
    }),
  },
  {
    code: 'LK316',
    name: 'ten-retries',
    severity: 'error',
    why: 'an outage of minutes sends whole batches, good events included, to the destination, and drops them if that fails too',
    fix: {
      cdk: `use EventConsumer, or retryAttempts: ${MOST_RETRIES}: with a destination, infinite means 10`,
      cloudFormation: `set MaximumRetryAttempts to ${MOST_RETRIES}: with a destination, -1 means 10`,
    },
    source: lambda('kafka-retry-configurations'),
    check: forEachMapping(judgeTenRetries),
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
    check: each('FunctionName', timeoutOf, { want: 'a timeout of 30 s or more', ok: (seconds) => seconds >= 30 }),
  },
  {
    code: 'LK318',
    name: 'starts-at-timestamp',
    severity: 'warning',
    why: 'events older than the timestamp are skipped',
    fix: { cdk: 'use StartingPosition.TRIM_HORIZON', cloudFormation: 'set StartingPosition to TRIM_HORIZON' },
    source: lambda('kafka-starting-positions'),
    check: each('StartingPosition', startingPosition, {
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
