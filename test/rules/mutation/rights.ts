import type { Kind, Mutant, Node, Template, Templates } from './mutant';
import { PARAMETER, type Subject } from './spot';
import { subjectsOf, type Purpose, type Purposes } from './subjects';

/** A right without which events are lost, or never come back. */
interface Right {
  readonly of: 'consumer' | 'producer' | 'replay' | 'unpack';
  readonly actions: readonly string[];
  /** On which resource, where the role has the action on several. */
  readonly on?: Purpose;
  readonly loses: string;
}

const READ = 'nothing is read, and events are gone with the retention';
const KEPT = 'what is given up cannot be written, and is dropped';
const WRITE = 'nothing reaches the topic';
const BACK = 'what was put aside never comes back';
const STUCK = 'nothing is applied or parked, and events are gone with the retention';

export const RIGHTS: readonly Right[] = [
  {
    of: 'consumer',
    actions: ['Connect', 'DescribeGroup', 'AlterGroup', 'DescribeTopic', 'ReadData'].map(
      (name) => `kafka-cluster:${name}`,
    ),
    loses: READ,
  },
  { of: 'consumer', actions: ['kafka:GetBootstrapBrokers'], loses: READ },
  {
    of: 'consumer',
    actions: ['CreateNetworkInterface', 'DescribeSubnets', 'DescribeSecurityGroups', 'DescribeVpcs'].map(
      (name) => `ec2:${name}`,
    ),
    loses: READ,
  },
  { of: 'consumer', actions: ['secretsmanager:GetSecretValue'], loses: READ },
  { of: 'consumer', actions: ['kms:Decrypt'], on: 'secret key', loses: READ },
  { of: 'consumer', actions: ['s3:PutObject', 's3:ListBucket'], on: 'on failure', loses: KEPT },
  { of: 'consumer', actions: ['s3:PutObject'], on: 'dead letters', loses: STUCK },
  { of: 'consumer', actions: ['kms:GenerateDataKey'], on: 'key', loses: KEPT },
  {
    of: 'consumer',
    actions: ['GetItem', 'PutItem', 'UpdateItem'].map((name) => `dynamodb:${name}`),
    on: 'memory',
    loses: STUCK,
  },
  {
    of: 'producer',
    actions: ['Connect', 'WriteDataIdempotently', 'DescribeTopic', 'WriteData'].map((name) => `kafka-cluster:${name}`),
    loses: WRITE,
  },
  { of: 'producer', actions: ['s3:PutObject'], on: 'spill', loses: 'what Kafka does not take cannot be spilled' },
  { of: 'producer', actions: ['kms:GenerateDataKey'], on: 'key', loses: 'what Kafka does not take cannot be spilled' },
  {
    of: 'replay',
    actions: ['Connect', 'WriteDataIdempotently', 'DescribeTopic', 'WriteData'].map((name) => `kafka-cluster:${name}`),
    loses: BACK,
  },
  { of: 'replay', actions: ['s3:GetObject', 's3:ListBucket', 's3:DeleteObject'], on: 'spill', loses: BACK },
  { of: 'replay', actions: ['kms:Decrypt'], on: 'key', loses: BACK },
  { of: 'unpack', actions: ['s3:GetObject', 's3:ListBucket', 's3:DeleteObject'], on: 'on failure', loses: BACK },
  { of: 'unpack', actions: ['s3:PutObject'], on: 'dead letters', loses: BACK },
  { of: 'unpack', actions: ['kms:Decrypt'], on: 'key', loses: BACK },
  { of: 'unpack', actions: ['dynamodb:PutItem', 'dynamodb:GetItem'], on: 'memory', loses: BACK },
];

interface Statement extends Node {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** The statements of a function's role; changed in place. */
function statementsOf({ Resources }: Template, { id }: Subject): Statement[][] {
  const handler = Resources[id];
  const role = JSON.stringify(handler?.Properties?.['Role'] ?? `${id}Role`);
  const documents = Object.entries(Resources).flatMap(([name, { Type, Properties: properties = {} }]): unknown[] => {
    if (name === id && Type === 'AWS::Serverless::Function') return [properties['Policies']].flat();
    if (Type === 'AWS::IAM::Role' && role.includes(`"${name}`))
      return ((properties['Policies'] ?? []) as Node[]).map((policy) => policy['PolicyDocument']);
    const roles = (properties['Roles'] ?? []) as Node[];
    const attached = Type === 'AWS::IAM::Policy' && roles.some(({ Ref }) => role.includes(`"${String(Ref)}"`));
    return attached ? [properties['PolicyDocument']] : [];
  });
  return documents
    .filter((document): document is { Statement: Statement[] } =>
      Boolean((document as Node | undefined)?.['Statement']),
    )
    .map((document) => document.Statement);
}

const covers = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);

/** Whether the statement allows the action on the resource: by its name in the text, or on all. */
function allows({ Effect, Action, Resource }: Statement, action: string, ids: readonly string[]): boolean {
  const text = JSON.stringify(Resource);
  const onIt = ids.length === 0 || text === '"*"' || ids.some((id) => text.includes(id));
  return Effect === 'Allow' && onIt && [Action].flat().some((pattern) => covers(pattern, action));
}

type Edit = (statement: Statement, template: Template) => Statement[];

