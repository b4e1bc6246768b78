import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Paths of constructs by what each has for itself. */
const CLAIMS = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Claims something for a construct; answers the path of the one that has claimed it before.
 *
 * @param within - no two may have it in here. @default - the construct's stage: what one deploy makes once
 */
export function claimedBefore(
  construct: IConstruct,
  what: string,
  within: IConstruct = Stage.of(construct) ?? construct.node.root,
): string | undefined {
  const claims = CLAIMS.get(within) ?? new Map<string, string>();
  CLAIMS.set(within, claims);
  const first = claims.get(what);
  claims.set(what, first ?? construct.node.path);
  return first;
}
