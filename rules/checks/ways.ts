import { CONSUMER_VARIABLE, PRODUCER_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import { roleAt } from '../reading/access';
import { forEachPart, type Part } from './environment';
import type { Graph, Resource } from '../reading/graph';
import { texts } from './holdings';
import { CLUSTER } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import { secretsOf, sourceAccessOf, type Mapping } from '../reading/mappings';
import { groupsAt, type Groups } from './network';
import { lambda } from './pages';
import { bucketArn } from './rights';
import { reaches, type Caller } from './routes';
import { fail, pass, together, undecided, type Place, type Rule, type Verdict } from './rule';
import type { Match } from '../reading/matching';
import { symbol } from '../reading/symbols';
import { map, Value, type Read } from '../reading/value';

/** Whether functions and pollers inside a network reach what lies outside of it. */

function told(place: Place, services: readonly (readonly [name: string, match: Match])[], want: string): Verdict {
  const cut = services.filter(([, match]) => match === 'no').map(([name]) => name);
  if (cut.length > 0) return fail(place, `no way to ${cut.join(', ')}`, want);
  const open = services.filter(([, match]) => match === 'maybe').map(([name]) => name);
  return open.length > 0
    ? undecided(place, `a way to ${open.join(', ')} that is known only at deploy`, want)
    : pass(place);
}

const STORE_WAY = 'an endpoint or a NAT gateway that each of the subnets has a route to, and port 443 open on the way';

/** A store that a function in a network uses: a bucket, or a table. */
function judgeStores(part: Part, graph: Graph, bucket: string, table?: string): Verdict[] {
  const { handler, fields } = part;
  const subnets = texts(handler.at('VpcConfig.SubnetIds')).filter(({ kind }) => kind !== 'absent');
  if (subnets.length === 0) return [];
  const groups = groupsAt(graph, handler.at('VpcConfig.SecurityGroupIds'));
  const name = fields.at(bucket).text();
  const objects = map(name, (text) => `${bucketArn(text)}/${symbol('any object')}`);
  const toBucket: Caller = {
    subnets,
    groups,
    role: roleAt(graph, handler.at('Role')),
    ...(objects.kind === 'known' && { asked: { action: 's3:PutObject', resource: objects.value, facts: OF_OURS } }),
  };
  const services = [
    ...(name.kind === 'absent' ? [] : [['S3', reaches(graph, toBucket, 's3')] as const]),
    ...(table ? [['DynamoDB', reaches(graph, { subnets, groups }, 'dynamodb')] as const] : []),
  ];
  return [told({ resource: handler, property: 'VpcConfig.SubnetIds' }, services, STORE_WAY)];
}

const OF_OURS = { 's3:if-none-match': '*', 'aws:securetransport': 'true' };

const POLLER_WAY =
  'ProvisionedPollerConfig, or endpoints for these in the network, or a NAT gateway that each of the subnets has a route to';

/** Pollers on demand call Lambda from the network of the brokers, by the addresses that it has. */
function judgePollers(mapping: Mapping, graph: Graph): Verdict[] {
  const { resource } = mapping;
  const provisioned = resource.at('ProvisionedPollerConfig').object();
  const place = { resource, property: 'ProvisionedPollerConfig' };
  const where = networkOf(mapping, graph);
  if (!where || provisioned.kind === 'known') return [];
  if (provisioned.kind === 'unknown') return [undecided(place, provisioned.why, POLLER_WAY)];
  const secrets = secretsOf(resource);
  const services = [
    ['Lambda', 'lambda'],
    ['STS', 'sts'],
    ...(secrets.length > 0 ? [['Secrets Manager', 'secretsmanager']] : []),
  ].map(([name = '', service = '']) => [name, reaches(graph, where, service)] as const);
  return [told(place, services, POLLER_WAY)];
}

/** Undefined where the brokers lie on the internet, or a cluster out of sight says where. */
function networkOf({ resource, cluster }: Mapping, graph: Graph): Caller | undefined {
  if (cluster?.type === CLUSTER) {
    return {
      subnets: texts(cluster.at('BrokerNodeGroupInfo.ClientSubnets')),
      groups: groupsAt(graph, cluster.at('BrokerNodeGroupInfo.SecurityGroups')),
    };
  }
  const subnets = named(resource, 'VPC_SUBNET', 'subnet:');
  return subnets.length > 0 ? { subnets, groups: groupsNamed(graph, resource) } : undefined;
}

const named = (mapping: Resource, type: string, prefix: string): Read<string>[] =>
  sourceAccessOf(mapping, (each) => each === type).map(({ uri }) => map(uri, (text) => text.replace(prefix, '')));

const groupsNamed = (graph: Graph, mapping: Resource): Groups =>
  groupsAt(
    graph,
    new Value(
      named(mapping, 'VPC_SECURITY_GROUP', 'security_group:').map((name) => (name.kind === 'known' ? name.value : {})),
    ),
  );

export const WAY_RULES: readonly Rule[] = [
  {
    code: 'LK322',
    name: 'pollers-cut-off',
    severity: 'error',
    why: 'pollers on demand that cannot call Lambda and STS read nothing until the retention ends',
    fix: {
      cdk: 'use EventConsumer, whose pollers are provisioned, or add endpoints for Lambda, STS and, with a secret, Secrets Manager',
      cloudFormation:
        'set ProvisionedPollerConfig, or add AWS::EC2::VPCEndpoint resources for lambda, sts and, with a secret, secretsmanager, or a route to a NAT gateway',
    },
    source: lambda('with-msk-cluster-network'),
    check: forEachMapping(judgePollers),
  },
  {
    code: 'LK609',
    name: 'store-out-of-reach',
    severity: 'error',
    why: 'what Kafka does not take cannot be spilled, and what cannot be applied cannot be parked: S3 does not answer',
    fix: {
      cdk: 'use KafkaCluster, whose network has gateway endpoints for S3 and DynamoDB, or vpc.addGatewayEndpoint',
      cloudFormation:
        'add an AWS::EC2::VPCEndpoint for s3 (and dynamodb, where a consumer is in the network) with the route tables of all subnets of the function, and let port 443 out',
    },
    source: lambda('configuration-vpc'),
    check: together(
      forEachPart(PRODUCER_VARIABLE, (part, graph) => judgeStores(part, graph, 'spill')),
      forEachPart(CONSUMER_VARIABLE, (part, graph) => judgeStores(part, graph, 'deadLetters', 'table')),
      forEachPart(UNPACK_VARIABLE, (part, graph) => judgeStores(part, graph, 'deadLetters', 'table')),
    ),
  },
];
