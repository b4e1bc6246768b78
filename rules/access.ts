import { perGraph, type Graph, type Resource } from './graph';
import { covers, least, most, type Match } from './symbols';
import { certainly, Value } from './value';

/** What a role may do, as far as the template says it. */
export interface Access {
  /** Whether the role may do the action on the resource. Conditions, boundaries and foreign policies leave it open. */
  may(action: string, resource: string): Match;
}

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly covers: (action: string, resource: string) => Match;
}

const EVERYTHING_OPEN: Access = { may: () => 'maybe' };

/** Rights of a function's role; all open when the role is not in the template. */
export function accessOf(graph: Graph, handler: Resource): Access {
  const known = accesses(graph).get(handler) ?? readAccess(graph, handler);
  accesses(graph).set(handler, known);
  return known;
}

const accesses = perGraph(() => new Map<Resource, Access>());

function readAccess(graph: Graph, handler: Resource): Access {
  const text = handler.at('Role').text();
  const role = text.kind === 'known' ? graph.find(text.value, 'AWS::IAM::Role') : undefined;
  if (!role) return EVERYTHING_OPEN;
  const statements = [...statementsOf(graph, role), ...saidOf(graph, role)];
  const bounded = role.at('PermissionsBoundary').text().kind !== 'absent';
  return {
    may: (action, resource) => {
      const match = (effect: Statement['effect']) =>
        most(statements.filter((each) => each.effect === effect).map((each) => each.covers(action, resource)));
      const denied = match('Deny');
      if (denied === 'yes') return 'no';
      const allowed = match('Allow');
      return allowed === 'yes' && (bounded || denied === 'maybe') ? 'maybe' : allowed;
    },
  };
}

/** A statement or policy that cannot be read may say anything. */
const OPEN: Statement = { effect: 'Allow', covers: () => 'maybe' };

function statementsOf(graph: Graph, role: Resource): Statement[] {
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => graph.ofType(type));
  return [
    ...items(role.at('Policies')).flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
    ...items(role.at('ManagedPolicyArns')).flatMap((arn) => managed(graph, arn)),
    ...attached
      .filter((policy) => items(policy.at('Roles')).some((name) => means(graph, name, role)))
      .flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
    ...graph
      .ofType('AWS::IAM::RolePolicy')
      .filter((policy) => means(graph, policy.at('RoleName'), role))
      .flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
  ];
}

/** What keys and buckets allow or deny the role by its name. */
function saidOf(graph: Graph, role: Resource): Statement[] {
  const named = (statement: Value): boolean =>
    items(statement.at('Principal.AWS')).some((principal) => {
      const text = principal.text();
      return text.kind === 'known' && graph.find(text.value, 'AWS::IAM::Role') === role;
    });
  const about = (document: Value): Statement[] => items(document.at('Statement')).filter(named).map(statementOf);
  const ofKeys = graph.ofType('AWS::KMS::Key').flatMap((key) => {
    const own = graph.arnOf(key);
    // In a key's policy `*` means the key.
    return about(key.at('KeyPolicy')).map((statement): Statement => ({
      effect: statement.effect,
      covers: (action, resource) => (resource === own ? statement.covers(action, resource) : 'no'),
    }));
  });
  return [...ofKeys, ...graph.ofType('AWS::S3::BucketPolicy').flatMap((policy) => about(policy.at('PolicyDocument')))];
}

function means(graph: Graph, name: Value, role: Resource): boolean {
  const text = name.text();
  return text.kind === 'known' && graph.find(text.value, 'AWS::IAM::Role') === role;
}

/** The items of a list; an unknown list has one unknown item. */
function items(value: Value): readonly Value[] {
  const list = value.oneOrMore();
  return list.kind === 'known' ? list.value : list.kind === 'absent' ? [] : [value];
}

