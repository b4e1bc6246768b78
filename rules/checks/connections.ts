import type { Graph, Resource } from '../reading/graph';
import { acceptsBy, CLUSTER, SERVERLESS_CLUSTER, type ClusterWay } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import {
  authenticationOf,
  destinationKind,
  destinationTopic,
  SECRET,
  secretsOf,
  sourceAccessOf,
  type Mapping,
  type MappingAuthentication,
} from '../reading/mappings';
import { letsBrokersHear } from '../reading/acls';
import { keyOf, texts } from './holdings';
import { groupsAt, letsIn, letsOut } from './network';
import { lambda } from './pages';
import { bucketArn, judgeRights, keyNeeds, networkNeeds, writeNeeds, type Need } from './rights';
import { fail, judge, judgeMatch, pass, provided, undecided, worst, type Place, type Rule, type Verdict } from './rule';
import { least } from '../reading/matching';
import { arnOnCluster, atom, isKnown, isOpaque, shown } from '../reading/symbols';
import { known, map, or, then, type Read } from '../reading/value';

/** Whether a mapping reaches its cluster and its destination: rights and network. */

const DESTINATION = 'DestinationConfig.OnFailure.Destination';
const at = ({ resource }: Mapping, property: string): Place => ({ resource, property });

const onTopic = (mapping: Mapping, topic: string): Read<string> =>
  map(mapping.clusterArn, (arn) => arnOnCluster(arn, 'topic', topic));

function destinationNeeds(graph: Graph, mapping: Mapping, kind: string): Need[] {
  const { destination, clusterArn } = mapping;
  switch (kind) {
    case 's3':
      return [...writeNeeds(graph, destination, false), ['s3:ListBucket', map(destination, bucketArn)]];
    case 'sqs':
      return [['sqs:SendMessage', destination]];
    case 'sns':
      return [['sns:Publish', destination]];
    default: {
      const topic = then(destinationTopic(mapping), (name) => onTopic(mapping, name));
      return [
        ['kafka-cluster:Connect', clusterArn],
        ['kafka-cluster:DescribeTopic', topic],
        ['kafka-cluster:WriteData', topic],
      ];
    }
  }
}

function judgeWritable(mapping: Mapping, graph: Graph): Verdict[] {
  const kind = destinationKind(mapping);
  if (kind.kind === 'absent') return [];
  const place = at(mapping, DESTINATION);
  const want = 'a destination that the role may write to';
  const { handler } = mapping;
  if (kind.kind === 'unknown') return [undecided(place, kind.why, want)];
  if (handler.kind !== 'known')
    return [undecided(place, handler.kind === 'unknown' ? handler.why : 'no function', want)];
  const verdict = judgeRights(graph, place, handler.value, destinationNeeds(graph, mapping, kind.value));
  // Rights on a topic are a matter of IAM only where IAM is how the pollers come in.
  return [kind.value === 'kafka' ? provided(usesIam(mapping), verdict) : verdict];
}

const usesIam = (mapping: Mapping): Read<boolean> => map(authenticationOf(mapping), (way) => way === 'iam');

