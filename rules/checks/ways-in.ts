import { PRODUCER_VARIABLE } from '../../lambdas/runtime/contract';
import type { Additions } from './additions';
import { forEachPart, type Part } from './environment';
import type { Graph, Resource } from '../reading/graph';
import { texts } from './holdings';
import { CLUSTER } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import { SECRET, sourceAccessOf, type Mapping } from '../reading/mappings';
import { judge, pass, undecided, type Place, type Verdict } from './rule';
import { known, type Read } from '../reading/value';

/** What it takes to come in to a cluster beside rights and security groups: names that resolve, users that brokers know. */

const found = (graph: Graph, text: Read<string>, type: string): Resource[] => {
  const resource = text.kind === 'known' ? graph.find(text.value, type) : undefined;
  return resource ? [resource] : [];
};

/** A function asks the resolver of its network for the brokers, unless the network is given another. */
function judgeNames({ handler }: Part, graph: Graph): Verdict[] {
  const subnets = texts(handler.at('VpcConfig.SubnetIds')).flatMap((text) => found(graph, text, 'AWS::EC2::Subnet'));
  const networks = new Set(subnets.flatMap((subnet) => found(graph, subnet.at('VpcId').text(), 'AWS::EC2::VPC')));
  const hasResolver = (network: Resource): boolean =>
    graph
      .ofType('AWS::EC2::VPCDHCPOptionsAssociation')
      .some((options) => graph.means(options.at('VpcId').text(), network));
  return [...networks].map((network) => {
    const place: Place = { resource: network, property: 'EnableDnsSupport' };
    const own = network.at(place.property).boolean();
    return judge(place, hasResolver(network) ? known(true) : own, { want: 'true', ok: Boolean, byDefault: true });
  });
}

/** Gives brokers the passwords of their users. */
export const ASSOCIATION = 'AWS::MSK::BatchScramSecret';

/** Brokers know a user only once his secret is associated with the cluster; that may have been done elsewhere. */
function judgeUser({ resource, cluster }: Mapping, graph: Graph): Verdict[] {
  if (cluster?.type !== CLUSTER) return [];
  const place: Place = { resource, property: 'SourceAccessConfigurations' };
  return sourceAccessOf(resource, (type) => type.startsWith('SASL_SCRAM_')).flatMap(({ uri }): Verdict[] => {
    const [secret] = found(graph, uri, SECRET);
    if (!secret) return [];
    const knows = graph
      .ofType(ASSOCIATION)
      .filter((each) => graph.means(each.at('ClusterArn').text(), cluster))
      .some((each) => texts(each.at('SecretArnList')).some((text) => found(graph, text, SECRET)[0] === secret));
    const want = `an ${ASSOCIATION} of ${secret.logicalId}`;
    return [knows ? pass(place) : undecided(place, 'a secret that the cluster of the template is not given', want)];
  });
}

export const WAY_IN_CHECKS: Additions = {
  LK311: [forEachMapping(judgeUser)],
  LK606: [forEachPart(PRODUCER_VARIABLE, judgeNames)],
};
