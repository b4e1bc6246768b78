import type { Graph, Resource } from './graph';
import { isPending } from './lookups';
import { Properties } from './properties';
import { ZONES } from './resolve';
import { covers, type Match } from './matching';
import { decoded, isKnown, shown, symbol } from './symbols';
import { ABSENT, brief, certainly, known, map, or, then, unknown, type Read } from './value';

/** Clusters and topics, and the settings that hold for them. */

export const CLUSTER = 'AWS::MSK::Cluster';
export const SERVERLESS_CLUSTER = 'AWS::MSK::ServerlessCluster';
export const CONFIGURATION = 'AWS::MSK::Configuration';
export const TOPIC = 'AWS::MSK::Topic';

/**
 * False for Express brokers, to which MSK fixes the settings that keep events; absent for a serverless cluster, which has them
 * too. A configuration is written for standard brokers.
 */
export const isStandard = (cluster: Resource): Read<boolean> =>
  cluster.type === CONFIGURATION
    ? known(true)
    : map(cluster.at('BrokerNodeGroupInfo.InstanceType').string(), (type) => !type.startsWith('express.'));

/** Ways in by which clients say who they are. */
export const BY_NAME = ['Sasl.Iam', 'Sasl.Scram', 'Tls'] as const;
export type ClusterWay = (typeof BY_NAME)[number] | 'Unauthenticated';

/** Whether a way in is on, as `ClientAuthentication` has it; absent where nothing is said of it. */
export function switchOf(cluster: Resource, way: ClusterWay): Read<boolean> {
  const enabled = cluster.at(`ClientAuthentication.${way}.Enabled`).boolean();
  // Certificates need no switch: naming an authority turns them on.
  const authorities = cluster.at('ClientAuthentication.Tls.CertificateAuthorityArnList').list();
  return way === 'Tls' ? or(enabled, () => known(certainly(authorities, (list) => list.length > 0))) : enabled;
}

/** Whether clients come in that way: as anybody, where nothing else is said, too. */
export function acceptsBy(cluster: Resource, way: ClusterWay): Read<boolean> {
  const says = BY_NAME.map((name) => switchOf(cluster, name));
  const others = says.some((said) => certainly(said, Boolean))
    ? known(false)
    : (says.find(({ kind }) => kind === 'unknown') ?? known(true));
  return or(switchOf(cluster, way), () => (way === 'Unauthenticated' ? others : known(false)));
}

/** Absent where the cluster names no configuration. */
export function configurationOf(graph: Graph, cluster: Resource): Read<Resource> {
  const info = cluster.at('ConfigurationInfo');
  if (info.object().kind === 'absent') return ABSENT;
  const named = or(info.at('Arn').text(), () => unknown('a configuration without its Arn'));
  return then(named, (arn) => {
    const found = graph.find(arn, CONFIGURATION);
    return found ? known(found) : unknown(`configuration ${shown(arn)} is not in the template`);
  });
}

/** Those of a cluster, or of a configuration by itself. */
export const serverProperties = (graph: Graph, resource: Resource): Read<Properties> =>
  then(resource.type === CONFIGURATION ? known(resource) : configurationOf(graph, resource), (configuration) =>
    or(
      map(configuration.at('ServerProperties').text(), (text) => Properties.parse(text)),
      () => known(Properties.NONE),
    ),
  );

/** A setting of the cluster; absent without a configuration, too. */
export const clusterSetting = (graph: Graph, cluster: Resource, name: string): Read<string> =>
  then(serverProperties(graph, cluster), (properties) => properties.get(name));

export const clusterNumber = (graph: Graph, cluster: Resource, name: string): Read<number> =>
  then(serverProperties(graph, cluster), (properties) => properties.number(name));

/** In how many zones the brokers lie: between what is certain and what is possible. */
export function zonesOf(graph: Graph, cluster: Resource): Read<number> {
  if (cluster.type === CONFIGURATION) return unknown('nothing, which means what the zones of its clusters make it');
  return then(cluster.at('BrokerNodeGroupInfo.ClientSubnets').list(), (subnets) => {
    const pending = subnets.find((subnet) => certainly(subnet.text(), isPending));
    if (pending) return unknown(`subnets from ${brief(pending.raw)}`);
    const zones = subnets.map((subnet) => then(subnet.text(), (text) => zoneOf(graph, text)));
    const certain = zones.flatMap((zone) => (zone.kind === 'known' ? [zone.value] : []));
    const written = new Set(certain.filter(isKnown));
    const chosen = new Set(certain.filter((zone) => !isKnown(zone)));
    // A zone written out and one chosen by its place in the region may be the same.
    const [least, most] = [
      Math.max(written.size, chosen.size),
      written.size + chosen.size + zones.length - certain.length,
    ];
    if (least === most || most < 3) return known(most);
    if (least >= 3) return known(least);
    return unknown(
      `the zones of ${subnets.map(({ raw }) => shown(String(raw))).join(', ')} are not all in the template`,
    );
  });
}

