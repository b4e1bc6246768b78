import { MOST_RETRIES } from '../reading/lambda-limits';
import { ageLimitOf, destinationKind, destinationTopic, retriesOf, type Mapping } from '../reading/mappings';
import { isKnown, shown } from '../reading/symbols';
import { at, DESTINATION, eachMapping, forEachMapping } from './each-mapping';
import { lambda } from './pages';
import { fail, judge, pass, undecided, type Rule, type Verdict } from './rule';

/** When a mapping gives events up, and where they go then. */

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

export const GIVING_UP_RULES: readonly Rule[] = [
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
    code: 'LK315',
    name: 'ages-out-untried',
    severity: 'warning',
    why: 'after an outage longer than the limit, the backlog goes to the destination without a single try',
    fix: { cdk: 'leave maxRecordAge out', cloudFormation: 'remove MaximumRecordAgeInSeconds, or set it to -1' },
    source: lambda('kafka-retry-configurations'),
    check: eachMapping('MaximumRecordAgeInSeconds', ageLimitOf, {
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
];
