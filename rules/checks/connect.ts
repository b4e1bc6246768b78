import type { Additions } from './additions';
import type { Graph, Resource } from '../reading/graph';
import { mappingsOf } from '../reading/mappings';
import { kafka } from './pages';
import { kafkaPipes } from './pipes';
import { Properties } from '../reading/properties';
import { fail, forEach, judge, pass, undecided, type Place, type Rule, type Verdict } from './rule';
import { decoded, shown } from '../reading/symbols';
import { ABSENT, certainly, known, map, or, then, unknown, Value, type Read } from '../reading/value';

/** What connectors of MSK Connect can get wrong: they read topics (sinks) or write into them (sources). */

const CONNECTOR = 'AWS::KafkaConnect::Connector';
const WORKER = 'AWS::KafkaConnect::WorkerConfiguration';
const settings = (resource: Resource): Place => ({ resource, property: 'ConnectorConfiguration' });

/** A setting of the connector; its names hold dots. */
const setting = (connector: Resource, name: string): Read<string> =>
  then(connector.at('ConnectorConfiguration').object(), (all) => new Value(all[name]).string());

/** A setting of a Kafka client of the connector's: its own, or that of its workers. */
const clientSetting = (graph: Graph, connector: Resource, client: 'producer' | 'consumer', name: string) =>
  or(setting(connector, `${client}.override.${name}`), () =>
    then(workerProperties(graph, connector), (properties) => properties.get(`${client}.${name}`)),
  );

function workerProperties(graph: Graph, connector: Resource): Read<Properties> {
  return then(connector.at('WorkerConfiguration.WorkerConfigurationArn').text(), (arn) => {
    const worker = graph.find(arn, WORKER);
    if (!worker) return unknown(`worker configuration ${shown(arn)} is not in the template`);
    return then(worker.at('PropertiesFileContent').text(), (base64) => {
      const text = decoded(base64);
      return text === undefined ? unknown('PropertiesFileContent that is not base64') : known(Properties.parse(text));
    });
  });
}

/** A sink reads topics, and names them. */
const isSink = (connector: Resource): Read<boolean> =>
  map(
    or(setting(connector, 'topics'), () => or(setting(connector, 'topics.regex'), () => known(''))),
    (topics) => topics !== '',
  );
const deadLetterTopic = (connector: Resource): Read<string> =>
  then(setting(connector, 'errors.deadletterqueue.topic.name'), (name) => (name === '' ? ABSENT : known(name)));

/** A sink keeps what it skips on a topic for dead letters, if it has one; a source has none. */
function judgeTolerance(connector: Resource): Verdict {
  const place = settings(connector);
  const want = 'errors.tolerance=none, or a sink with errors.deadletterqueue.topic.name';
  const tolerance = setting(connector, 'errors.tolerance');
  const verdict = judge(place, tolerance, { want, ok: (text) => text.toLowerCase() !== 'all', byDefault: 'none' });
  if (verdict.status !== 'fail') return verdict;
  const sink = isSink(connector);
  if (certainly(sink, (yes) => !yes)) return fail(place, 'errors.tolerance=all in a source connector', want);
  const letters = deadLetterTopic(connector);
  if (letters.kind === 'absent') return fail(place, 'errors.tolerance=all, and no topic for dead letters', want);
  const doubt = [sink, letters].find(({ kind }) => kind === 'unknown');
  return doubt?.kind === 'unknown' ? undecided(place, doubt.why, want) : pass(place);
}

/** Events are written by sources, and by sinks that keep dead letters. */
function judgeAcks(connector: Resource, graph: Graph): Verdict[] {
  const sinkAlone = certainly(isSink(connector), Boolean) && deadLetterTopic(connector).kind === 'absent';
  if (sinkAlone) return [];
  return [
    judge(settings(connector), clientSetting(graph, connector, 'producer', 'acks'), {
      want: 'acks=all',
      ok: (acks) => acks === 'all' || acks === '-1',
      byDefault: 'all',
    }),
  ];
}

