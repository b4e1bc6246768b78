import type { Account } from './verify/account';
import { deployedStacks } from './verify/deployed';
import { lookAt } from './verify/look';
import type { VerifyOptions } from './verify/options';
import { asJson, asText } from './verify/report';

/** Where the command reads and writes. */
export interface Surroundings {
  readonly account: Account;
  readonly print: (text: string) => void;
  readonly complain: (line: string) => void;
  readonly colour: boolean;
}

/**
 * Holds what is deployed against what was promised at synth. Nothing is changed.
 *
 * @returns exit code: 0 all that was looked at is as it was deployed, 1 something is not, or was not to be seen
 */
export async function verify(named: readonly string[], { json }: VerifyOptions, to: Surroundings): Promise<0 | 1> {
  const { account, print, complain, colour } = to;
  try {
    const stacks = (await Promise.all([...new Set(named)].map((name) => deployedStacks(name, account)))).flat();
    const found = await lookAt(stacks, account);
    print(json === true ? asJson(found) : asText(found, colour));
    return found.drifts.length > 0 || found.unseen.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    complain(`error: ${error.message}`);
    return 1;
  }
}