function zoneOf(graph: Graph, subnet: string): Read<string> {
  const found = graph.find(subnet, 'AWS::EC2::Subnet');
  const zone = found ? or(found.at('AvailabilityZone').text(), () => found.at('AvailabilityZoneId').text()) : ABSENT;
  const settled = certainly(zone, (text) => isKnown(text) || text.startsWith(symbol(ZONES).slice(0, -1)));
  return settled ? zone : unknown(`the zone of ${shown(subnet)}`);
}

export function clusterOfTopic(graph: Graph, topic: Resource): Resource | undefined {
  const arn = topic.at('ClusterArn').text();
  return arn.kind === 'known' ? graph.find(arn.value, CLUSTER, SERVERLESS_CLUSTER) : undefined;
}

export const topicsOn = (graph: Graph, cluster: Resource): Resource[] =>
  graph.ofType(TOPIC).filter((topic) => clusterOfTopic(graph, topic) === cluster);

/** The topic of that name on that cluster; undefined when there is none, or when a deploy decides which of several it is. */
export function topicNamed(graph: Graph, name: string, clusterArn: Read<string>): Resource | undefined {
  const namesakes = graph
    .ofType(TOPIC)
    .filter((topic) => certainly(topic.at('TopicName').text(), (text) => text === name));
  const onCluster = (match: Match) =>
    namesakes.filter((topic) => sameCluster(graph, topic.at('ClusterArn').text(), clusterArn) === match);
  const [sure] = onCluster('yes');
  const [possible, another] = onCluster('maybe');
  return sure ?? (another ? undefined : possible);
}

/** Whether two ARNs mean one cluster. */
export function sameCluster(graph: Graph, one: Read<string>, other: Read<string>): Match {
  if (one.kind !== 'known' || other.kind !== 'known') return 'maybe';
  if (one.value === other.value) return 'yes';
  const [left, right] = [one, other].map(({ value }) => graph.find(value, CLUSTER, SERVERLESS_CLUSTER));
  if (left && right) return left === right ? 'yes' : 'no';
  // An ARN written out may be that of a cluster of the template; two that differ are two clusters.
  return !left && !right && covers(one.value, other.value) === 'no' ? 'no' : 'maybe';
}

/** The topic's own settings. */
export function topicConfigs(topic: Resource): Read<Properties> {
  const text = topic.at('Configs').text();
  if (text.kind === 'absent') return known(Properties.NONE);
  return then(text, (base64) => {
    const configs = decoded(base64);
    if (configs === undefined) return unknown('Configs: got text that is not base64, want properties in base64');
    if (configs.trimStart().startsWith('{')) return unknown('Configs: got JSON, want key=value lines in base64');
    return known(Properties.parse(configs));
  });
}

/** A setting of the topic, else what its cluster says for all topics; absent where neither says it. */
export function topicSetting(graph: Graph, topic: Resource, name: string, onCluster: string): Read<string> {
  return or(
    then(topicConfigs(topic), (configs) => configs.get(name)),
    () => ofItsCluster(graph, topic, (cluster) => clusterSetting(graph, cluster, onCluster)),
  );
}

function ofItsCluster<T>(graph: Graph, topic: Resource, read: (cluster: Resource) => Read<T>): Read<T> {
  const cluster = clusterOfTopic(graph, topic);
  if (!cluster) return unknown(`the topic does not say, and its cluster is not in the template`);
  return read(cluster);
}

const DAY = 24 * 3_600_000;
/** Kafka's own, 168 hours. */
export const DEFAULT_RETENTION = 7 * DAY;

/** Milliseconds for which the topic keeps events; infinite for −1. */
export const retentionOf = (graph: Graph, topic: Resource): Read<number> =>
  or(
    then(topicConfigs(topic), (configs) => map(configs.number('retention.ms'), endless)),
    () => ofItsCluster(graph, topic, (cluster) => retentionOnCluster(graph, cluster)),
  );

/** Milliseconds for which the cluster's topics keep events unless they say otherwise. */
export const retentionOnCluster = (graph: Graph, cluster: Resource): Read<number> =>
  or(
    then(serverProperties(graph, cluster), (settings) => {
      const units = [
        ['ms', 1],
        ['minutes', 60_000],
        ['hours', 3_600_000],
      ] as const;
      return units.reduce<Read<number>>(
        (found, [unit, ms]) => or(found, () => map(settings.number(`log.retention.${unit}`), (n) => endless(n * ms))),
        ABSENT,
      );
    }),
    () => known(DEFAULT_RETENTION),
  );

const endless = (ms: number): number => (ms < 0 ? Number.POSITIVE_INFINITY : ms);

/** Kafka's own default for the largest batch of records. */
const DEFAULT_MESSAGE_BYTES = 1_048_588;

export const maxMessageBytes = (graph: Graph, topic: Resource): Read<number> =>
  or(map(topicSetting(graph, topic, 'max.message.bytes', 'message.max.bytes'), Number), () =>
    known(DEFAULT_MESSAGE_BYTES),
  );
