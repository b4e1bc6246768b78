import { REPLAY_VARIABLE } from '../../lambdas/runtime/contract';
import { forEachSettings, settingsOf } from './broker-settings';
import { somePart } from './environment';
import type { Graph, Resource } from '../reading/graph';
import {
  CLUSTER,
  clusterOfTopic,
  clusterSetting,
  isStandard,
  maxMessageBytes,
  retentionOf,
  retentionOnCluster,
  TOPIC,
  topicConfigs,
  topicNamed,
  topicSetting,
} from '../reading/kafka';
import { LARGEST_RECORD_BYTES } from '../reading/lambda-limits';
import { forEachMapping } from './each-mapping';
import {
  ageLimitOf,
  destinationTopic,
  mappingsOf,
  retriesOf,
  timeoutOf,
  topicsOf,
  type Mapping,
} from '../reading/mappings';
import { kafka, lambda, msk } from './pages';
import {
  fail,
  forEach,
  judge,
  pass,
  provided,
  together,
  undecided,
  type Place,
  type Rule,
  type Subjects,
  type Verdict,
} from './rule';
import { shown } from '../reading/symbols';
import { certainly, map, then, type Read } from '../reading/value';

/** What topics, or a cluster's defaults for them, can get wrong. */

const DAY = 24 * 3_600_000;
const configs = (resource: Resource): Place => ({ resource, property: 'Configs' });

/** On Express brokers these settings are MSK's; where the cluster is out of sight, they count. */
function onStandard(graph: Graph, topic: Resource, verdict: Verdict): Verdict {
  const cluster = clusterOfTopic(graph, topic);
  return cluster ? provided(isStandard(cluster), verdict) : verdict;
}

const ownSetting = (topic: Resource, name: string) => then(topicConfigs(topic), (own) => own.get(name));

/** A setting of each topic, and of brokers as the default of topics made elsewhere. */
function everywhere(
  names: { readonly topic: string; readonly cluster: string },
  expectation: Parameters<typeof judge<string>>[2],
): Subjects {
  return together(
    forEach(TOPIC, (topic) => judge(configs(topic), ownSetting(topic, names.topic), expectation)),
    forEachSettings((cluster, graph) =>
      judge(settingsOf(cluster), clusterSetting(graph, cluster, names.cluster), expectation),
    ),
  );
}

function judgeRetention(place: Place, retention: Read<number>): Verdict {
  const verdict = judge(place, retention, { want: 'retention of 7 days or more', ok: (ms) => ms >= 7 * DAY });
  if (verdict.status !== 'fail' || retention.kind !== 'known') return verdict;
  const found = `retention of ${hours(retention.value)}`;
  return fail(place, found, verdict.wanted, retention.value >= DAY ? 'warning' : 'error');
}

const hours = (ms: number): string => `${Math.round(ms / 36_000) / 100} h`;

/** Retries that end before retention does send good records away in an outage that loses nothing otherwise. */
function judgePersistence(mapping: Mapping, graph: Graph): Verdict[] {
  const retries = retriesOf(mapping);
  if (retries.kind === 'absent') return [];
  const place = { resource: mapping.resource, property: 'MaximumRetryAttempts' };
  const tried = then(retries, (count) => map(timeoutOf(mapping), (seconds) => count * seconds * 1000));
  const seen = topicsOf(graph, mapping).map((topic) => {
    const want = `retries × timeout above the retention of ${topic.logicalId}`;
    const enough = then(tried, (ms) =>
      map(retentionOf(graph, topic), (kept) => ms >= kept || kept === Number.POSITIVE_INFINITY),
    );
    if (enough.kind === 'known' && tried.kind === 'known' && !enough.value) {
      return fail(place, `retries × timeout of ${hours(tried.value)}`, want, 'warning');
    }
    return enough.kind === 'unknown' ? undecided(place, enough.why, want) : pass(place);
  });
  return [...seen, ...judgeBrief(mapping, graph, tried)];
}