function documentOf(document: Value): Statement[] {
  const statements = document.at('Statement').oneOrMore();
  if (statements.kind !== 'known') return statements.kind === 'absent' ? [] : [OPEN];
  return statements.value.map(statementOf);
}

function statementOf(statement: Value): Statement {
  const effect = statement.at('Effect').string();
  const [actions, resources] = [statement.at('Action').oneOrMore(), statement.at('Resource').oneOrMore()];
  if (effect.kind !== 'known' || actions.kind !== 'known' || resources.kind !== 'known') {
    return { ...OPEN, effect: effect.kind === 'known' && effect.value === 'Deny' ? 'Deny' : 'Allow' };
  }
  const conditional = statement.at('Condition').object().kind !== 'absent' && !isThroughS3(statement);
  // IAM tells no capital letters apart in actions.
  const covered = [patterns(actions.value).map((text) => text?.toLowerCase()), patterns(resources.value)] as const;
  return {
    effect: effect.value === 'Deny' ? 'Deny' : 'Allow',
    covers: (action, resource) => {
      const match = coveredBy(covered[0], action.toLowerCase());
      return match === 'no' ? 'no' : least(match, coveredBy(covered[1], resource), conditional ? 'maybe' : 'yes');
    },
  };
}

/** All that a rule asks of a key, it asks by way of S3. */
function isThroughS3(statement: Value): boolean {
  const [operators, keys] = [statement.at('Condition').object(), statement.at('Condition.StringLike').object()];
  const one = (map: typeof keys): boolean => certainly(map, (entries) => Object.keys(entries).length === 1);
  const via = statement.at('Condition.StringLike.kms:ViaService').string();
  return one(operators) && one(keys) && certainly(via, (service) => service.startsWith('s3.'));
}

/** Undefined for a pattern that cannot be read. */
const patterns = (values: readonly Value[]): (string | undefined)[] =>
  values.map((value) => {
    const read = value.text();
    return read.kind === 'known' ? read.value : undefined;
  });

const coveredBy = (all: readonly (string | undefined)[], text: string): Match =>
  most(all.map((pattern) => (pattern === undefined ? 'maybe' : covers(pattern, text))));

const VPC_ACCESS = ['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets'];
const IN_VPC = [...VPC_ACCESS, 'DescribeSecurityGroups', 'DescribeVpcs'].map((action) => `ec2:${action}`);
const FIND_CLUSTER = ['DescribeCluster', 'DescribeClusterV2', 'GetBootstrapBrokers'].map((action) => `kafka:${action}`);

/** AWS's own policies for functions, with the actions of theirs that a rule asks about. */
const AWS_POLICIES: Readonly<Record<string, readonly string[] | undefined>> = {
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaDynamoDBExecutionRole: [],
  AWSLambdaKinesisExecutionRole: [],
  AWSLambdaVPCAccessExecutionRole: VPC_ACCESS.map((action) => `ec2:${action}`),
  AWSLambdaMSKExecutionRole: [...IN_VPC, ...FIND_CLUSTER],
  AWSLambdaSQSQueueExecutionRole: [],
  AWSXRayDaemonWriteAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  CloudWatchLambdaApplicationSignalsExecutionRolePolicy: [],
  AdministratorAccess: ['*'],
  AmazonS3FullAccess: ['s3:*'],
};

function managed(graph: Graph, arn: Value): Statement[] {
  const text = arn.text();
  if (text.kind !== 'known') return [OPEN];
  const own = graph.find(text.value, 'AWS::IAM::ManagedPolicy');
  if (own) return documentOf(own.at('PolicyDocument'));
  const name = /^arn:aws:iam::aws:policy\/(?:service-role\/)?(\w+)$/.exec(text.value)?.[1] ?? '';
  const actions = Object.hasOwn(AWS_POLICIES, name) ? AWS_POLICIES[name] : undefined;
  if (!actions) return [OPEN];
  return [statementOf(new Value({ Effect: 'Allow', Action: actions, Resource: '*' }))];
}
