import { forEachSettings, settingsOf } from './broker-settings';
import type { Graph, Resource } from '../reading/graph';
import { CLUSTER, clusterNumber, clusterSetting, configurationOf, isStandard, zonesOf } from '../reading/kafka';
import { kafka, msk } from './pages';
import {
  fail,
  forEach,
  judge,
  pass,
  provided,
  undecided,
  type Judge,
  type Rule,
  type Subjects,
  type Verdict,
} from './rule';
import { isKnown, symbol } from '../reading/symbols';
import { certainly, map, or, type Read } from '../reading/value';

/** What a cluster and its configuration can get wrong with replicas, elections and topics. */

const isTrue = (text: string) => text.toLowerCase() === 'true';

/** Rules about settings judge clusters that name a configuration; LK105 judges the others. */
const forEachConfigured = (judge: Judge<Resource>): Subjects =>
  forEachSettings((of, graph) =>
    of.type === CLUSTER && configurationOf(graph, of).kind === 'absent' ? [] : judge(of, graph),
  );

/** MSK's own default follows the number of zones: 3 in three zones, 2 in two. */
const replication = (graph: Graph, cluster: Resource): Read<number> =>
  or(clusterNumber(graph, cluster, 'default.replication.factor'), () =>
    map(zonesOf(graph, cluster), (zones) => (zones >= 3 ? 3 : 2)),
  );
const inSync = (graph: Graph, cluster: Resource): Read<number> =>
  or(clusterNumber(graph, cluster, 'min.insync.replicas'), () =>
    map(zonesOf(graph, cluster), (zones) => (zones >= 3 ? 2 : 1)),
  );

function judgeInSync(graph: Graph, cluster: Resource): Verdict {
  const place = settingsOf(cluster);
  const minimum = inSync(graph, cluster);
  const verdict = judge(place, minimum, { want: 'min.insync.replicas of 2', ok: (replicas) => replicas >= 2 });
  if (verdict.status !== 'pass' || minimum.kind !== 'known') return verdict;
  const factor = replication(graph, cluster);
  if (!certainly(factor, (replicas) => minimum.value >= replicas)) return verdict;
  const found = `min.insync.replicas of ${minimum.value}, which is every replica`;
  return fail(place, found, 'one less than the replication factor', 'warning');
}

function judgeReplication(graph: Graph, cluster: Resource): Verdict[] {
  const place = settingsOf(cluster);
  const atLeast3 = (name: string, read: Read<number>) =>
    judge(place, read, { want: `${name} of 3`, ok: (factor) => factor >= 3, byDefault: 3 });
  return [
    atLeast3('default.replication.factor', replication(graph, cluster)),
    ...['offsets.topic.replication.factor', 'transaction.state.log.replication.factor'].map((name) =>
      atLeast3(name, clusterNumber(graph, cluster, name)),
    ),
  ];
}

function judgeRevision(graph: Graph, cluster: Resource): Verdict[] {
  const configuration = configurationOf(graph, cluster);
  if (configuration.kind !== 'known') return [];
  const place = { resource: cluster, property: 'ConfigurationInfo.Revision' };
  const latest = symbol(`${configuration.value.id}.LatestRevision.Revision`);
  const want = `LatestRevision.Revision of ${configuration.value.logicalId}`;
  const revision = cluster.at(place.property).text();
  if (certainly(revision, (text) => text === latest)) return [pass(place)];
  if (revision.kind === 'known' && !isKnown(revision.value)) {
    return [undecided(place, `a revision known only at deploy`, want)];
  }
  return [judge(place, revision, { want, ok: () => false })];
}

/** Oldest minor version of Kafka that MSK still supports, as of November 2026. */
const OLDEST = { major: 3, minor: 8 };

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