/** A topic made elsewhere keeps its events for as long as its cluster says, unless it says otherwise. */
function judgeBrief(mapping: Mapping, graph: Graph, tried: Read<number>): Verdict[] {
  const { cluster, topics } = mapping;
  if (cluster?.type !== CLUSTER || topics.kind !== 'known' || tried.kind !== 'known') return [];
  const elsewhere = topics.value.find((name) => topicNamed(graph, name, mapping.clusterArn) === undefined);
  const kept = retentionOnCluster(graph, cluster);
  if (elsewhere === undefined || !certainly(kept, (ms) => tried.value < ms && ms !== Number.POSITIVE_INFINITY))
    return [];
  const place = { resource: mapping.resource, property: 'MaximumRetryAttempts' };
  const found = `retries × timeout of ${hours(tried.value)}, and topic ${shown(elsewhere)}, which is made elsewhere`;
  return [undecided(place, found, `retries × timeout above the retention of the topic`)];
}

const bytesVerdict = (place: Place, bytes: Read<number>): Verdict =>
  judge(place, bytes, { want: `${LARGEST_RECORD_BYTES} bytes or less`, ok: (value) => value <= LARGEST_RECORD_BYTES });

/** An old timestamp has a consequence on topics with a record age limit, and on those replayed into. */
function judgeTimestamps(topic: Resource, graph: Graph): Verdict[] {
  const aged = mappingsOf(graph).some(
    (mapping) => ageLimitOf(mapping).kind !== 'absent' && topicsOf(graph, mapping).includes(topic),
  );
  const replayed = () =>
    somePart(graph, REPLAY_VARIABLE, ({ fields }) =>
      certainly(fields.at('topic').text(), (name) => topicNamed(graph, name, fields.at('cluster').text()) === topic),
    );
  if (!aged && !replayed()) return [];
  const type = topicSetting(graph, topic, 'message.timestamp.type', 'log.message.timestamp.type');
  return [
    judge(configs(topic), type, {
      want: 'message.timestamp.type=LogAppendTime',
      ok: (name) => name === 'LogAppendTime',
      byDefault: 'CreateTime',
    }),
  ];
}

/** The envelope holds the record in base64 and what Lambda adds to it. */
function judgeRoom(mapping: Mapping, graph: Graph): Verdict[] {
  const place = { resource: mapping.resource, property: 'DestinationConfig.OnFailure.Destination' };
  const name = destinationTopic(mapping);
  if (name.kind !== 'known') return [];
  const room = bytesOf(graph, mapping, name.value);
  const topics = mapping.topics.kind === 'known' ? mapping.topics.value : [];
  return topics.map((source) => {
    const needed = map(bytesOf(graph, mapping, source), (bytes) => 1.4 * bytes + 16 * 1024);
    const want = `max.message.bytes of ${shown(name.value)} above 1.4 × that of ${shown(source)} plus 16 KiB`;
    if (needed.kind === 'unknown') return undecided(place, needed.why, want);
    return judge(place, room, { want, ok: (bytes) => certainly(needed, (least) => bytes > least) });
  });
}

function bytesOf(graph: Graph, { clusterArn }: Mapping, name: string): Read<number> {
  const topic = topicNamed(graph, name, clusterArn);
  return topic
    ? maxMessageBytes(graph, topic)
    : { kind: 'unknown', why: `topic ${shown(name)} of this cluster is not in the template` };
}

const setConfig = (line: string) => ({
  cdk: `use KafkaTopic, or put ${line} into the configs of CfnTopic`,
  cloudFormation: `put the line ${line} into Configs (in base64) of the AWS::MSK::Topic`,
});

