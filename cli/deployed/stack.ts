import { notRead } from './not-read';
import type { StackTold } from './parts';

/** @throws Error in one sentence where there is no such stack, or nobody may see it */
export async function stackOf(
  name: string,
  { stack }: { readonly stack: (name: string) => Promise<StackTold> },
): Promise<StackTold> {
  try {
    return await stack(name);
  } catch (error) {
    const { what, why, fix } = notRead(`stack ${name}`, ['cloudformation:DescribeStacks'], error);
    const known = /does not exist/.test(why) ? 'check its name and --region' : fix;
    throw new Error(`${what}: got ${why}, want its outputs; ${known}`, { cause: error });
  }
}

/** A stack of the account that the SDK finds. The client is loaded when it is asked. Rejects as CloudFormation does. */
export async function stackAt(where: { readonly region?: string }, name: string): Promise<StackTold> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const { Stacks = [] } = await new CloudFormationClient(where).send(new DescribeStacksCommand({ StackName: name }));
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs.flatMap(({ OutputValue }) => OutputValue ?? []));
  return { name, status: Stacks[0]?.StackStatus ?? 'unknown', outputs };
}

const WHOLE = /^(CREATE|UPDATE|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_COMPLETE$/;

/** Whether it is deployed as a whole. */
export const isWhole = ({ status }: Pick<StackTold, 'status'>): boolean => WHOLE.test(status);
