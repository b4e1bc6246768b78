import { AWS_POLICIES } from './aws-policies';
import { Memos } from './choices';
import { perGraph, perResource, type Graph, type Resource } from './graph';
import { meets, type Facts } from './facts';
import { asAtHome } from './home';
import { PossibleTexts } from './possible-texts';
import { askedBy, homeOfGroup, placesOf, type Asked, type Request } from './requests';
import { covers, least, most, opposite, type Match } from './matching';
import { atom, isOpaque } from './symbols';
import { Value } from './value';

/** What a role may do, as far as the template says it. */
export interface Access {
  /** Whether the role may do the action on the resource. Foreign policies, and conditions that cannot be told, leave it open. */
  may(action: string, resource: string, facts?: Facts): Match;
}

const EVERYTHING_OPEN: Access = { may: () => 'maybe' };

/** Rights of a function's role; all open when the role is not in the template. */
export const accessOf = (graph: Graph, handler: Resource): Access =>
  accessOfRole(graph, roleAt(graph, handler.at('Role')));

export const accessOfRole = (graph: Graph, role: Resource | undefined): Access =>
  role ? readAccess(graph, role) : EVERYTHING_OPEN;

/** Many mappings, and many rules, ask the same of one role. */
const readAccess = perResource((graph, role): Access => {
  const own = statementsOf(graph, role);
  const boundary = boundaryOf(graph, role);
  const answers = new Memos<string, Match>(graph.choices);
  return {
    may: (action, resource, facts = {}) =>
      answers.get(JSON.stringify([action, resource, facts]), () => {
        const asked = askedBy(graph, role, { action, resource, facts });
        const said = policiesOn(graph, resource).flatMap((policy) => heard(graph, policy, role));
        const bounded = boundary ? decided(boundary, asked) : 'yes';
        const denied = matching([...own, ...said.map(({ statement }) => statement)], 'Deny', asked);
        if (denied === 'yes' || bounded === 'no') return 'no';
        const named = said.filter(({ to }) => to === 'it').map(({ statement }) => statement);
        const delegated = said.filter(({ to }) => to === 'account').map(({ statement }) => statement);
        // A key that says who may use it heeds the policies of a role only where it says so.
        const heeds = isKeyWithPolicy(graph, resource) ? matching(delegated, 'Allow', asked) : 'yes';
        const allowed = most([least(matching(own, 'Allow', asked), heeds), matching(named, 'Allow', asked)]);
        return least(allowed, bounded, denied === 'maybe' ? 'maybe' : 'yes');
      }),
  };
});

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly covers: (asked: Asked) => Match;
}

const matching = (statements: readonly Statement[], effect: Statement['effect'], asked: Asked): Match =>
  most(statements.filter((each) => each.effect === effect).map((each) => each.covers(asked)));

function decided(statements: readonly Statement[], asked: Asked): Match {
  const denied = matching(statements, 'Deny', asked);
  if (denied === 'yes') return 'no';
  return least(matching(statements, 'Allow', asked), denied === 'maybe' ? 'maybe' : 'yes');
}

/** A statement or policy that cannot be read may say anything. */
const OPEN: Statement = { effect: 'Allow', covers: () => 'maybe' };

// ── Policies of the role ─────────────────────────────────────────────────────────────────────────────────────────────

const ROLE = 'AWS::IAM::Role';

export function roleAt(graph: Graph, value: Value): Resource | undefined {
  const text = value.text();
  return text.kind === 'known' ? graph.find(text.value, ROLE) : undefined;
}