function judgeStart(connector: Resource, graph: Graph): Verdict[] {
  if (certainly(isSink(connector), (yes) => !yes)) return [];
  return [
    judge(settings(connector), clientSetting(graph, connector, 'consumer', 'auto.offset.reset'), {
      want: 'auto.offset.reset=earliest',
      ok: (reset) => reset !== 'latest',
      byDefault: 'earliest',
    }),
  ];
}

function judgeDeadLetterReplicas(connector: Resource): Verdict[] {
  if (deadLetterTopic(connector).kind === 'absent') return [];
  const name = 'errors.deadletterqueue.topic.replication.factor';
  return [
    judge(settings(connector), map(setting(connector, name), Number), {
      want: `${name} of 3`,
      ok: (factor) => factor >= 3,
      byDefault: 3,
    }),
  ];
}

/** Connect calls a sink's group `connect-<name>` unless it is told another. Which cluster is read, addresses do not say. */
function judgeGroup(connector: Resource, graph: Graph): Verdict[] {
  if (!certainly(isSink(connector), Boolean)) return [];
  const place = settings(connector);
  const group = groupOf(connector);
  if (group.kind !== 'known') return [];
  const isAlike = (other: Read<string>) => certainly(other, (text) => text === group.value);
  const connectors = graph.ofType(CONNECTOR).filter((other) => !certainly(isSink(other), (yes) => !yes));
  const before = connectors.slice(0, connectors.indexOf(connector));
  const twins = [
    ...[...mappingsOf(graph), ...kafkaPipes(graph)]
      .filter((other) => isAlike(other.group))
      .map((other) => other.resource),
    ...before.filter((other) => isAlike(groupOf(other)) && mayShareTopics(connector, other)),
  ];
  const want = 'a group of its own';
  const servers = serversOf(connector);
  const near = twins.find((other) => certainly(servers, (text) => certainly(serversOf(other), (own) => own === text)));
  if (near) return [fail(place, `${shown(group.value)}, the group of ${near.logicalId} too`, want)];
  const [twin] = twins;
  const found = `${shown(group.value)}, the group of ${twin?.logicalId ?? ''}, perhaps on its cluster`;
  return [twin ? undecided(place, found, want) : pass(place)];
}

const groupOf = (connector: Resource): Read<string> =>
  or(setting(connector, 'consumer.override.group.id'), () =>
    map(connector.at('ConnectorName').text(), (name) => `connect-${name}`),
  );
const serversOf = (connector: Resource): Read<string> =>
  connector.at('KafkaCluster.ApacheKafkaCluster.BootstrapServers').text();

/** Of a group whose members read different topics, each has all events of its own. */
function mayShareTopics(one: Resource, other: Resource): boolean {
  const [left, right] = [setting(one, 'topics'), setting(other, 'topics')];
  if (left.kind !== 'known' || right.kind !== 'known') return true;
  const names = (topics: string) => topics.split(',').map((name) => name.trim());
  return names(left.value).some((name) => names(right.value).includes(name));
}

/** What connectors add to the rules for mappings, topics and producers. */
export const CONNECT_CHECKS: Additions = {
  LK201: [forEach(CONNECTOR, judgeDeadLetterReplicas)],
  LK301: [forEach(CONNECTOR, judgeStart)],
  LK319: [forEach(CONNECTOR, judgeGroup)],
  LK601: [forEach(CONNECTOR, judgeAcks)],
};

export const CONNECT_RULES: readonly Rule[] = [
  {
    code: 'LK321',
    name: 'connector-skips',
    severity: 'error',
    why: 'an event that the connector cannot convert or write is skipped as if it were applied',
    fix: {
      cdk: "leave 'errors.tolerance' out of connectorConfiguration, or name a topic in 'errors.deadletterqueue.topic.name'",
      cloudFormation:
        'remove errors.tolerance from ConnectorConfiguration, or name a topic in errors.deadletterqueue.topic.name',
    },
    source: kafka('sinkconnectorconfigs_errors.tolerance'),
    check: forEach(CONNECTOR, judgeTolerance),
  },
];