const without = (statement: Statement, action: string): Statement[] => {
  const rest = [statement.Action].flat().filter((pattern) => !covers(pattern, action));
  return rest.length > 0 ? [{ ...statement, Action: rest }] : [];
};

/** A resource of that service, and another one. */
const elsewhere = (action: string): string =>
  action.startsWith('s3:')
    ? 'arn:aws:s3:::elsewhere/*'
    : `arn:aws:${action.split(':')[0]}:eu-west-1:111122223333:elsewhere/x`;

/** What can be done to a right. */
const EDITS: readonly (readonly [kind: Kind, certain: boolean, edit: (action: string) => Edit])[] = [
  ['right removed', true, (action) => (statement) => without(statement, action)],
  ['right denied', true, (action) => (statement) => [statement, { Effect: 'Deny', Action: action, Resource: '*' }]],
  [
    'right elsewhere',
    true,
    (action) => (statement) => [
      ...without(statement, action),
      { ...statement, Action: action, Resource: elsewhere(action) },
    ],
  ],
  [
    'right under a condition',
    false,
    (action) => (statement) => [
      ...without(statement, action),
      { ...statement, Action: action, Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } },
    ],
  ],
  [
    'right by parameter',
    false,
    (action) => (statement, template) => {
      template.Parameters = { ...template.Parameters, [PARAMETER]: { Type: 'String' } };
      return [...without(statement, action), { ...statement, Action: action, Resource: { Ref: PARAMETER } }];
    },
  ],
];

const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary';

/** A boundary that lies elsewhere may take every right away; AWS's own policies are taken off the role. */
function ofRole(templates: Templates, subject: Subject, reads: boolean): Mutant[] {
  const role = roleOf(templates, subject);
  if (!role) return [];
  const { file, id } = role;
  const at = (to: Templates): Node => (to[file]?.Resources[id] as { Properties: Node }).Properties;
  const isRead = (arn: unknown) => /MSKExecutionRole|VPCAccessExecutionRole/.test(JSON.stringify(arn));
  const arns = (to: Templates) => (at(to)['ManagedPolicyArns'] ?? []) as unknown[];
  const bounded: Mutant = {
    kind: 'right under a condition',
    at: `${file}/${id}`,
    change: 'a permissions boundary that lies elsewhere',
    loses: 'what the boundary leaves out',
    certain: false,
    apply: (to) => Object.assign(at(to), { PermissionsBoundary: BOUNDARY }),
  };
  const without: Mutant = {
    kind: 'right removed',
    at: `${file}/${id}`,
    change: "AWS's own policy",
    loses: 'no network interface, and nothing is read or sent',
    certain: true,
    apply: (to) => Object.assign(at(to), { ManagedPolicyArns: arns(to).filter((arn) => !isRead(arn)) }),
  };
  // A function in a VPC whose role lacks it cannot be made at all.
  return [bounded, ...(reads && arns(templates).some(isRead) ? [without] : [])];
}

function roleOf(templates: Templates, { file, id }: Subject): Subject | undefined {
  const { Resources = {} } = templates[file] ?? {};
  const role = JSON.stringify(Resources[id]?.Properties?.['Role'] ?? '');
  const [name] = Object.keys(Resources).filter((key) => role.includes(`"${key}"`) || role.includes(`"${key}.Arn"`));
  return name === undefined ? undefined : { file, id: name };
}

export function rightsOf(templates: Templates, purposes: Purposes): Mutant[] {
  const parts = ['consumer', 'producer', 'replay', 'unpack'] as const;
  const roles = parts.flatMap((of) =>
    subjectsOf(templates, purposes, of).flatMap((part) => ofRole(templates, part, of === 'consumer')),
  );
  return [...roles, ...ofActions(templates, purposes)];
}

function ofActions(templates: Templates, purposes: Purposes): Mutant[] {
  return RIGHTS.flatMap(({ of, actions, on, loses }) =>
    subjectsOf(templates, purposes, of).flatMap((subject) => {
      const ids = on === undefined ? [] : subjectsOf(templates, purposes, on).map(({ id }) => id);
      if (on !== undefined && ids.length === 0) return [];
      return actions.flatMap((action) => ofAction(templates, subject, action, ids, loses));
    }),
  );
}

function ofAction(
  templates: Templates,
  subject: Subject,
  action: string,
  ids: readonly string[],
  loses: string,
): Mutant[] {
  const isMeant = (statement: Statement) => allows(statement, action, ids);
  const template = templates[subject.file];
  if (!template || !statementsOf(template, subject).flat().some(isMeant)) return [];
  const on = ids.length > 0 ? ` on ${ids.join(', ')}` : '';
  // Somebody may have copied the name that a bucket got at its first deploy.
  const isOpen = (kind: Kind) => kind === 'right elsewhere' && action.startsWith('s3:');
  return EDITS.map(([kind, certain, edit]) => ({
    kind,
    at: `${subject.file}/${subject.id} ${action}${on}`,
    change: kind,
    loses,
    certain: certain && !isOpen(kind),
    apply: (to) => {
      const own = to[subject.file];
      if (!own) return;
      for (const list of statementsOf(own, subject)) {
        const changed = list.flatMap((each) => (isMeant(each) ? edit(action)(each, own) : [each]));
        list.splice(0, list.length, ...changed);
      }
    },
  }));
}
