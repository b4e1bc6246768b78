import { Stack, Validations, type CfnResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

const ACCESS_LOGS =
  "who read an object is asked of the account's CloudTrail; a bucket of access logs for every pipeline would be one more bucket that nobody reads";

/**
 * What other judges (cdk-nag, checkov, cfn-lint) find in resources that the library makes, and why it stays. It is said where
 * each of them looks for it, so that no app has to say it. Of resources that an app makes itself nothing is said.
 */
export const REASONS = {
  'AwsSolutions-IAM4':
    "AWS's own policies for a function's log group, its network interfaces and its pollers; the CDK attaches them",
  'AwsSolutions-IAM5':
    "granted on many is only what has no name yet: objects in the folders of one topic, the cluster by its name whatever its id, versions of the function that events are forwarded to, the buckets of a stack for the function by which the CDK sets their notifications, and X-Ray, which knows no resources; KMS's families of actions are those that DynamoDB asks for; on ARNs that Fn::Join and Fn::Split make of the cluster's the rule itself fails",
  'AwsSolutions-S1': ACCESS_LOGS,
  'AwsSolutions-SQS3':
    'of a queue that only wakes a function, as a schedule does, no message is worth keeping; a queue where what failed waits for a person is read by nothing that could fail again',
  'AwsSolutions-VPC7':
    "the network has no way in or out but two gateway endpoints, and brokers log connections; flow logs cost by the gigabyte and are the account's choice",
  W3005:
    "a role's policy must be there before its function or mapping, which only DependsOn says; the CDK then names the role, too, which changes nothing",
  CKV_AWS_18: ACCESS_LOGS,
  CKV_AWS_27:
    'it is encrypted, under a key of SQS, which the rule does not see: EventBridge and S3 then need no right to a key of the account',
  CKV_AWS_115:
    'reserved concurrency takes from the whole account; mappings are bounded by their pollers, doors by the throttling of the API, and a throttled function is one more way to wait',
  CKV_AWS_116:
    "a function's dead-letter queue holds asynchronous invocations only: those of mappings have their destination, doors answer their caller, and replay and unpack are woken again by schedule, their work being in S3",
  CKV_AWS_117:
    "a consumer needs no way to the brokers, whose records Lambda's pollers bring; outside a VPC it needs no NAT either",
  CKV_AWS_173:
    'the variables name buckets, tables and addresses and hold no secret; Lambda encrypts them under its own key',
};

type Rule = keyof typeof REASONS;

/** A bucket of events. */
export const acknowledgeBucket = (bucket: IConstruct): void =>
  acknowledge(bucket.node.defaultChild, 'AwsSolutions-S1', 'CKV_AWS_18');

/** A queue whose messages may be lost, or that keeps what failed. */
export const acknowledgeQueue = (queue: IConstruct): void =>
  acknowledge(queue.node.defaultChild, 'AwsSolutions-SQS3', 'CKV_AWS_27');

/** A network that records no flows. */
export const acknowledgeNetwork = (vpc: IConstruct): void => acknowledge(vpc.node.defaultChild, 'AwsSolutions-VPC7');

/** A function of the library, once it is granted what it needs: what an app grants it beyond that, the app has to explain. */
export function acknowledgeFunction(owned: lambda.Function): void {
  const { reservedConcurrentExecutions, environment } = owned.node.defaultChild as lambda.CfnFunction;
  const rules: [Rule, boolean][] = [
    ['W3005', true],
    ['CKV_AWS_115', reservedConcurrentExecutions === undefined],
    ['CKV_AWS_116', true],
    ['CKV_AWS_117', !owned.isBoundToVpc],
    ['CKV_AWS_173', environment !== undefined],
  ];
  acknowledge(owned.node.defaultChild, ...rules.flatMap(([rule, found]) => (found ? [rule] : [])));
  acknowledgeRole(owned.role);
}

/** The function, of which a stack has one, by which the CDK sets what buckets notify of. */
export function acknowledgeNotifier(notifier: IConstruct): void {
  acknowledge(notifier.node.defaultChild, 'W3005', 'CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_117');
  acknowledgeRole(notifier.node.tryFindChild('Role'));
}

function acknowledgeRole(owned: IConstruct | undefined): void {
  const role = owned?.node.defaultChild as iam.CfnRole;
  const attached = Stack.of(role).resolve(role.managedPolicyArns) as readonly unknown[];
  for (const arn of attached) acknowledgeOne(role, 'AwsSolutions-IAM4', `Policy::${flat(arn)}`);
  acknowledgePolicy(owned?.node.tryFindChild('DefaultPolicy'));
}

/** What a function of the library is granted. @param grants of the library, where others may have granted something by now. @default - all so far */
export function acknowledgePolicy(policy: IConstruct | undefined, grants?: readonly iam.Grant[]): void {
  if (!(policy instanceof iam.Policy)) return;
  const rule = 'AwsSolutions-IAM5';
  const resource = policy.node.defaultChild as CfnResource;
  const statements = grants?.flatMap(({ principalStatements }) => principalStatements);
  const granted: unknown = statements
    ? { Statement: statements.map((each) => each.toStatementJson() as unknown) }
    : policy.document.toJSON();
  const findings = () => starred(Stack.of(policy).resolve(granted) as Granted);
  for (const finding of findings()) noteForNag(resource, rule, finding);
  // cdk-nag 3 looks at the synthesized app, where it is known how one stack names what another has: so it is here.
  policy.node.addValidation({
    validate: () => {
      for (const finding of findings()) acknowledgeForNag(resource, rule, finding);
      return [];
    },
  });
}

function acknowledge(resource: IConstruct | undefined, ...rules: readonly Rule[]): void {
  for (const rule of rules) acknowledgeOne(resource as CfnResource, rule);
}

/** @param finding one of those that cdk-nag has by the rule in one resource; without it, the rule itself */
function acknowledgeOne(resource: CfnResource, rule: Rule, finding?: string): void {
  if (rule.startsWith('CKV')) {
    const entry = { id: rule, comment: REASONS[rule] };
    resource.addMetadata('checkov', { skip: withOne(notedIn(resource, 'checkov')?.skip, entry) });
  } else if (rule.startsWith('W')) {
    const ignored = notedIn(resource, 'cfn-lint')?.config?.ignore_checks;
    resource.addMetadata('cfn-lint', { config: { ignore_checks: withOne(ignored, rule) } });
  } else {
    acknowledgeForNag(resource, rule, finding);
    noteForNag(resource, rule, finding);
  }
}

/** cdk-nag 3 asks the construct. */
const acknowledgeForNag = (resource: CfnResource, rule: Rule, finding?: string): void =>
  Validations.of(resource).acknowledge({ id: finding ? `${rule}[${finding}]` : rule, reason: REASONS[rule] });

/** cdk-nag 2 asks the resource, whose template keeps it. */
function noteForNag(resource: CfnResource, rule: Rule, finding?: string): void {
  const entry = { id: rule, reason: REASONS[rule], ...(finding && { applies_to: [finding] }) };
  const known = notedIn(resource, 'cdk_nag')?.rules_to_suppress;
  resource.addMetadata('cdk_nag', { rules_to_suppress: withOne(known, entry) });
}

const notedIn = (resource: CfnResource, judge: string): Noted | undefined =>
  resource.getMetadata(judge) as Noted | undefined;

interface Noted {
  readonly skip?: unknown[];
  readonly config?: { readonly ignore_checks?: unknown[] };
  readonly rules_to_suppress?: unknown[];
}

const withOne = (list: readonly unknown[] = [], entry: unknown): unknown[] => {
  const text = JSON.stringify(entry);
  return [...list.filter((each) => JSON.stringify(each) !== text), entry];
};

interface Granted {
  readonly Statement: readonly { readonly Action: string | string[]; readonly Resource: unknown }[];
}

/** Actions and resources with a star, in cdk-nag's words; of a document on which its rule fails, nothing but that. */
function starred(document: Granted): (string | undefined)[] {
  if (/"Fn::Join":\["[^"]*",\{/.test(JSON.stringify(document))) return [undefined];
  return document.Statement.flatMap(({ Action, Resource }) => [
    ...[Action].flat().map((action) => `Action::${action}`),
    ...[Resource].flat().map((resource) => `Resource::${flat(resource)}`),
  ]).filter((each) => each.includes('*'));
}

/** An ARN as cdk-nag writes it. */
function flat(arn: unknown): string {
  if (typeof arn === 'string') return arn.replaceAll('${', '<').replaceAll('}', '>');
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute, 'Fn::ImportValue': name, Ref } = arn as Intrinsic;
  if (join) return join[1].map(flat).join(join[0]);
  if (attribute) return `<${attribute.join('.')}>`;
  if (name) return flat(name);
  return Ref ? `<${Ref}>` : JSON.stringify(arn);
}

interface Intrinsic {
  readonly 'Fn::Join'?: readonly [delimiter: string, parts: readonly unknown[]];
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::ImportValue'?: unknown;
  readonly Ref?: string;
}
