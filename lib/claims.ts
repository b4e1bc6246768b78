import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Paths of constructs by what each has for itself, for every stage: what one deploy makes once. */
const CLAIMS = new WeakMap<IConstruct, Map<string, string>>();

/** Claims something for a construct; answers the path of the one that has claimed it before. */
export function claimedBefore(construct: IConstruct, what: string): string | undefined {
  const stage = Stage.of(construct) ?? construct.node.root;
  const claims = CLAIMS.get(stage) ?? new Map<string, string>();
  CLAIMS.set(stage, claims);
  const first = claims.get(what);
  claims.set(what, first ?? construct.node.path);
  return first;
}
