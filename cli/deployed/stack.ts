import type { Deployed } from './clients';
import { notRead } from './not-read';
import type { StackTold } from './parts';

/** @throws Error in one sentence where there is no such stack, or nobody may see it */
export async function stackOf(name: string, { stack }: Pick<Deployed, 'stack'>): Promise<StackTold> {
  try {
    return await stack(name);
  } catch (error) {
    const { what, why, fix } = notRead(`stack ${name}`, ['cloudformation:DescribeStacks'], error);
    const known = /does not exist/.test(why) ? 'check its name and --region' : fix;
    throw new Error(`${what}: got ${why}, want its outputs; ${known}`, { cause: error });
  }
}
