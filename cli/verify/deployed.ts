import { parseTemplate } from '../../rules';
import type { Account, Answer, Question, Questions } from './account';
import { DeployedValues, isMap } from './deployed-values';

/** A resource of a deployed stack. */
export interface Deployed {
  readonly stack: DeployedStack;
  readonly logicalId: string;
  readonly type: string;
  /** What the service calls it by. */
  readonly physicalId: string;
  /** As the template writes them. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface DeployedStack {
  readonly name: string;
  /** Parsed, as CloudFormation has processed it, with the values that its parameters were given. */
  readonly template: Body;
  readonly values: DeployedValues;
  readonly resources: readonly Deployed[];
  readonly parent?: { readonly stack: DeployedStack; readonly logicalId: string };
}

export type Body = Readonly<Record<string, unknown>> & {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
};
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** In these a stack is what its template says. */
const AT_REST = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
];

/**
 * A stack, and those nested in it.
 *
 * @throws Error in one sentence where there is no such stack, it is half deployed, or it must not be read
 */
export async function deployedStacks(
  named: string,
  account: Account,
  parent?: DeployedStack['parent'],
): Promise<DeployedStack[]> {
  const ask = async <Q extends Question>(question: Q, input: Questions[Q][0]) =>
    must(named, await account.ask(question, input));
  const { Stacks: [stack] = [] } = await ask('cloudformation:DescribeStacks', { StackName: named });
  const { StackName: name = named, StackId: id = '', StackStatus: status = 'unknown', Parameters = [] } = stack ?? {};
  if (!AT_REST.includes(status))
    throw new Error(`stack ${name}: got ${status}, want one whose deploy has ended well; ${wayOn(status)}`);
  const { TemplateBody = '' } = await ask('cloudformation:GetTemplate', { StackName: id, TemplateStage: 'Processed' });
  const parameters = Object.fromEntries(
    Parameters.map(({ ParameterKey = '', ParameterValue, ResolvedValue }) => [
      ParameterKey,
      ResolvedValue ?? ParameterValue ?? '',
    ]),
  );
  const physicalIds = new Map<string, string>();
  let NextToken: string | undefined;
  do {
    const page = await ask('cloudformation:ListStackResources', {
      StackName: id,
      ...(NextToken !== undefined && { NextToken }),
    });
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId !== undefined && PhysicalResourceId !== undefined)
        physicalIds.set(LogicalResourceId, PhysicalResourceId);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const body = parseTemplate(TemplateBody) as Body;
  if (!isMap(body) || !isMap(body.Resources))
    throw new Error(`stack ${name}: got a template without Resources, want one; deploy it again`);
  const template = withParameters(body, parameters);
  const values = new DeployedValues(template, { name, id, parameters, physicalIds });
  const own = assembled(name, template, values, physicalIds, parent);
  const nested = own.resources.filter(({ type }) => type === 'AWS::CloudFormation::Stack');
  const inner = await Promise.all(
    nested.map(({ physicalId, logicalId }) => deployedStacks(physicalId, account, { stack: own, logicalId })),
  );
  return [own, ...inner.flat()];
}

function assembled(
  name: string,
  template: Body,
  values: DeployedValues,
  physicalIds: ReadonlyMap<string, string>,
  parent: DeployedStack['parent'],
): DeployedStack {
  const resources: Deployed[] = [];
  const stack: DeployedStack = { name, template, values, resources, ...(parent && { parent }) };
  for (const [logicalId, { Type: type, Properties: properties = {} }] of Object.entries(template.Resources)) {
    const physicalId = physicalIds.get(logicalId);
    // One under a condition that does not hold has none.
    if (physicalId !== undefined) resources.push({ stack, logicalId, type, physicalId, properties });
  }
  return stack;
}

/** Each parameter may be nothing but what the deploy was given. */
function withParameters(body: Body, given: Readonly<Record<string, string>>): Body {
  const declared = isMap(body['Parameters']) ? body['Parameters'] : {};
  const Parameters = Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => {
      const { [name]: value } = given;
      // CloudFormation shows a hidden one as stars.
      if (value === undefined || /^\*+$/.test(value) || !isMap(parameter)) return [name, parameter];
      const type = String(parameter['Type']).startsWith('AWS::SSM') ? 'String' : parameter['Type'];
      return [name, { Type: type, Default: value, AllowedValues: [value] }];
    }),
  );
  return { ...body, Parameters };
}

function must<T>(name: string, answer: Answer<T>): T {
  switch (answer.kind) {
    case 'said':
      return answer.value;
    case 'none':
      throw new Error(
        `stack ${name}: got none of that name, want one in the account and region of your credentials; check the name and --region`,
      );
    case 'unseen':
      throw new Error(`stack ${name}: got no look at it, want its template and resources; ${answer.why}`);
  }
}

function wayOn(status: string): string {
  if (status.endsWith('_IN_PROGRESS')) return 'wait until it has ended, and run the command again';
  if (status === 'UPDATE_ROLLBACK_FAILED') return 'continue the rollback, then deploy again';
  return 'delete the stack, and deploy it again';
}