export const BROKER_RULES: readonly Rule[] = [
  {
    code: 'LK101',
    name: 'unclean-leader-election',
    severity: 'error',
    why: 'a replica that missed acknowledged records may become leader, and those records are gone',
    fix: {
      cdk: "use KafkaCluster, or say 'unclean.leader.election.enable=false' in the serverProperties of CfnConfiguration",
      cloudFormation:
        'add the line unclean.leader.election.enable=false to ServerProperties of the AWS::MSK::Configuration',
    },
    source: msk('msk-default-configuration'),
    check: forEachConfigured((cluster, graph) => {
      const tiered = certainly(cluster.at('StorageMode').string(), (mode) => mode === 'TIERED');
      const setting = clusterSetting(graph, cluster, 'unclean.leader.election.enable');
      const off = {
        want: 'unclean.leader.election.enable=false',
        ok: (text: string) => text.toLowerCase() === 'false',
      };
      return provided(
        isStandard(cluster),
        judge(settingsOf(cluster), setting, { ...off, byDefault: tiered ? 'false' : 'true' }),
      );
    }),
  },
  {
    code: 'LK102',
    name: 'min-insync-replicas',
    severity: 'error',
    why: 'a record is acknowledged that lies on one broker alone, and is gone with it',
    fix: {
      cdk: "use KafkaCluster, or say 'min.insync.replicas=2' in the serverProperties of CfnConfiguration",
      cloudFormation: 'add the line min.insync.replicas=2 to ServerProperties of the AWS::MSK::Configuration',
    },
    source: msk('bestpractices'),
    check: forEachConfigured((cluster, graph) => provided(isStandard(cluster), judgeInSync(graph, cluster))),
  },
  {
    code: 'LK103',
    name: 'replication-factor',
    severity: 'error',
    why: 'with fewer than three replicas, one broker down leaves no room for a second fault, and its events have no copy',
    fix: {
      cdk: 'use KafkaCluster, or set default.replication.factor, offsets.topic.replication.factor and transaction.state.log.replication.factor to 3',
      cloudFormation: 'set the three replication factors to 3 in ServerProperties of the AWS::MSK::Configuration',
    },
    source: msk('msk-default-configuration'),
    check: forEachConfigured((cluster, graph) =>
      judgeReplication(graph, cluster).map((verdict) => provided(isStandard(cluster), verdict)),
    ),
  },
  {
    code: 'LK104',
    name: 'topic-auto-creation',
    severity: 'warning',
    why: 'a typing error becomes a topic with default settings, whose events nobody reads',
    fix: {
      cdk: "make topics with KafkaTopic and say 'auto.create.topics.enable=false'",
      cloudFormation: 'set auto.create.topics.enable=false in ServerProperties and make topics with AWS::MSK::Topic',
    },
    source: msk('msk-configuration-properties'),
    check: forEachConfigured((cluster, graph) =>
      judge(settingsOf(cluster), clusterSetting(graph, cluster, 'auto.create.topics.enable'), {
        want: 'auto.create.topics.enable=false',
        ok: (text) => !isTrue(text),
        byDefault: 'false',
      }),
    ),
  },
  {
    code: 'LK105',
    name: 'no-configuration',
    severity: 'error',
    why: "the service's defaults apply, and they elect unclean leaders",
    fix: {
      cdk: 'use KafkaCluster, or give CfnCluster a configurationInfo with a CfnConfiguration',
      cloudFormation: 'add an AWS::MSK::Configuration and name it in ConfigurationInfo of the cluster',
    },
    source: msk('msk-default-configuration'),
    check: forEach(CLUSTER, (cluster) =>
      provided(
        isStandard(cluster),
        judge(settingsOf(cluster), cluster.at('ConfigurationInfo').object(), {
          want: 'a configuration',
          ok: () => true,
        }),
      ),
    ),
  },
  {
    code: 'LK106',
    name: 'too-few-zones',
    severity: 'error',
    why: 'two replicas of an event share a zone, or there is no third: the loss of one zone loses acknowledged events or stops every write',
    fix: {
      cdk: 'use KafkaCluster with a VPC of three zones; a stack without a region sees two unless availabilityZones is overridden',
      cloudFormation: 'set NumberOfBrokerNodes to 3 or more and ClientSubnets to subnets in three zones',
    },
    source: msk('bestpractices'),
    check: forEach(CLUSTER, (cluster, graph) => [
      judge({ resource: cluster, property: 'NumberOfBrokerNodes' }, cluster.at('NumberOfBrokerNodes').number(), {
        want: '3 brokers or more',
        ok: (brokers) => brokers >= 3,
      }),
      judge({ resource: cluster, property: 'BrokerNodeGroupInfo.ClientSubnets' }, zonesOf(graph, cluster), {
        want: 'subnets in 3 zones',
        ok: (zones) => zones >= 3,
      }),
    ]),
  },
  {
    code: 'LK107',
    name: 'pinned-revision',
    severity: 'warning',
    why: 'edits of the configuration never reach the brokers, which go on losing what the edit was to save',
    fix: {
      cdk: 'set configurationInfo.revision to configuration.attrLatestRevisionRevision',
      cloudFormation: 'set ConfigurationInfo.Revision to !GetAtt <Configuration>.LatestRevision.Revision',
    },
    source: msk('msk-configuration-operations'),
    check: forEach(CLUSTER, (cluster, graph) => judgeRevision(graph, cluster)),
  },
  {
    code: 'LK111',
    name: 'retired-kafka',
    severity: 'warning',
    why: 'a version past its support gets no fix for bugs that lose events, and MSK upgrades it at a time of its own',
    fix: {
      cdk: `set kafkaVersion to ${OLDEST.major}.${OLDEST.minor}.x or later; KafkaCluster has a current default`,
      cloudFormation: `set KafkaVersion to ${OLDEST.major}.${OLDEST.minor}.x or later`,
    },
    source: msk('supported-kafka-versions'),
    check: forEach(CLUSTER, (cluster) => {
      const property = 'KafkaVersion';
      const version = cluster.at(property).string();
      return judge({ resource: cluster, property }, version, {
        want: `${OLDEST.major}.${OLDEST.minor} or later`,
        ok: isSupported,
      });
    }),
  },
  {
    code: 'LK113',
    name: 'offsets-expire',
    severity: 'warning',
    why: 'a mapping that is paused for longer finds no offsets: it starts over, or skips what came meanwhile',
    fix: {
      cdk: 'leave offsets.retention.minutes out of the serverProperties, or set it to 10080 (7 days) or more',
      cloudFormation: 'remove offsets.retention.minutes from ServerProperties, or set it to 10080 or more',
    },
    source: kafka('brokerconfigs_offsets.retention.minutes'),
    check: forEachConfigured((cluster, graph) =>
      judge(settingsOf(cluster), clusterNumber(graph, cluster, 'offsets.retention.minutes'), {
        want: 'offsets.retention.minutes of 10080 (7 days) or more',
        ok: (minutes) => minutes >= 10_080,
        byDefault: 10_080,
      }),
    ),
  },
];
