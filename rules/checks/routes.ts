import { letsThrough } from '../reading/access';
import { letsCallOut } from '../reading/acls';
import type { Graph, Resource } from '../reading/graph';
import { groupsAt, letsIn, letsOut, type Groups } from './network';
import { EVERYWHERE } from '../reading/ranges';
import type { Request } from '../reading/requests';
import { least, most, type Match } from '../reading/matching';
import { certainly, known, or, type Read, type Value } from '../reading/value';

/** Which of AWS's services can be reached from inside a network. */

const SUBNET = 'AWS::EC2::Subnet';
const TABLE = 'AWS::EC2::RouteTable';

/** Who calls from where. */
export interface Caller {
  readonly subnets: readonly Read<string>[];
  readonly groups: Groups;
  /** The role, and the request that the policy of an endpoint has to let through. */
  readonly role?: Resource | undefined;
  readonly asked?: Request;
}

/** Whether a service can be reached from each of the subnets: a call may come from any. */
export const reaches = (graph: Graph, caller: Caller, service: string): Match =>
  caller.subnets.length === 0
    ? 'maybe'
    : least(...caller.subnets.map((subnet) => reachesFrom(graph, subnet, caller, service)));

function reachesFrom(graph: Graph, name: Read<string>, caller: Caller, service: string): Match {
  const subnet = name.kind === 'known' ? graph.find(name.value, SUBNET) : undefined;
  if (!subnet) return 'maybe';
  const table = tableOf(graph, subnet);
  if (table === 'out of sight') return 'maybe';
  const out = least(letsCallOut(graph, subnet, 443, known(EVERYWHERE)), letsOut(graph, caller.groups, 443));
  const endpoints = graph
    .ofType('AWS::EC2::VPCEndpoint')
    .filter((endpoint) => isTo(endpoint, service) && inNetworkOf(endpoint, subnet))
    .map((endpoint) => through(graph, endpoint, table, caller));
  return least(out, most([...endpoints, ...(table ? [wayOut(graph, table)] : [])]));
}

/** Undefined for a network's own table, which knows no way out. */
function tableOf(graph: Graph, subnet: Resource): Resource | undefined | 'out of sight' {
  const association = graph
    .ofType('AWS::EC2::SubnetRouteTableAssociation')
    .find((each) => graph.means(each.at('SubnetId').text(), subnet));
  const name = association?.at('RouteTableId').text();
  if (name) return (name.kind === 'known' ? graph.find(name.value, TABLE) : undefined) ?? 'out of sight';
  const vpc = subnet.at('VpcId').text();
  return certainly(vpc, (text) => graph.find(text, 'AWS::EC2::VPC') !== undefined) ? undefined : 'out of sight';
}

const routesOut = (graph: Graph, table: Resource): Resource[] =>
  graph
    .ofType('AWS::EC2::Route')
    .filter((route) => graph.means(route.at('RouteTableId').text(), table))
    .filter((route) => !certainly(route.at('DestinationCidrBlock').string(), (range) => range !== EVERYWHERE))
    .filter((route) => route.at('DestinationCidrBlock').raw !== undefined);

const isToInternet = (graph: Graph, route: Resource): boolean =>
  certainly(route.at('GatewayId').text(), (text) => graph.find(text, 'AWS::EC2::InternetGateway') !== undefined);

/** Nothing inside has an address of the internet: an internet gateway is no way out for it. */
const wayOut = (graph: Graph, table: Resource): Match =>
  most(
    routesOut(graph, table).map((route): Match => {
      const nat = route.at('NatGatewayId').text();
      if (nat.kind !== 'absent') return translates(graph, nat);
      return isToInternet(graph, route) ? 'no' : 'maybe';
    }),
  );

/**
 * Whether a NAT gateway leads to the internet: by a route of its own subnet. One that lies elsewhere is taken to do what it
 * is there for; a regional one has no subnet, and the route from the start.
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
 */
function translates(graph: Graph, name: Read<string>): Match {
  const nat = name.kind === 'known' ? graph.find(name.value, 'AWS::EC2::NatGateway') : undefined;
  if (!nat) return 'yes';
  if (
    !certainly(
      or(nat.at('ConnectivityType').string(), () => known('public')),
      (type) => type === 'public',
    )
  ) {
    return 'maybe';
  }
  const subnet = nat.at('SubnetId').text();
  if (subnet.kind === 'absent') return 'yes';
  const place = subnet.kind === 'known' ? graph.find(subnet.value, SUBNET) : undefined;
  const table = place ? tableOf(graph, place) : 'out of sight';
  if (table === 'out of sight') return 'yes';
  if (!table) return 'no';
  const routes = routesOut(graph, table).filter((route) => route.at('NatGatewayId').raw === undefined);
  return most(routes.map((route) => (isToInternet(graph, route) ? 'yes' : 'maybe')));
}

const isTo = (endpoint: Resource, service: string): boolean =>
  certainly(endpoint.at('ServiceName').text(), (name) => name.endsWith(`.${service}`));

const inNetworkOf = (endpoint: Resource, subnet: Resource): boolean => {
  const network = subnet.at('VpcId').text();
  return network.kind === 'known' && certainly(endpoint.at('VpcId').text(), (text) => text === network.value);
};

function through(graph: Graph, endpoint: Resource, table: Resource | undefined, caller: Caller): Match {
  const type = endpoint.at('VpcEndpointType').string();
  const policy = caller.asked
    ? letsThrough(graph, endpoint.at('PolicyDocument'), caller.role, caller.asked)
    : ('yes' as const);
  if (certainly(type, (name) => name === 'Interface')) return least(policy, throughInterface(graph, endpoint, caller));
  if (type.kind === 'unknown') return 'maybe';
  return least(policy, namesTable(graph, endpoint.at('RouteTableIds'), table));
}

function namesTable(graph: Graph, list: Value, table: Resource | undefined): Match {
  const tables = list.list();
  if (tables.kind !== 'known') return tables.kind === 'absent' ? 'no' : 'maybe';
  if (!table) return 'no';
  return most(
    tables.value.map((item): Match => {
      const name = item.text();
      if (name.kind !== 'known') return 'maybe';
      const found = graph.find(name.value, TABLE);
      return found === table ? 'yes' : 'no';
    }),
  );
}

/** Clients of AWS call a service by its public name. */
function throughInterface(graph: Graph, endpoint: Resource, { groups }: Caller): Match {
  const named = endpoint.at('PrivateDnsEnabled').boolean();
  if (named.kind === 'unknown') return 'maybe';
  if (certainly(named, (on) => !on)) return 'no';
  const own = endpoint.at('SecurityGroupIds');
  return own.raw === undefined ? 'maybe' : letsIn(graph, groupsAt(graph, own), groups, 443);
}
