import { targetFunction, type FunctionSpec } from './functions';
import { stableUuid } from './identity';
import { named } from './named';
import type { Properties, Resolver } from './resolver';

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
  /** Bucket of the on-failure destination; undefined: exhausted records are dropped. */
  readonly onFailureBucket: string | undefined;
  /** Invocations at once: five per poller. */
  readonly concurrency: number;
}

export type StartingPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  /** Epoch milliseconds. */
  | { readonly kind: 'AT_TIMESTAMP'; readonly timestamp: number };

const INVOCATIONS_PER_POLLER = 5;
const RETRIES_WITH_DESTINATION = 10;
const LONGEST_TIMEOUT_MS = 14 * 60_000;

export function readMappings(
  resolver: Resolver,
  stackName: string,
  functions: readonly FunctionSpec[],
): readonly MappingSettings[] {
  const mappings = named(resolver, 'AWS::Lambda::EventSourceMapping').map(({ logicalId }) =>
    readMapping(resolver.properties(logicalId), logicalId, functions),
  );
  if (mappings.length === 0) {
    throw new Error(
      `stack ${stackName}: got no AWS::Lambda::EventSourceMapping, want at least one; add a consumer, for example pipeline.addConsumer('Consumer', { handler })`,
    );
  }
  for (const { path, group } of mappings) {
    const twin = mappings.find((other) => other.group === group && other.path !== path);
    if (twin)
      throw new Error(
        `${path}: got the consumer group ${group} of ${twin.path}, want one of its own; change one of them`,
      );
  }
  return mappings;
}

function readMapping(properties: Properties, logicalId: string, functions: readonly FunctionSpec[]): MappingSettings {
  const { path } = properties;
  refuseWhatIsNotRun(properties);
  const fn = targetFunction(functions, properties.requiredString('FunctionName'), path);
  if (fn.timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new Error(
      `${path}: got a function timeout of ${fn.timeoutMs / 1000} s, want at most 840 s; Lambda refuses more for Kafka`,
    );
  }
  const uuid = stableUuid(logicalId);
  const group = properties.value<{ ConsumerGroupId?: string }>('AmazonManagedKafkaEventSourceConfig')?.ConsumerGroupId;
  const window = properties.number('MaximumBatchingWindowInSeconds');
  const onFailureBucket = destination(properties);
  return {
    logicalId,
    path,
    uuid,
    functionId: fn.logicalId,
    functionArn: fn.arn,
    clusterArn: properties.requiredString('EventSourceArn'),
    topic: onlyTopic(properties),
    group: group ?? uuid,
    start: startingPosition(properties),
    batchSize: inRange(properties, 'BatchSize', 1, 10_000) ?? 100,
    windowMs: window === undefined ? 500 : window * 1000,
    onFailureBucket,
    ...errorControls(properties, onFailureBucket !== undefined),
    concurrency: INVOCATIONS_PER_POLLER * (pollers(properties)?.MinimumPollers ?? 1),
  };
}

const pollers = (properties: Properties) => properties.value<{ MinimumPollers?: number }>('ProvisionedPollerConfig');

/** Bisect, limits and partial responses. Lambda offers them in provisioned mode only. */
function errorControls(properties: Properties, hasDestination: boolean) {
  const partialResponse = (properties.value<string[]>('FunctionResponseTypes') ?? []).includes(
    'ReportBatchItemFailures',
  );
  const bisect = properties.boolean('BisectBatchOnFunctionError') ?? false;
  const retries = inRange(properties, 'MaximumRetryAttempts', -1, 10_000) ?? -1;
  const age = inRange(properties, 'MaximumRecordAgeInSeconds', -1, 604_800) ?? -1;
  if ((partialResponse || bisect || retries !== -1 || age !== -1) && pollers(properties) === undefined) {
    throw new Error(
      `${properties.path}: got error controls without ProvisionedPollerConfig, want provisioned pollers; Lambda has bisect, retry limit, record age and partial responses in provisioned mode only`,
    );
  }
  const unlimited = hasDestination ? RETRIES_WITH_DESTINATION : undefined;
  return {
    partialResponse,
    bisect,
    retryLimit: retries === -1 ? unlimited : retries,
    recordAgeLimitMs: age === -1 ? undefined : age * 1000,
  };
}

function destination(properties: Properties): string | undefined {
  const arn = properties.value<{ OnFailure?: { Destination?: string } }>('DestinationConfig')?.OnFailure?.Destination;
  if (arn === undefined) return undefined;
  const bucket = /^arn:[^:]+:s3:::(.+)$/.exec(arn)?.[1];
  if (bucket !== undefined) return bucket;
  throw new Error(
    `${properties.path} DestinationConfig: got ${arn}, want a bucket; the local mapping delivers to S3 only`,
  );
}

function startingPosition(properties: Properties): StartingPosition {
  const kind = properties.string('StartingPosition');
  switch (kind) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { kind };
    case 'AT_TIMESTAMP':
      return { kind, timestamp: (properties.number('StartingPositionTimestamp') ?? 0) * 1000 };
    case undefined:
    default:
      throw new Error(
        `${properties.path} StartingPosition: got ${kind ?? 'nothing'}, want TRIM_HORIZON, LATEST or AT_TIMESTAMP; set it`,
      );
  }
}

function onlyTopic(properties: Properties): string {
  const topics = properties.value<string[]>('Topics') ?? [];
  const [topic, second] = topics;
  if (topic !== undefined && second === undefined) return topic;
  throw new Error(`${properties.path} Topics: got ${topics.length} topics, want exactly one; make a mapping for each`);
}

function inRange(properties: Properties, name: string, from: number, to: number): number | undefined {
  const value = properties.number(name);
  if (value === undefined || (value >= from && value <= to)) return value;
  throw new Error(`${properties.path} ${name}: got ${value}, want ${from} to ${to}; Lambda refuses anything else`);
}

function refuseWhatIsNotRun(properties: Properties): void {
  for (const name of ['FilterCriteria', 'SelfManagedEventSource']) {
    if (properties.value(name) !== undefined) {
      throw new Error(`${properties.path} ${name}: got a value, want none; the local mapping does not run it`);
    }
  }
  if (properties.boolean('Enabled') === false) {
    throw new Error(`${properties.path} Enabled: got false, want true; a disabled mapping delivers nothing`);
  }
}
