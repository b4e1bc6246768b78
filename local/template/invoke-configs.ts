import { targetFunction, type FunctionSpec } from './functions';
import { bucketOf } from './mapping-rules';
import { named } from './named';
import type { Properties } from './properties';
import { queueAt, type Queue } from './queues';
import type { Resolver } from './resolver';

/** How long Lambda tries an event for which nobody waits (`AWS::Lambda::EventInvokeConfig`), and where it puts one that it gives up. */
export interface InvokeConfig {
  /** Retries after the first try, 0 to 2. */
  readonly retries: number;
  readonly maxAgeMs: number;
  /** Undefined: what is given up is gone. */
  readonly onFailure: Destination | undefined;
}

export type Destination =
  | { readonly kind: 'queue'; readonly name: string }
  /** Name. */
  | { readonly kind: 'bucket'; readonly name: string };

/** Lambda's own, where the template says nothing. */
export const NO_CONFIG: InvokeConfig = { retries: 2, maxAgeMs: 21_600_000, onFailure: undefined };

/** @returns by the function's logical id */
export function readInvokeConfigs(
  resolver: Resolver,
  functions: readonly FunctionSpec[],
  queues: readonly Queue[],
): ReadonlyMap<string, InvokeConfig> {
  const configs = named(resolver, 'AWS::Lambda::EventInvokeConfig').map(({ logicalId }) => {
    const properties = resolver.properties(logicalId);
    const fn = targetFunction(functions, properties.requiredString('FunctionName'), properties.path);
    return [fn.logicalId, readConfig(properties, queues)] as const;
  });
  return new Map(configs);
}

function readConfig(properties: Properties, queues: readonly Queue[]): InvokeConfig {
  type Ends = { readonly OnFailure?: { readonly Destination: string }; readonly OnSuccess?: unknown };
  const { OnFailure: failure, OnSuccess: success } = properties.value<Ends>('DestinationConfig') ?? {};
  if (success !== undefined) {
    throw new Error(`${properties.path} DestinationConfig: got OnSuccess, want OnFailure alone; the local run has no other`); // prettier-ignore
  }
  const age = properties.number('MaximumEventAgeInSeconds');
  return {
    retries: properties.number('MaximumRetryAttempts') ?? NO_CONFIG.retries,
    maxAgeMs: age === undefined ? NO_CONFIG.maxAgeMs : age * 1000,
    onFailure: failure && destinationAt(failure.Destination, queues, `${properties.path} DestinationConfig`),
  };
}

function destinationAt(arn: string, queues: readonly Queue[], where: string): Destination {
  const bucket = bucketOf(arn);
  if (bucket !== undefined) return { kind: 'bucket', name: bucket };
  return { kind: 'queue', name: queueAt(queues, arn, where).name };
}
