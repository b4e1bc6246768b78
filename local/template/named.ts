import { physicalName } from './identity';
import { constructPath } from './resource';
import type { Resolver } from './resolver';

/** Identity every resource of the template has on this machine. */
export interface Named {
  readonly logicalId: string;
  /** Construct path without the stack's name. */
  readonly path: string;
  /** Physical name. */
  readonly name: string;
}

export function named(resolver: Resolver, type: string): readonly Named[] {
  return resolver.ofType(type).map(([logicalId, resource]) => {
    const { value } = resolver.properties(logicalId);
    return { logicalId, path: constructPath(logicalId, resource), name: physicalName(logicalId, resource, value) };
  });
}