function statementsOf(graph: Graph, role: Resource): Statement[] {
  const attached = graph.referring(role, 'Roles', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy');
  return [
    ...items(role.at('Policies')).flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
    ...items(role.at('ManagedPolicyArns')).flatMap((arn) => managed(graph, arn)),
    ...attached
      .filter((policy) => items(policy.at('Roles')).some((name) => roleAt(graph, name) === role))
      .flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
    ...graph
      .referring(role, 'RoleName', 'AWS::IAM::RolePolicy')
      .filter((policy) => roleAt(graph, policy.at('RoleName')) === role)
      .flatMap((policy) => documentOf(policy.at('PolicyDocument'))),
  ];
}

const boundaryOf = (graph: Graph, role: Resource): Statement[] | undefined => {
  const boundary = role.at('PermissionsBoundary');
  return boundary.text().kind === 'absent' ? undefined : managed(graph, boundary);
};

/** The items of a list; an unknown list has one unknown item. */
function items(value: Value): readonly Value[] {
  const list = value.oneOrMore();
  return list.kind === 'known' ? list.value : list.kind === 'absent' ? [] : [value];
}

function documentOf(document: Value): Statement[] {
  const statements = document.at('Statement').oneOrMore();
  if (statements.kind !== 'known') return statements.kind === 'absent' ? [] : [OPEN];
  return statements.value.map((statement) => statementOf(statement));
}

// ── Policies of what it uses ─────────────────────────────────────────────────────────────────────────────────────────

/** A policy of a resource, and what it is on. */
interface Policy {
  readonly document: Value;
  /** The resource itself, which `*` means in its policy. */
  readonly on: string;
}

export const KEY = 'AWS::KMS::Key';

/** Where a resource of the template, or one of its own beside it, says who may use it. */
const BESIDE: readonly (readonly [type: string, names: string, document: string])[] = [
  ['AWS::S3::BucketPolicy', 'Bucket', 'PolicyDocument'],
  ['AWS::SQS::QueuePolicy', 'Queues', 'PolicyDocument'],
  ['AWS::SNS::TopicPolicy', 'Topics', 'PolicyDocument'],
  ['AWS::MSK::ClusterPolicy', 'ClusterArn', 'Policy'],
  ['AWS::SecretsManager::ResourcePolicy', 'SecretId', 'ResourcePolicy'],
];

/** What a resource says of who may use it, or of who may use another. */
function policiesOf(graph: Graph, holder: Resource): Policy[] {
  if (holder.type === KEY) return [{ document: holder.at('KeyPolicy'), on: graph.arnOf(holder) }];
  if (holder.type === TABLE) {
    return [{ document: holder.at('ResourcePolicy.PolicyDocument'), on: graph.arnOf(holder) }];
  }
  const [type = '', names = '', document = ''] = BESIDE.find(([own]) => own === holder.type) ?? [];
  return items(holder.at(names)).map((name) => ({ document: holder.at(document), on: ownerOf(graph, type, name) }));
}

const TABLE = 'AWS::DynamoDB::Table';

const policies = perGraph(
  (graph) =>
    new PossibleTexts(
      graph.choices,
      [KEY, TABLE, ...BESIDE.map(([type]) => type)].flatMap((type) => graph.everyOfType(type)),
      (holder) => policiesOf(graph, holder).map(({ on }) => on),
    ),
);

function ownerOf(graph: Graph, type: string, name: Value): string {
  const text = name.text();
  if (text.kind !== 'known') return '';
  const queue = graph.find(text.value, 'AWS::SQS::Queue');
  if (queue) return graph.arnOf(queue);
  return type === 'AWS::S3::BucketPolicy' ? `arn:aws:s3:::${text.value}` : text.value;
}

/** Policies that speak of a resource: its own, and that of the bucket or cluster it lies in. */
const policiesOn = (graph: Graph, resource: string): Policy[] =>
  [...placesOf(resource)].flatMap((place) =>
    policies(graph)
      .of(place)
      .filter(({ isThere }) => isThere)
      .flatMap((holder) => policiesOf(graph, holder).filter(({ on }) => on === place)),
  );

const isKeyWithPolicy = (graph: Graph, resource: string): boolean => {
  const key = graph.find(resource, KEY);
  return key !== undefined && key.at('KeyPolicy').object().kind !== 'absent';
};

/** A statement of a resource's policy that the role must hear, and whether it speaks to the role or to its account. */
interface Heard {
  readonly to: 'it' | 'account';
  readonly statement: Statement;
}

function heard(graph: Graph, { document }: Policy, role: Resource): Heard[] {
  return items(document.at('Statement')).flatMap((statement): Heard[] => {
    const { to, sure } = addressed(graph, statement, role);
    return to === 'others' ? [] : [{ to, statement: statementOf(statement, sure, true) }];
  });
}

interface Addressed {
  readonly to: 'it' | 'account' | 'others';
  readonly sure: Match;
}

/** Whom a statement speaks to: the role by its name or as anybody, its account, or others. */
function addressed(graph: Graph, statement: Value, role: Resource): Addressed {
  const all = statement.at('Principal');
  if (all.raw === undefined) {
    const spared = items(statement.at('NotPrincipal.AWS')).map((principal) => addressee(graph, principal, role));
    if (statement.at('NotPrincipal').raw === undefined) return { to: 'others', sure: 'no' };
    return { to: 'it', sure: spared.some(({ to }) => to !== 'others') ? 'maybe' : 'yes' };
  }
  const principals = typeof all.raw === 'string' ? [all] : items(all.at('AWS'));
  const told = principals.map((principal) => addressee(graph, principal, role)).filter(({ to }) => to !== 'others');
  return told.find(({ to }) => to === 'it') ?? told[0] ?? { to: 'others', sure: 'no' };
}

function addressee(graph: Graph, principal: Value, role: Resource): Addressed {
  const text = principal.text();
  if (text.kind !== 'known') return { to: 'it', sure: 'maybe' };
  if (text.value === '*') return { to: 'it', sure: 'yes' };
  const found = graph.find(text.value, ROLE);
  if (found) return found === role ? { to: 'it', sure: 'yes' } : OTHERS;
  const home = homeOfGroup(graph);
  const named = /^\d{12}$/.test(text.value) ? `arn:aws:iam::${text.value}:root` : text.value;
  const name = asAtHome(home, named);
  const account = atom('AWS::AccountId');
  if (name === account || name === `arn:aws:iam::${account}:root`) return { to: 'account', sure: 'yes' };
  if (isOpaque(name)) return { to: 'it', sure: 'maybe' };
  // An account written out may be this one, where nothing else tells it.
  return name.endsWith(':root') && home.account === undefined ? { to: 'account', sure: 'maybe' } : OTHERS;
}

const OTHERS: Addressed = { to: 'others', sure: 'no' };

/** Whether the policy of an endpoint lets a request through; without one, an endpoint lets all through. */
export function letsThrough(graph: Graph, document: Value, role: Resource | undefined, asked: Request): Match {
  if (document.raw === undefined) return 'yes';
  if (!role || document.object().kind !== 'known') return 'maybe';
  const statements = items(document.at('Statement')).flatMap((statement) => {
    const { to, sure } = addressed(graph, statement, role);
    return to === 'others' ? [] : [statementOf(statement, sure, true)];
  });
  return decided(statements, askedBy(graph, role, asked));
}

// ── Statements ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * @param addressed - how sure it is that the statement speaks to the role
 * @param ofResource - in a resource's own policy: `*`, or nothing, means the resource
 */
function statementOf(statement: Value, addressed: Match = 'yes', ofResource = false): Statement {
  const effect = statement.at('Effect').string();
  const said = effect.kind === 'known' && effect.value === 'Deny' ? 'Deny' : 'Allow';
  const actions = among(statement, 'Action', (text) => text.toLowerCase());
  const resources = among(statement, 'Resource', (text) => text) ?? (ofResource ? () => 'yes' as const : undefined);
  if (effect.kind !== 'known' || !actions || !resources) return { ...OPEN, effect: said };
  return {
    effect: said,
    covers: ({ action, resource, facts, home }) => {
      // IAM tells no capital letters apart in actions.
      const match = least(actions(action.toLowerCase()), resources(resource));
      return match === 'no' ? 'no' : least(match, addressed, meets(statement.at('Condition'), facts, home));
    },
  };
}

/** Whether a text is among those of `Action` or not among those of `NotAction`; undefined where neither is there. */
function among(
  statement: Value,
  name: 'Action' | 'Resource',
  written: (text: string) => string,
): ((text: string) => Match) | undefined {
  const [those, others] = [statement.at(name), statement.at(`Not${name}`)];
  const all = patterns(those.raw === undefined ? others : those, written);
  if (!all) return those.raw === undefined && others.raw === undefined ? undefined : () => 'maybe';
  return those.raw === undefined ? (text) => opposite(coveredBy(all, text)) : (text) => coveredBy(all, text);
}

/** Undefined in the list for a pattern that cannot be read. */
function patterns(value: Value, written: (text: string) => string): (string | undefined)[] | undefined {
  const list = value.oneOrMore();
  if (list.kind !== 'known') return undefined;
  return list.value.map((item) => {
    const read = item.text();
    return read.kind === 'known' ? written(read.value) : undefined;
  });
}

const coveredBy = (all: readonly (string | undefined)[], text: string): Match =>
  most(all.map((pattern) => (pattern === undefined ? 'maybe' : covers(pattern, text))));

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