const DESCRIBE_CLUSTER = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2'];
/** What pollers read by, where IAM is how they come in. */
function readingNeeds(mapping: Mapping): Need[] {
  const { clusterArn, topics } = mapping;
  // Without a name of its own the group is called by an id that only Lambda knows.
  const group = or(mapping.group, () => known(atom('consumer group')));
  const groupArn = then(group, (name) => map(clusterArn, (arn) => arnOnCluster(arn, 'group', name)));
  const names: Read<string>[] = topics.kind === 'known' ? topics.value.map(known) : [then(topics, () => known(''))];
  const needs = (actions: readonly string[], on: Read<string>): Need[] =>
    actions.map((action) => [action, on] as const);
  return [
    ...needs(['kafka-cluster:Connect'], clusterArn),
    ...needs(['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], groupArn),
    ...names.flatMap((name) =>
      needs(
        ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
        then(name, (topic) => onTopic(mapping, topic)),
      ),
    ),
  ];
}

/** What pollers find a cluster by, and stand in its network by, however they come in. */
function findingNeeds({ resource, clusterArn }: Mapping): Need[] {
  const managed = clusterArn.kind !== 'absent';
  const inNetwork = managed || sourceAccessOf(resource, (type) => type === 'VPC_SUBNET').length > 0;
  return [
    ...(managed ? [[DESCRIBE_CLUSTER, clusterArn] as const, ['kafka:GetBootstrapBrokers', clusterArn] as const] : []),
    ...(inNetwork ? networkNeeds(['DescribeVpcs', 'DescribeSubnets', 'DescribeSecurityGroups']) : []),
  ];
}

/** What is needed to read the secrets that a mapping names: passwords, certificates, authorities. */
function secretNeeds(graph: Graph, { resource }: Mapping): Need[] {
  return secretsOf(resource).flatMap((uri): Need[] => {
    const secret = uri.kind === 'known' ? graph.find(uri.value, SECRET) : undefined;
    return [
      ['secretsmanager:GetSecretValue', map(uri, named)],
      ...(secret ? keyNeeds(graph, keyOf(secret), 'kms:Decrypt', 'secretsmanager') : []),
    ];
  });
}

/** A secret may be named without the six characters that end its ARN; policies have a pattern for them. */
const named = (arn: string): string[] => (isOpaque(arn) ? [arn] : [arn, `${arn}-xxxxxx`]);

function judgeReadable(mapping: Mapping, graph: Graph): Verdict {
  const place = at(mapping, 'FunctionName');
  const { handler } = mapping;
  const always = [...findingNeeds(mapping), ...secretNeeds(graph, mapping)];
  if (handler.kind !== 'known') {
    const why = handler.kind === 'unknown' ? handler.why : 'no function';
    const asksNothing = mapping.clusterArn.kind === 'absent' && always.length === 0;
    return asksNothing ? pass(place) : undecided(place, why, 'a role that may read the topic');
  }
  const judged = (needs: Need[]) => judgeRights(graph, place, handler.value, needs);
  return worst([provided(usesIam(mapping), judged(readingNeeds(mapping))), judged(always)]) ?? pass(place);
}

/** Queues and topics that keep an order have a name that ends so. */
function judgeOrdered(mapping: Mapping, graph: Graph): Verdict[] {
  const { destination } = mapping;
  if (destination.kind === 'absent') return [];
  const place = at(mapping, DESTINATION);
  const want = 'a standard queue or topic, or a bucket';
  if (destination.kind === 'unknown') return [undecided(place, destination.why, want)];
  if (destination.value.endsWith('.fifo')) return [fail(place, shown(destination.value), want)];
  const kind = destinationKind(mapping);
  if (kind.kind === 'unknown') return [undecided(place, kind.why, want)];
  if (kind.kind === 'known' && kind.value !== 'sqs' && kind.value !== 'sns') return [pass(place)];
  const store = graph.find(destination.value, 'AWS::SQS::Queue', 'AWS::SNS::Topic');
  if (!store)
    return [isKnown(destination.value.slice(-5)) ? pass(place) : undecided(place, shown(destination.value), want)];
  const property = store.type === 'AWS::SQS::Queue' ? 'FifoQueue' : 'FifoTopic';
  return [
    judge({ resource: store, property }, store.at(property).boolean(), { want, ok: (fifo) => !fifo, byDefault: false }),
  ];
}

const PORTS: Readonly<Record<MappingAuthentication, number>> = { iam: 9098, scram: 9096, tls: 9094, none: 9094 };

/** Pollers stand in the cluster's subnets with the cluster's own security groups. */
function judgePollersLetIn(mapping: Mapping, graph: Graph): Verdict[] {
  const { cluster } = mapping;
  if (!cluster) return [];
  const way = authenticationOf(mapping);
  const accepted = way.kind === 'known' ? [judgeAccepted(mapping, cluster, way.value)] : [];
  if (cluster.type !== CLUSTER) return accepted;
  const place: Place = { resource: cluster, property: 'BrokerNodeGroupInfo.SecurityGroups' };
  const port = map(way, (value) => PORTS[value]);
  return [judgeWay(graph, place, cluster, port), ...accepted];
}

const WAYS: Readonly<Record<MappingAuthentication, ClusterWay>> = {
  iam: 'Sasl.Iam',
  scram: 'Sasl.Scram',
  tls: 'Tls',
  none: 'Unauthenticated',
};

/** A mapping that names a secret comes in by it and in no other way; one that names none, as anybody where IAM is off. */
function judgeAccepted(mapping: Mapping, cluster: Resource, way: MappingAuthentication): Verdict {
  const place = at(mapping, 'SourceAccessConfigurations');
  const want = 'the secret of a way in that the cluster has on, or none where Sasl.Iam is on';
  const isOn = cluster.type === SERVERLESS_CLUSTER ? known(way === 'iam') : acceptsBy(cluster, WAYS[way]);
  if (isOn.kind === 'unknown') return undecided(place, isOn.why, want);
  return isOn.kind === 'known' && isOn.value
    ? pass(place)
    : fail(place, `${WAYS[way]}, which the cluster has off`, want);
}

function judgeWay(graph: Graph, place: Place, cluster: Resource, port: Read<number>): Verdict {
  const groups = groupsAt(graph, cluster.at('BrokerNodeGroupInfo.SecurityGroups'));
  if (port.kind !== 'known')
    return undecided(place, port.kind === 'unknown' ? port.why : 'no authentication', 'a way in for pollers');
  const want = `a rule that lets the cluster's security group in from itself on port ${port.value}`;
  const lists = texts(cluster.at('BrokerNodeGroupInfo.ClientSubnets')).map((name) =>
    letsBrokersHear(graph, name, port.value),
  );
  if (lists.includes('no')) return fail(place, 'an access control list of a subnet that does not', want);
  const maybe = 'security groups, ranges or access control lists known only at deploy';
  if (letsOut(graph, groups, port.value, groups) === 'no') {
    return fail(place, 'rules that let nothing out to it', `${want}, and out to itself`);
  }
  return judgeMatch(place, least(letsIn(graph, groups, groups, port.value), ...lists), { want, no: 'none', maybe });
}

export const CONNECTION_RULES: readonly Rule[] = [
  {
    code: 'LK310',
    name: 'destination-not-writable',
    severity: 'error',
    why: 'what the mapping gives up cannot be written to the destination, and is dropped',
    fix: {
      cdk: 'use EventConsumer, which grants it, or grant the function s3:PutObject, s3:ListBucket and kms:GenerateDataKey',
      cloudFormation:
        "allow the function's role s3:PutObject on <bucket>/*, s3:ListBucket on the bucket and kms:GenerateDataKey on its key (or kafka-cluster:Connect, DescribeTopic and WriteData)",
    },
    source: lambda('kafka-on-failure'),
    check: forEachMapping(judgeWritable),
  },
  {
    code: 'LK311',
    name: 'cannot-read',
    severity: 'error',
    why: 'the mapping reads nothing, and events are gone when the retention ends',
    fix: {
      cdk: 'use EventConsumer, or cluster.grantConsume(function, topic, group)',
      cloudFormation:
        "allow the function's role kafka-cluster:Connect on the cluster, DescribeGroup and AlterGroup on the group, DescribeTopic and ReadData on the topic, secretsmanager:GetSecretValue on the secrets it names (those of a schema registry included) and kms:Decrypt on their keys, and attach AWSLambdaMSKExecutionRole",
    },
    source: lambda('with-msk-permissions'),
    check: forEachMapping(judgeReadable),
  },
  {
    code: 'LK312',
    name: 'fifo-destination',
    severity: 'error',
    why: 'Lambda cannot write to FIFO queues and topics: what the mapping gives up is dropped',
    fix: {
      cdk: 'use EventConsumer, or an S3OnFailureDestination',
      cloudFormation: 'name the ARN of an S3 bucket as the destination',
    },
    source: lambda('monitoring-metrics-types'),
    check: forEachMapping(judgeOrdered),
  },
  {
    code: 'LK314',
    name: 'poller-shut-out',
    severity: 'error',
    why: 'pollers stand in the security group of the cluster and come in by the secret of their mapping, or by IAM: where the group does not let itself in, or the cluster has that way off, nothing is read until the retention ends',
    fix: {
      cdk: 'use KafkaCluster, or cluster.connections.allowInternally(Port.tcp(9098)); name a secret in the mapping only where clientAuthentication has its way in on',
      cloudFormation:
        'add an AWS::EC2::SecurityGroupIngress whose GroupId and SourceSecurityGroupId are both the security group of the cluster (9098 for IAM, 9096 for SCRAM, 9094 for TLS), and turn on in ClientAuthentication of the cluster what SourceAccessConfigurations names',
    },
    source: lambda('with-msk-cluster-network'),
    check: forEachMapping(judgePollersLetIn),
  },
];
