import type { Graph, Resource } from './graph';
import { contains, EVERYWHERE } from './ranges';
import { least, type Match } from './matching';
import { ABSENT, certainly, then, type Read } from './value';

/** What network access control lists let through at the edge of a subnet; without one of its own, all. */

const ACL = 'AWS::EC2::NetworkAcl';
/** A port to which answers come. */
const ANSWERS = 32_768;

/** Whether a subnet may call others on a port, and hears their answers; `range` is where they are. */
export const letsCallOut = (graph: Graph, subnet: Resource, port: number, range: Read<string>): Match =>
  least(passes(graph, subnet, true, port, range), passes(graph, subnet, false, ANSWERS, range));

/** Whether others may call into a subnet on a port, and are answered. */
export const letsCallIn = (graph: Graph, subnet: Resource, port: number, range: Read<string>): Match =>
  least(passes(graph, subnet, false, port, range), passes(graph, subnet, true, ANSWERS, range));

/** Whether brokers in a subnet are reached from the other subnets of their network; yes where it is out of sight. */
export function letsBrokersHear(graph: Graph, name: Read<string>, port: number): Match {
  const subnet = subnetNamed(graph, name);
  return subnet ? letsCallIn(graph, subnet, port, rangeOf(graph, subnet)) : 'yes';
}

/** Whether brokers are reached from a subnet of their network; yes where it is out of sight. */
export function letsCallBrokers(graph: Graph, name: Read<string>, port: number): Match {
  const subnet = subnetNamed(graph, name);
  return subnet ? letsCallOut(graph, subnet, port, rangeOf(graph, subnet)) : 'yes';
}

const subnetNamed = (graph: Graph, name: Read<string>): Resource | undefined =>
  name.kind === 'known' ? graph.find(name.value, 'AWS::EC2::Subnet') : undefined;

const rangeOf = (graph: Graph, subnet: Resource): Read<string> =>
  then(subnet.at('VpcId').text(), (text) => graph.find(text, 'AWS::EC2::VPC')?.at('CidrBlock').text() ?? ABSENT);

function passes(graph: Graph, subnet: Resource, egress: boolean, port: number, range: Read<string>): Match {
  const association = graph
    .ofType('AWS::EC2::SubnetNetworkAclAssociation')
    .find((each) => graph.means(each.at('SubnetId').text(), subnet));
  if (!association) return 'yes';
  const name = association.at('NetworkAclId').text();
  const acl = name.kind === 'known' ? graph.find(name.value, ACL) : undefined;
  if (!acl) return 'maybe';
  const entries = graph
    .ofType('AWS::EC2::NetworkAclEntry')
    .filter((entry) => graph.means(entry.at('NetworkAclId').text(), acl))
    .filter((entry) => entry.at('Egress').boolean().kind !== 'known' || isEgress(entry) === egress);
  return firstMatch(
    entries.sort((a, b) => numberOf(a) - numberOf(b)),
    port,
    range,
  );
}

const isEgress = (entry: Resource): boolean => certainly(entry.at('Egress').boolean(), Boolean);

const numberOf = (entry: Resource): number => {
  const number = entry.at('RuleNumber').number();
  return number.kind === 'known' ? number.value : 0;
};

/** The first entry that fits decides; where none does, nothing passes. */
function firstMatch([entry, ...others]: readonly Resource[], port: number, range: Read<string>): Match {
  if (!entry) return 'no';
  const fit = fits(entry, port, range);
  if (fit === 'no') return firstMatch(others, port, range);
  const action = entry.at('RuleAction').string();
  const said = action.kind === 'known' ? (action.value === 'allow' ? 'yes' : 'no') : 'maybe';
  if (fit === 'yes') return said;
  return firstMatch(others, port, range) === said ? said : 'maybe';
}

function fits(entry: Resource, port: number, range: Read<string>): Match {
  const protocol = entry.at('Protocol').number();
  if (protocol.kind !== 'known') return 'maybe';
  if (protocol.value !== -1 && protocol.value !== 6) return 'no';
  const [first, last] = [entry.at('PortRange.From').number(), entry.at('PortRange.To').number()];
  if (protocol.value === 6) {
    if (first.kind === 'unknown' || last.kind === 'unknown') return 'maybe';
    if (first.kind === 'known' && last.kind === 'known' && (port < first.value || port > last.value)) return 'no';
  }
  const block = entry.at('CidrBlock').string();
  if (block.kind === 'absent') return 'no';
  if (block.kind !== 'known') return 'maybe';
  if (block.value === EVERYWHERE) return 'yes';
  return range.kind === 'known' ? contains(block.value, range.value) : 'maybe';
}
