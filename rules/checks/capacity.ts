import type { Additions } from './additions';
import { forEachSettings, settingsOf } from './broker-settings';
import type { Graph, Resource } from '../reading/graph';
import {
  CLUSTER,
  clusterNumber,
  isStandard,
  SERVERLESS_CLUSTER,
  TOPIC,
  clusterOfTopic,
  topicConfigs,
} from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import type { Mapping } from '../reading/mappings';
import { groupsAt, letsIn } from './network';
import { msk } from './pages';
import {
  fail,
  forEach,
  judge,
  judgeMatch,
  pass,
  provided,
  undecided,
  type Place,
  type Rule,
  type Verdict,
} from './rule';
import { certainly, known, map, or, then } from '../reading/value';

/** Settings that ask for every replica, for more than there is, or for brokers too small; and serverless clusters. */

const EVERY = 'one less than the replication factor';

/** With every replica asked for, one broker down stops every write. Fewer than three replicas are LK201's. */
function judgeEveryReplica(topic: Resource, graph: Graph): Verdict[] {
  const minimum = then(topicConfigs(topic), (own) => own.number('min.insync.replicas'));
  const cluster = clusterOfTopic(graph, topic);
  if (minimum.kind !== 'known' || minimum.value < 3) return [];
  const place: Place = { resource: topic, property: 'Configs' };
  const every = certainly(topic.at('ReplicationFactor').number(), (factor) => minimum.value >= factor);
  const found = `min.insync.replicas of ${minimum.value}, which is every replica`;
  const verdict = every ? fail(place, found, EVERY, 'warning') : pass(place);
  return [cluster ? provided(isStandard(cluster), verdict) : verdict];
}

/** What a transaction has decided is acknowledged by so many brokers. */
function judgeTransactions(cluster: Resource, graph: Graph): Verdict {
  const name = 'transaction.state.log.min.isr';
  return provided(
    isStandard(cluster),
    judge(settingsOf(cluster), clusterNumber(graph, cluster, name), {
      want: `${name} of 2`,
      ok: (replicas) => replicas >= 2,
      byDefault: 2,
    }),
  );
}

/** Lambda takes from 1 to 200 pollers at least, to 2,000 at most, and at most as many as there may be. */
function judgePollers({ resource }: Mapping): Verdict[] {
  const property = 'ProvisionedPollerConfig';
  const place: Place = { resource, property };
  const [least, most] = [resource.at(`${property}.MinimumPollers`), resource.at(`${property}.MaximumPollers`)].map(
    (value) => value.number(),
  );
  const within = (limit: number) => ({
    want: `from 1 to ${limit} pollers`,
    ok: (count: number) => count >= 1 && count <= limit,
    byDefault: 1,
  });
  const order = then(least ?? known(1), (from) => map(most ?? known(from), (to) => to - from));
  return [
    judge(place, least ?? known(1), within(200)),
    judge(place, most ?? known(1), within(2_000)),
    judge(
      place,
      map(order, (room) => (room < 0 ? 'fewer at most than at least' : 'a range')),
      { want: 'MaximumPollers of MinimumPollers or more', ok: (found) => found === 'a range', byDefault: 'a range' },
    ),
  ];
}

/** Pollers stand in the groups of the cluster's networks. */
function judgeServerlessDoor({ cluster }: Mapping, graph: Graph): Verdict[] {
  if (cluster?.type !== SERVERLESS_CLUSTER) return [];
  const networks = or(cluster.at('VpcConfigs').list(), () => known([]));
  const want = "a rule that lets the cluster's security group in from itself on port 9098";
  if (networks.kind !== 'known') return [];
  return networks.value.map((network, n) => {
    const place: Place = { resource: cluster, property: `VpcConfigs.${n}.SecurityGroups` };
    const groups = groupsAt(graph, network.at('SecurityGroups'));
    const maybe = 'security groups or ranges known only at deploy';
    return judgeMatch(place, letsIn(graph, groups, groups, 9098), { want, no: 'none', maybe });
  });
}

/** A serverless cluster removes the oldest events of a partition beyond 250 GiB, unless its topic says otherwise. */
function judgeServerlessSize(topic: Resource, graph: Graph): Verdict[] {
  if (clusterOfTopic(graph, topic)?.type !== SERVERLESS_CLUSTER) return [];
  const bytes = then(topicConfigs(topic), (own) => own.get('retention.bytes'));
  const place: Place = { resource: topic, property: 'Configs' };
  return bytes.kind === 'absent' ? [fail(place, 'nothing, which means 250 GiB', UNLIMITED)] : [];
}
const UNLIMITED = 'no limit by size (-1)';

export const CAPACITY_CHECKS: Additions = {
  LK102: [forEachSettings(judgeTransactions)],
  LK202: [forEach(TOPIC, judgeEveryReplica)],
  LK206: [
    forEach(TOPIC, judgeServerlessSize),
    forEach(SERVERLESS_CLUSTER, (cluster) =>
      undecided({ resource: cluster, property: '' }, 'topics made elsewhere, with 250 GiB by default', UNLIMITED),
    ),
  ],
  LK304: [forEachMapping(judgePollers)],
  LK314: [forEachMapping(judgeServerlessDoor)],
};

export const CAPACITY_RULES: readonly Rule[] = [
  {
    code: 'LK114',
    name: 'undersized-brokers',
    severity: 'warning',
    why: 'brokers that live on CPU credits fall behind under load, their replicas leave the set in sync, and writes are refused',
    fix: {
      cdk: 'set instanceType to kafka.m7g.large or larger; KafkaCluster has it by default',
      cloudFormation: 'set BrokerNodeGroupInfo.InstanceType to kafka.m7g.large or larger',
    },
    source: msk('bestpractices'),
    check: forEach(CLUSTER, (cluster: Resource, _graph: Graph) => {
      const property = 'BrokerNodeGroupInfo.InstanceType';
      return judge({ resource: cluster, property }, cluster.at(property).string(), {
        want: 'brokers without CPU credits',
        ok: (type) => !/^kafka\.t\d/.test(type),
      });
    }),
  },
];
