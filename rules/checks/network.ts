import type { Graph, Resource } from '../reading/graph';
import { texts } from './holdings';
import { contains, EVERYWHERE } from '../reading/ranges';
import { least, most, type Match } from '../reading/matching';
import { certainly, map, type Value } from '../reading/value';

/** Who is let in by the security groups of the template. */

const GROUP = 'AWS::EC2::SecurityGroup';

/** A list of security groups, as a cluster or a function has it. */
export interface Groups {
  readonly seen: readonly Resource[];
  /** Some are not in the template. */
  readonly others: boolean;
}

export function groupsAt(graph: Graph, list: Value): Groups {
  // Left out, it is the default group of a network that the template does not show.
  const all = texts(list);
  const seen = all.flatMap((text) => {
    const found = text.kind === 'known' ? graph.find(text.value, GROUP) : undefined;
    return found ? [found] : [];
  });
  return { seen, others: seen.length < all.length };
}

/** Whether the first groups let in what comes from the second ones on a port. */
export function letsIn(graph: Graph, into: Groups, from: Groups, port: number): Match {
  const matches = into.seen.flatMap((group) =>
    rulesInto(graph, group).map((rule) => least(opens(rule, port), admits(graph, group, rule, from))),
  );
  if (matches.includes('yes')) return 'yes';
  return into.others || from.others || matches.includes('maybe') ? 'maybe' : 'no';
}

/** Rules stand in the group, or apart as resources of their own. */
type IngressRule = Pick<Value, 'at'>;

function rulesInto(graph: Graph, group: Resource): IngressRule[] {
  const inline = group.at('SecurityGroupIngress').oneOrMore();
  const apart = graph
    .ofType('AWS::EC2::SecurityGroupIngress')
    .filter((rule) => graph.means(rule.at('GroupId').text(), group));
  return [...(inline.kind === 'known' ? inline.value : []), ...apart];
}

function opens(rule: IngressRule, port: number): Match {
  const protocol = rule.at('IpProtocol').string();
  if (certainly(protocol, (name) => name === '-1')) return 'yes';
  const [first, last] = [rule.at('FromPort').number(), rule.at('ToPort').number()];
  const matches = [
    map(protocol, (name) => name === 'tcp' || name === '6'),
    map(first, (n) => n <= port),
    map(last, (n) => n >= port),
  ].map((read): Match => (read.kind !== 'known' ? 'maybe' : read.value ? 'yes' : 'no'));
  return least(...matches);
}

function admits(graph: Graph, group: Resource, rule: IngressRule, from: Groups): Match {
  const source = rule.at('SourceSecurityGroupId').text();
  if (source.kind === 'known') {
    const found = graph.find(source.value, GROUP);
    return found && from.seen.includes(found) ? 'yes' : 'no';
  }
  const range = rule.at('CidrIp').text();
  if (range.kind === 'known') return coversNetwork(graph, group, range.value);
  return source.kind === 'unknown' || range.kind === 'unknown' || rule.at('SourcePrefixListId').raw !== undefined
    ? 'maybe'
    : 'no';
}

/** The whole world, or a range in which the group's own network lies. */
function coversNetwork(graph: Graph, group: Resource, range: string): Match {
  if (range === EVERYWHERE) return 'yes';
  const network = group.at('VpcId').text();
  const vpc = network.kind === 'known' ? graph.find(network.value, 'AWS::EC2::VPC') : undefined;
  const own = vpc?.at('CidrBlock').text();
  return own?.kind === 'known' ? contains(range, own.value) : 'maybe';
}

/**
 * Whether the groups let calls out on a port: to everywhere, or to the groups that are named. One that says nothing of
 * what goes out lets all out.
 */
export function letsOut(graph: Graph, from: Groups, port: number, to: Groups = { seen: [], others: false }): Match {
  const matches = from.seen.map((group): Match => {
    const inline = group.at('SecurityGroupEgress').oneOrMore();
    if (inline.kind !== 'known') return inline.kind === 'absent' ? 'yes' : 'maybe';
    const apart = graph
      .ofType('AWS::EC2::SecurityGroupEgress')
      .filter((rule) => graph.means(rule.at('GroupId').text(), group));
    const rules: IngressRule[] = [...inline.value, ...apart];
    return most(rules.map((rule) => least(opens(rule, port), leadsOut(graph, group, rule, to))));
  });
  const match = most(matches);
  return match === 'yes' ? 'yes' : from.others || from.seen.length === 0 ? 'maybe' : match;
}

function leadsOut(graph: Graph, group: Resource, rule: IngressRule, to: Groups): Match {
  const target = rule.at('DestinationSecurityGroupId').text();
  if (target.kind === 'known') {
    const found = graph.find(target.value, GROUP);
    return found && to.seen.includes(found) ? 'yes' : to.others || to.seen.length === 0 ? 'maybe' : 'no';
  }
  const range = rule.at('CidrIp').text();
  if (range.kind === 'known' && to.seen.length > 0) return coversNetwork(graph, group, range.value);
  if (certainly(range, (text) => text === EVERYWHERE)) return 'yes';
  // One address that nobody has is how the CDK says "nowhere".
  if (certainly(range, (text) => text === '255.255.255.255/32')) return 'no';
  return range.kind === 'absent' && rule.at('DestinationPrefixListId').raw === undefined ? 'no' : 'maybe';
}
