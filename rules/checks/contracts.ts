import { CONSUMER_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import { forEachPart, ownParts, partsOf, type Part } from './environment';
import type { Graph } from '../reading/graph';
import { sameCluster, topicsOn } from '../reading/kafka';
import { UNSAID_TIMEOUT_SECONDS } from '../reading/lambda-limits';
import { atGroup, forEachMapping } from './each-mapping';
import type { Mapping } from '../reading/mappings';
import { lambda } from './pages';
import { fail, judge, judgeMatch, pass, together, undecided, type Place, type Rule, type Verdict } from './rule';
import type { Additions } from './additions';
import { least, most, type Match } from '../reading/matching';
import { isKnown, shown } from '../reading/symbols';
import { known, or, type Read } from '../reading/value';

/** What a consumer function is told of its mapping, held against the mapping; and what unpack is told of the consumer. */

const at = ({ resource }: Mapping, property: string): Place => ({ resource, property });

export function sameText(one: Read<string>, other: Read<string>): Match {
  if (one.kind !== 'known' || other.kind !== 'known') return 'maybe';
  if (one.value === other.value) return 'yes';
  return isKnown(one.value) && isKnown(other.value) ? 'no' : 'maybe';
}

/** Whether a part of a function is there for a topic of the mapping. */
const isFor = (graph: Graph, mapping: Mapping, topic: string, { fields }: Part): Match =>
  least(
    sameText(fields.at('topic').text(), known(topic)),
    // Brokers of your own have no ARN to compare.
    mapping.clusterArn.kind === 'absent' ? 'yes' : sameCluster(graph, fields.at('cluster').text(), mapping.clusterArn),
  );

/** Each topic of a mapping is one for which its function has a part, of the mapping's own group. */
function judgeParts(mapping: Mapping, graph: Graph): Verdict[] {
  const { handler, topics } = mapping;
  if (handler.kind !== 'known' || topics.kind !== 'known') return [];
  const parts = ownParts(handler.value, CONSUMER_VARIABLE);
  if (parts.length === 0) return [];
  const place = at(mapping, 'Topics');
  return topics.value.flatMap((topic) => {
    const matches = parts.map((part) => ({ part, match: isFor(graph, mapping, topic, part) }));
    const sure = matches.filter(({ match }) => match === 'yes');
    if (sure.length > 0) return [pass(place), ...sure.map(({ part }) => judgeGroup(mapping, part))];
    const want = `a ${CONSUMER_VARIABLE} variable of ${handler.value.logicalId} for each topic and its cluster`;
    const found = shown(topic);
    return [judgeMatch(place, most(matches.map(({ match }) => match)), { want, no: found, maybe: found })];
  });
}

/** A mapping without a group of its own is LK305's. */
function judgeGroup(mapping: Mapping, part: Part): Verdict {
  const place = atGroup(mapping);
  const group = part.fields.at('group').text();
  if (mapping.group.kind === 'absent') return pass(place);
  const want = `the group that ${part.property.split('.').at(-1) ?? ''} names`;
  const found = [mapping.group, group].map((read) =>
    read.kind === 'known' ? shown(read.value) : 'one known at deploy',
  );
  const both = found.join(' beside ');
  return judgeMatch(place, sameText(mapping.group, group), { want, no: both, maybe: both });
}

/** What a mapping gives up is parked under the id by which its consumer knows the event, or it is taken for another. */
function judgeIds(part: Part, graph: Graph): Verdict[] {
  return partsOf(graph, UNPACK_VARIABLE)
    .filter((unpack) => isOfGroup(graph, unpack, part))
    .map((unpack) => {
      const place = { resource: unpack.handler, property: `${unpack.property}.eventIds` };
      const match = least(...['kind', 'header'].map((name) => sameWord(part, unpack, `eventIds.${name}`)));
      const want = `the eventIds of ${part.property.split('.').at(-1) ?? ''}`;
      return judgeMatch(place, match, { want, no: 'others', maybe: 'some known only at deploy' });
    });
}

const isOfGroup = (graph: Graph, unpack: Part, consumer: Part): boolean =>
  sameCluster(graph, unpack.fields.at('cluster').text(), consumer.fields.at('cluster').text()) === 'yes' &&
  ['group', 'topic'].every(
    (name) => sameText(unpack.fields.at(name).text(), consumer.fields.at(name).text()) === 'yes',
  );

/** Said by both, or by neither. */
function sameWord(one: Part, other: Part, path: string): Match {
  const [left, right] = [one.fields.at(path).text(), other.fields.at(path).text()];
  if (left.kind === 'unknown' || right.kind === 'unknown') return 'maybe';
  return left.kind === right.kind ? (left.kind === 'absent' ? 'yes' : sameText(left, right)) : 'no';
}

/** A function that stops a margin before its timeout, and has no more time than that, never takes a record. */
function judgeTimes({ handler, property, fields }: Part): Verdict[] {
  const timeout = or(handler.at('Timeout').number(), () => known(UNSAID_TIMEOUT_SECONDS));
  const place = (name: string): Place => ({ resource: handler, property: `${property}.${name}` });
  if (timeout.kind !== 'known') {
    return [undecided(place('timeMarginMs'), timeout.kind === 'unknown' ? timeout.why : '', 'less than the timeout')];
  }
  const ms = timeout.value * 1000;
  return [
    judge(place('timeMarginMs'), fields.at('timeMarginMs').number(), {
      want: `less than the timeout of ${ms} ms`,
      ok: (margin) => margin < ms,
    }),
    judge(place('timeoutMs'), fields.at('timeoutMs').number(), {
      want: `at most the timeout of ${ms} ms`,
      ok: (said) => said <= ms,
      byDefault: ms,
    }),
  ];
}

/** A mapping that names no topic reads none; one that names a topic of a cluster here, which is not here, may be mistyped. */
function judgeTopics(mapping: Mapping, graph: Graph): Verdict[] {
  const place = at(mapping, 'Topics');
  const want = 'a topic that there is';
  const { topics, cluster } = mapping;
  if (topics.kind === 'unknown') return [undecided(place, topics.why, want)];
  if (topics.kind === 'absent' || topics.value.length === 0) return [fail(place, 'none', want, 'error')];
  const there = cluster ? topicsOn(graph, cluster) : [];
  if (there.length === 0) return [pass(place)];
  return topics.value.map((name) => {
    const match = there.some((topic) => sameText(topic.at('TopicName').text(), known(name)) !== 'no');
    return match ? pass(place) : undecided(place, `${shown(name)}, which is not in the template`, want);
  });
}

export const CONTRACT_CHECKS: Additions = { LK313: [forEachMapping(judgeTopics)] };

export const CONTRACT_RULES: readonly Rule[] = [
  {
    code: 'LK320',
    name: 'contract-disagrees',
    severity: 'error',
    why: 'the function refuses every event of a topic that it is not told of, takes what another group has applied for applied, or one event for another, or has no time for a single event',
    fix: {
      cdk: 'use EventConsumer, which writes mapping and variable from one source',
      cloudFormation:
        'let the LOSSLESS_CONSUMER_ variable say the cluster, topic and ConsumerGroupId of the mapping, and a timeMarginMs below the Timeout; and the LOSSLESS_UNPACK_ variable the same eventIds',
    },
    source: lambda('kafka-consumer-group-id'),
    check: together(
      forEachMapping(judgeParts),
      forEachPart(CONSUMER_VARIABLE, judgeTimes),
      forEachPart(CONSUMER_VARIABLE, judgeIds),
    ),
  },
];
