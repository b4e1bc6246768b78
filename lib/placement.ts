import { Reference, Resource, Stack, Token, Tokenization, type IResource } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { IKafkaCluster } from './interfaces';
import { inOrder } from './stack-order';
import { differ } from './validation';
import type { Rule } from './refusal';

/** Where things stand that must reach each other: region, account, stack and network. */

/** Refuses what stands in another region or account than the cluster, as far as both are known now. */
export function besideCluster(what: string, construct: IConstruct, cluster: IKafkaCluster): Rule[] {
  const [, , , region, account] = Token.isUnresolved(cluster.clusterArn) ? [] : cluster.clusterArn.split(':');
  const [here, there] = [Stack.of(construct), cluster.env];
  return [
    apart(what, 'region', here.region, region ?? there.region),
    apart(what, 'account', here.account, account ?? there.account),
  ];
}

const apart = (what: string, kind: 'region' | 'account', here: string, there: string): Rule => ({
  when: differ(here, there),
  message: `cluster: got one in ${kind} ${there} for a ${what} in ${kind} ${here}, want both in one, as neither brokers nor event source mappings are reached from another; make the ${what} in a stack with env: { ${kind}: '${there}' }`,
});

/**
 * Refuses what could not be reached by whoever is given it, as far as both places are known now, and what stands in a stack that
 * could not be deployed before theirs.
 */
export const givenTo = (user: IConstruct, parts: Readonly<Record<string, IResource | undefined>>): Rule[] => [
  ...Object.entries(parts).flatMap(([prop, given]) => (given ? inOnePlace(user, prop, given) : [])),
  ...inOrder(user, parts),
];

function inOnePlace(user: IConstruct, prop: string, given: IResource): Rule[] {
  const [here, there] = [Stack.of(user), placeOf(given)];
  const [what, why] =
    'keyArn' in given
      ? ['what it encrypts', 'no service takes a key of another']
      : ['a function', 'the function reaches none of another'];
  const rule = (kind: 'region' | 'account', counts: boolean): Rule => ({
    when: counts && differ(here[kind], there[kind]),
    message: `${prop}: got ${given.node.path} in ${kind} ${there[kind]} for ${what} in ${kind} ${here[kind]}, want both in one, as ${why}; make it in a stack with env: { ${kind}: '${here[kind]}' }, or give one that is there`,
  });
  return [rule('region', true), rule('account', Resource.isOwnedResource(given) || !mayLetIn(prop, given))];
}

/**
 * Taken from the ARN where it is known: of some imported resources the CDK says that they are in the stack's region and
 * account.
 */
function placeOf(given: IResource): { region: string; account: string } {
  const { tableArn, keyArn, functionArn } = given as { tableArn?: string; keyArn?: string; functionArn?: string };
  const arn = tableArn ?? keyArn ?? functionArn;
  const [, , , region, account] = arn === undefined || Token.isUnresolved(arn) ? [] : arn.split(':');
  return { region: region || given.env.region, account: account || given.env.account };
}

/**
 * Whether what is only named here may be of another account, which lets functions in by a policy of its own. A table is known to
 * its function by its name alone, and a mapping calls functions of its own account alone.
 */
const mayLetIn = (prop: string, given: IResource): boolean => prop !== 'invoke' && !('tableArn' in given);

/** The mapping needs the function, whose environment needs the table beside the mapping: two stacks would wait for each other. */
export const inOneStack = (consumer: IConstruct, handler: lambda.Function): Rule => ({
  when: Stack.of(consumer) !== Stack.of(handler),
  message: `handler ${handler.node.path}: got a function of stack ${Stack.of(handler).node.path} for a consumer in stack ${Stack.of(consumer).node.path}, want both in one stack, as each stack would need the other to be there first; make the consumer beside its function: new EventConsumer(<scope in the function's stack>, id, { handler, topic: pipeline.topic, deadLetters: pipeline.deadLetters })`,
});

/** Refuses a function in a VPC that is certainly not the brokers'. A group known by its id alone says nothing of its VPC. */
export function inVpcOf(handler: lambda.Function, { vpc }: IKafkaCluster): Rule {
  const groups = handler.isBoundToVpc ? handler.connections.securityGroups : [];
  const foreign = groups
    .map((group) => group.node.defaultChild)
    .filter((made) => made instanceof ec2.CfnSecurityGroup)
    .some(({ vpcId }) => vpcId !== undefined && areDifferent(vpcId, vpc.vpcId));
  return {
    when: foreign,
    message: `handler ${handler.node.path}: got another VPC than the brokers', want theirs, as no way leads to them from outside; give the function vpc: topic.cluster.vpc`,
  };
}

/** Two ids written out, or of two VPCs of this app. Anything else may be one VPC under two names. */
function areDifferent(a: string, b: string): boolean {
  if (a === b || Token.isUnresolved(a) !== Token.isUnresolved(b)) return false;
  if (!Token.isUnresolved(a)) return true;
  const [one, other] = [a, b].map(vpcBehind);
  return one !== undefined && other !== undefined && one !== other;
}

function vpcBehind(id: string): IConstruct | undefined {
  const token = Tokenization.reverseString(id).firstToken;
  return Reference.isReference(token) && token.target instanceof ec2.CfnVPC ? token.target : undefined;
}

/** True where a function stands in subnets of this app's own VPC that lead nowhere, and that VPC has no endpoint for Lambda. */
export function isCutOffFromLambda(handler: lambda.Function, { vpc }: IKafkaCluster): boolean {
  if (!Resource.isOwnedResource(vpc)) return false;
  const { vpcConfig } = handler.node.defaultChild as lambda.CfnFunction;
  const resolve = (value: unknown): unknown => Stack.of(vpc).resolve(value);
  const { subnetIds = [] } = (resolve(vpcConfig) ?? {}) as { subnetIds?: unknown };
  const used = Array.isArray(subnetIds) ? subnetIds.map((id) => JSON.stringify(id)) : [];
  const isolated = vpc.isolatedSubnets.filter((subnet) => !hasDefaultRoute(subnet));
  const deadEnds = new Set(isolated.map(({ subnetId }) => JSON.stringify(resolve(subnetId))));
  return used.length > 0 && used.every((id) => deadEnds.has(id)) && !hasEndpointForLambda(vpc);
}

const hasDefaultRoute = (subnet: ec2.ISubnet): boolean =>
  subnet.node.findAll().some((each) => each instanceof ec2.CfnRoute);

const hasEndpointForLambda = (vpc: ec2.IVpc): boolean =>
  vpc.node.root.node
    .findAll()
    .some(
      (each) =>
        each instanceof ec2.CfnVPCEndpoint &&
        each.vpcId === vpc.vpcId &&
        /\.lambda\b/.test(JSON.stringify(Stack.of(each).resolve(each.serviceName))),
    );
