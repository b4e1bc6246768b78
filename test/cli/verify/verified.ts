import { verify } from '../../../cli/verify';
import type { StandIn } from './stand-in';

export interface Told {
  readonly code: string;
  readonly status: string;
  readonly severity: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly path: string;
  readonly property: string;
  readonly found: string;
  readonly wanted: string;
  readonly fix: string;
}

/** What `verify Orders --json` says of an account. */
export interface Verified {
  readonly exit: number;
  readonly drifts: readonly Told[];
  readonly unseen: readonly { readonly logicalId: string; readonly why: string }[];
  readonly changes: readonly { readonly logicalId: string; readonly property: string }[];
  readonly looked: number;
}

export async function verified(account: StandIn): Promise<Verified> {
  const printed: string[] = [];
  const complain = (line: string): void => {
    throw new Error(line);
  };
  const print = (text: string): void => void printed.push(text);
  const exit = await verify(['Orders'], { json: true }, { account, print, complain, colour: false });
  return { exit, ...(JSON.parse(printed.join('')) as Omit<Verified, 'exit'>) };
}
