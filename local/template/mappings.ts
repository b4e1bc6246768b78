import { targetFunction, type FunctionSpec } from './functions';
import { stableUuid } from './identity';
import { bucketOf, destinationOf, filtersOf, kafkaConfig, refuseMapping, topicsOf } from './mapping-rules';
import { named } from './named';
import type { Properties } from './properties';
import { readsQueue } from './queue-mappings';
import type { Resolver } from './resolver';

/** An `AWS::Lambda::EventSourceMapping` from MSK, with Lambda's defaults filled in. */
export interface MappingSettings {
  readonly logicalId: string;
  readonly path: string;
  readonly uuid: string;
  readonly functionId: string;
  readonly functionArn: string;
  readonly clusterArn: string;
  readonly topic: string;
  /** Consumer group: the explicit one, else the mapping's UUID. */
  readonly group: string;
  readonly start: StartingPosition;
  /** Records in one invocation, 1 to 10,000. */
  readonly batchSize: number;
  /** Milliseconds from the first record to the invocation; 500 where the template sets no window. */
  readonly windowMs: number;
  readonly partialResponse: boolean;
  readonly bisect: boolean;
  /** Retries after the first try; undefined: without end. */
  readonly retryLimit: number | undefined;
  /** Milliseconds; undefined: without limit. */
  readonly recordAgeLimitMs: number | undefined;
  /** Undefined: what the mapping gives up is dropped. */
  readonly onFailure: OnFailure | undefined;
  /** Patterns of which a record has to match one; undefined: every record is delivered. */
  readonly filters: readonly string[] | undefined;
  /** Invocations at once: five per poller. */
  readonly concurrency: number;
}

/** Where the mapping puts what it gives up. */
export type OnFailure =
  | { readonly kind: 'bucket'; readonly bucket: string }
  /** A topic of the same cluster. */
  | { readonly kind: 'topic'; readonly topic: string };

export type StartingPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  /** Epoch milliseconds. */
  | { readonly kind: 'AT_TIMESTAMP'; readonly timestamp: number };

const INVOCATIONS_PER_POLLER = 5;
/** With a destination Lambda stops at ten, where the template says nothing or "infinite". */
const RETRIES_WITH_DESTINATION = 10;

/** @param now - epoch milliseconds: a mapping cannot start in the future */
export function readMappings(
  resolver: Resolver,
  stackName: string,
  functions: readonly FunctionSpec[],
  now = Date.now(),
): readonly MappingSettings[] {
  const mappings = named(resolver, 'AWS::Lambda::EventSourceMapping')
    .map(({ logicalId }) => ({ logicalId, properties: resolver.properties(logicalId) }))
    .filter(({ properties }) => !readsQueue(properties))
    .map(({ logicalId, properties }) => readMapping(properties, logicalId, functions, now));
  if (mappings.length === 0) {
    throw new Error(
      `stack ${stackName}: got no AWS::Lambda::EventSourceMapping of a topic, want at least one; add a consumer, for example pipeline.addConsumer('Consumer', { handler })`,
    );
  }
  mappings.forEach((mapping, index) => refuseTwin(mapping, mappings.slice(0, index)));
  return mappings;
}

/** Lambda answers 409 to a second mapping of a group, and of a function with the same topic. */
function refuseTwin({ path, group, functionArn, topic }: MappingSettings, others: readonly MappingSettings[]): void {
  const sameGroup = others.find((other) => other.group === group);
  if (sameGroup) {
    throw new Error(
      `${path}: got the consumer group ${group} of ${sameGroup.path}, want one of its own; change one of them`,
    );
  }
  const sameWay = others.find((other) => other.functionArn === functionArn && other.topic === topic);
  if (sameWay) {
    throw new Error(
      `${path}: got the topic ${topic} and the function of ${sameWay.path}, want another of either; remove one mapping`,
    );
  }
}

function readMapping(
  properties: Properties,
  logicalId: string,
  functions: readonly FunctionSpec[],
  now: number,
): MappingSettings {
  const { path } = properties;
  const fn = targetFunction(functions, properties.requiredString('FunctionName'), path);
  refuseMapping(properties, fn.timeoutMs, now);
  const uuid = stableUuid(logicalId);
  const window = properties.number('MaximumBatchingWindowInSeconds');
  const onFailure = onFailureOf(destinationOf(properties));
  const retries = properties.number('MaximumRetryAttempts') ?? -1;
  const ageSeconds = properties.number('MaximumRecordAgeInSeconds') ?? -1;
  const pollers = properties.value<{ MinimumPollers?: number }>('ProvisionedPollerConfig');
  return {
    logicalId,
    path,
    uuid,
    functionId: fn.logicalId,
    functionArn: fn.arn,
    clusterArn: properties.requiredString('EventSourceArn'),
    topic: topicsOf(properties)[0] ?? '',
    group: kafkaConfig(properties).ConsumerGroupId ?? uuid,
    start: startingPosition(properties),
    batchSize: properties.number('BatchSize') ?? 100,
    windowMs: window === undefined ? 500 : window * 1000,
    partialResponse: (properties.value<string[]>('FunctionResponseTypes') ?? []).includes('ReportBatchItemFailures'),
    bisect: properties.boolean('BisectBatchOnFunctionError') ?? false,
    retryLimit: retries === -1 ? onFailure && RETRIES_WITH_DESTINATION : retries,
    recordAgeLimitMs: ageSeconds === -1 ? undefined : ageSeconds * 1000,
    onFailure,
    filters: filtersOf(properties),
    concurrency: INVOCATIONS_PER_POLLER * (pollers?.MinimumPollers ?? 1),
  };
}

function onFailureOf(destination: string | undefined): OnFailure | undefined {
  if (destination === undefined) return undefined;
  const bucket = bucketOf(destination);
  if (bucket !== undefined) return { kind: 'bucket', bucket };
  return { kind: 'topic', topic: destination.replace('kafka://', '') };
}

function startingPosition(properties: Properties): StartingPosition {
  const kind = properties.requiredString('StartingPosition') as StartingPosition['kind'];
  switch (kind) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { kind };
    case 'AT_TIMESTAMP':
      return { kind, timestamp: (properties.number('StartingPositionTimestamp') ?? 0) * 1000 };
  }
}