export const TOPIC_RULES: readonly Rule[] = [
  {
    code: 'LK201',
    name: 'topic-replication',
    severity: 'error',
    why: 'with fewer than three replicas, one broker down leaves the events of the topic one fault from loss',
    fix: { cdk: 'use KafkaTopic, or set replicationFactor to 3', cloudFormation: 'set ReplicationFactor to 3' },
    source: msk('bestpractices'),
    check: forEach(TOPIC, (topic, graph) => {
      const property = 'ReplicationFactor';
      const factor = topic.at(property).number();
      return onStandard(graph, topic, judge({ resource: topic, property }, factor, { want: '3', ok: (n) => n >= 3 }));
    }),
  },
  {
    code: 'LK202',
    name: 'topic-overrides',
    severity: 'error',
    why: "the topic undoes the cluster's safe settings: events are acknowledged by one broker, lost in an unclean election, or refused while one broker is down",
    fix: setConfig('min.insync.replicas=2 or unclean.leader.election.enable=false'),
    source: kafka('topicconfigs'),
    check: forEach(TOPIC, (topic, graph) =>
      [
        judge(
          configs(topic),
          then(topicConfigs(topic), (own) => own.number('min.insync.replicas')),
          {
            want: 'min.insync.replicas of 2',
            ok: (replicas) => replicas >= 2,
            byDefault: 2,
          },
        ),
        judge(configs(topic), ownSetting(topic, 'unclean.leader.election.enable'), {
          want: 'unclean.leader.election.enable=false',
          ok: (text) => text.toLowerCase() === 'false',
          byDefault: 'false',
        }),
      ].map((verdict) => onStandard(graph, topic, verdict)),
    ),
  },
  {
    code: 'LK203',
    name: 'retention-too-short',
    severity: 'error',
    why: 'an outage of the consumer that is longer than the retention loses what was not read; retries that end sooner give good events away',
    fix: {
      cdk: 'set retention of KafkaTopic to 7 days or more, and a timeout whose 10,000 retries outlast it',
      cloudFormation:
        'set retention.ms to 604800000 or more, and MaximumRetryAttempts and Timeout so that their product outlasts it',
    },
    source: kafka('topicconfigs_retention.ms'),
    check: together(
      forEach(TOPIC, (topic, graph) => judgeRetention(configs(topic), retentionOf(graph, topic))),
      forEachSettings((cluster, graph) => judgeRetention(settingsOf(cluster), retentionOnCluster(graph, cluster))),
      forEachMapping(judgePersistence),
    ),
  },
  {
    code: 'LK204',
    name: 'larger-than-lambda',
    severity: 'warning',
    why: 'an invocation carries 6 MB of JSON: a larger record cannot be delivered, and goes away undelivered',
    fix: setConfig(`max.message.bytes=${LARGEST_RECORD_BYTES}`),
    source: lambda('with-kafka-troubleshoot'),
    check: together(
      forEach(TOPIC, (topic, graph) => bytesVerdict(configs(topic), maxMessageBytes(graph, topic))),
      forEachSettings((cluster, graph) => {
        const bytes = map(clusterSetting(graph, cluster, 'message.max.bytes'), Number);
        return bytes.kind === 'absent' ? [] : bytesVerdict(settingsOf(cluster), bytes);
      }),
    ),
  },
  {
    code: 'LK205',
    name: 'dead-letter-topic-too-small',
    severity: 'error',
    why: 'a failed record travels in base64 with an envelope: what does not fit into the destination is dropped',
    fix: {
      cdk: 'use EventConsumer, which keeps failed events in S3, or raise max.message.bytes of the destination topic',
      cloudFormation: 'raise max.message.bytes of the destination topic above 1.4 × that of the source plus 16 KiB',
    },
    source: lambda('kafka-on-failure-destination'),
    check: forEachMapping(judgeRoom),
  },
  {
    code: 'LK206',
    name: 'deletes-by-size',
    severity: 'warning',
    why: 'a burst deletes unread events before their time',
    fix: setConfig('retention.bytes=-1'),
    source: kafka('topicconfigs_retention.bytes'),
    check: everywhere(
      { topic: 'retention.bytes', cluster: 'log.retention.bytes' },
      { want: 'no limit by size (-1)', ok: (bytes) => Number(bytes) === -1, byDefault: '-1' },
    ),
  },
  {
    code: 'LK207',
    name: 'compacted',
    severity: 'error',
    why: 'earlier events of a key are removed, read or not',
    fix: setConfig('cleanup.policy=delete'),
    source: kafka('topicconfigs_cleanup.policy'),
    check: everywhere(
      { topic: 'cleanup.policy', cluster: 'log.cleanup.policy' },
      { want: 'cleanup.policy=delete', ok: (policy) => !policy.includes('compact'), byDefault: 'delete' },
    ),
  },
  {
    code: 'LK208',
    name: 'create-time',
    severity: 'warning',
    why: 'an event that carries an old timestamp, as one sent again does, is aged out or deleted at once',
    fix: setConfig('message.timestamp.type=LogAppendTime'),
    source: kafka('topicconfigs_message.timestamp.type'),
    check: forEach(TOPIC, judgeTimestamps),
  },
];
