import { rmSync } from 'node:fs';
import { readAssembly } from '../../../../local/assembly';
import { planStack } from '../../../../local/template/plan';
import { pipeline, writeAssembly } from '../../fixtures/assembly';

type Properties = Record<string, unknown>;

/** The mappings of a template with these changes to its mapping and its function, and a second mapping where one is given. */
function mappings(changes: Properties, consumer?: Properties, second?: Properties) {
  const resources = pipeline({ mapping: changes, consumer });
  const other = second && {
    ...resources.Mapping!,
    Properties: { ...resources.Mapping!.Properties, ...second },
    Metadata: { 'aws:cdk:path': 'Orders/Second/Resource' },
  };
  const { directory } = writeAssembly(other ? { ...resources, Second: other } : resources, {
    ingest: '',
    consumer: '',
  });
  try {
    return planStack(readAssembly(directory), { bootstrap: 'b-1:9092' }).mappings;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
const mapping = (changes: Properties = {}, consumer?: Properties) => mappings(changes, consumer)[0];
const refusals = test.each<[Properties, string]>;
const onDemand = {
  ...{ ProvisionedPollerConfig: undefined, FunctionResponseTypes: undefined, MaximumRetryAttempts: undefined },
};

describe('https://docs.aws.amazon.com/lambda/latest/dg/msk-esm-parameters.html', () => {
  test("a mapping has Lambda's defaults where the template is silent", () => {
    expect(mapping({ MaximumBatchingWindowInSeconds: undefined, FunctionResponseTypes: undefined })).toMatchObject({
      ...{ batchSize: 100, windowMs: 500, group: 'orders-consumer', topic: 'orders', functionId: 'Consumer' },
      ...{ partialResponse: false, bisect: false, recordAgeLimitMs: undefined, filters: undefined, concurrency: 5 },
    });
  });

  refusals([
    [{ Topics: ['a', 'b'] }, 'Topics: got 2 topics, want exactly one'],
    [{ Topics: [] }, 'Topics: got 0 topics, want exactly one'],
    [{ BatchSize: 0 }, 'BatchSize: got 0, want 1 to 10000'],
    [{ BatchSize: 10_001 }, 'BatchSize: got 10001, want 1 to 10000'],
    [{ MaximumBatchingWindowInSeconds: 301 }, 'got 301, want 0 to 300'],
    [{ MaximumBatchingWindowInSeconds: 0.5 }, 'got 0.5, want 0 to 300'],
    [{ ParallelizationFactor: 2 }, 'ParallelizationFactor: got a value, want none'],
    [{ TumblingWindowInSeconds: 1 }, 'TumblingWindowInSeconds: got a value, want none'],
    [{ ScalingConfig: { MaximumConcurrency: 2 } }, 'ScalingConfig: got a value, want none'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));

  test('the second mapping of a topic to one function is refused, also in another group', () => {
    const group = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'another' } };
    expect(() => mappings({}, {}, group)).toThrow('got the topic orders and the function of');
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html', () => {
  test('a function may run for 14 minutes and no longer', () => {
    expect(mapping({}, { Timeout: 840 })).toBeDefined();
    expect(() => mapping({}, { Timeout: 841 })).toThrow('got a function timeout of 841 s, want at most 840 s');
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html', () => {
  test('without an explicit group the mapping reads as its own UUID', () => {
    const settings = mapping({ AmazonManagedKafkaEventSourceConfig: undefined });
    expect(settings?.group).toBe(settings?.uuid);
  });

  test('a group of another mapping is refused', () => {
    expect(() => mappings({}, {}, { Topics: ['payments'] })).toThrow('got the consumer group orders-consumer of');
  });

  refusals([
    [{ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: '' } }, 'want 1 to 200 letters'],
    [{ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'a b' } }, 'got a b, want 1 to 200 letters'],
    [{ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'x'.repeat(201) } }, 'want 1 to 200 letters'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html', () => {
  test('a mapping starts at a time in seconds', () => {
    const start = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 };
    expect(mapping(start)?.start).toEqual({ kind: 'AT_TIMESTAMP', timestamp: 1_700_000_000_000 });
  });

  refusals([
    [{ StartingPosition: undefined }, 'StartingPosition: got nothing, want TRIM_HORIZON, LATEST or AT_TIMESTAMP'],
    [{ StartingPosition: 'HERE' }, 'StartingPosition: got HERE, want TRIM_HORIZON'],
    [{ StartingPosition: 'AT_TIMESTAMP' }, 'StartingPositionTimestamp: got nothing'],
    [{ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 99_999_999_999 }, 'that are not in the future'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html', () => {
  test('an on-demand mapping without error controls is created', () => {
    expect(mapping(onDemand)).toMatchObject({ partialResponse: false, bisect: false, concurrency: 5 });
  });

  const registry = { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { EventRecordFormat: 'JSON' } } };
  refusals([
    [{ BisectBatchOnFunctionError: true }, 'together with BisectBatchOnFunctionError, want provisioned pollers'],
    [{ MaximumRetryAttempts: 0 }, 'together with MaximumRetryAttempts,'],
    [{ MaximumRecordAgeInSeconds: 60 }, 'together with MaximumRecordAgeInSeconds,'],
    [{ FunctionResponseTypes: ['ReportBatchItemFailures'] }, 'together with FunctionResponseTypes,'],
    [{ DestinationConfig: { OnFailure: { Destination: 'kafka://dead' } } }, 'with a Kafka on-failure destination,'],
    [registry, 'together with SchemaRegistryConfig,'],
    [{ LoggingConfig: { SystemLogLevel: 'INFO' } }, 'together with LoggingConfig,'],
    [{ MetricsConfig: { Metrics: ['EventCount'] } }, 'together with MetricsConfig,'],
  ])('without provisioned pollers %j is refused', (changes, message) =>
    expect(() => mapping({ ...onDemand, ...changes })).toThrow(message),
  );

  test('what is written out as its default is no error control', () => {
    const defaults = { MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1, BisectBatchOnFunctionError: false };
    expect(mapping({ ...onDemand, ...defaults, FunctionResponseTypes: [] })).toBeDefined();
  });

  test('each poller brings five invocations at once', () => {
    expect(mapping({ ProvisionedPollerConfig: { MinimumPollers: 3 } })?.concurrency).toBe(15);
  });

  refusals([
    [{ ProvisionedPollerConfig: { MinimumPollers: 0 } }, 'got 0 to 200 pollers'],
    [{ ProvisionedPollerConfig: { MinimumPollers: 201, MaximumPollers: 300 } }, 'got 201 to 300 pollers'],
    [{ ProvisionedPollerConfig: { MaximumPollers: 2_001 } }, 'got 1 to 2001 pollers'],
    [{ ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 4 } }, 'got 5 to 4 pollers'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html', () => {
  test.each([undefined, -1])('a limit of %s is ten retries with a destination and none without', (limit) => {
    expect(mapping({ MaximumRetryAttempts: limit })?.retryLimit).toBe(10);
    expect(mapping({ MaximumRetryAttempts: limit, DestinationConfig: undefined })?.retryLimit).toBeUndefined();
  });

  test.each([0, 10_000])('an explicit limit of %d retries is kept, with a destination too', (limit) => {
    expect(mapping({ MaximumRetryAttempts: limit })?.retryLimit).toBe(limit);
  });

  refusals([
    [{ MaximumRetryAttempts: -2 }, 'MaximumRetryAttempts: got -2, want -1 or 0 to 10000'],
    [{ MaximumRetryAttempts: 10_001 }, 'MaximumRetryAttempts: got 10001, want -1 or 0 to 10000'],
    [{ MaximumRecordAgeInSeconds: 59 }, 'MaximumRecordAgeInSeconds: got 59, want -1 or 60 to 604800'],
    [{ MaximumRecordAgeInSeconds: 604_801 }, 'MaximumRecordAgeInSeconds: got 604801, want -1 or 60 to 604800'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html', () => {
  const to = (Destination: unknown) => ({ DestinationConfig: { OnFailure: { Destination } } });

  test('a bucket, a topic or nothing takes what is given up', () => {
    expect(mapping()?.onFailure).toEqual({ kind: 'bucket', bucket: 'onfailure' });
    expect(mapping(to('kafka://dead-letters'))?.onFailure).toEqual({ kind: 'topic', topic: 'dead-letters' });
    expect(mapping({ DestinationConfig: undefined })?.onFailure).toBeUndefined();
  });

  refusals([
    [to('kafka://orders'), 'got kafka://orders, want another topic than the source'],
    [to('kafka://.hidden'), 'want kafka:// and a topic of 1 to 249 characters'],
    [to(`kafka://${'x'.repeat(250)}`), 'want kafka:// and a topic of 1 to 249 characters'],
    [to('arn:aws:sqs:us-east-1:000000000000:queue'), 'are told of the records and do not get them'],
    [to('arn:aws:sns:us-east-1:000000000000:topic'), 'are told of the records and do not get them'],
    [to('dead-letters'), 'want the ARN of a bucket, or kafka:// and a topic'],
  ])('%j is refused', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html', () => {
  const criteria = (count: number) => ({
    FilterCriteria: { Filters: Array.from({ length: count }, () => ({ Pattern: '{"value":["a"]}' })) },
  });

  test('up to ten filters are taken', () => {
    expect(mapping(criteria(10))?.filters).toHaveLength(10);
    expect(() => mapping(criteria(11))).toThrow('FilterCriteria: got 11 filters, want at most 10');
  });
});

describe('what the local mapping does not run is refused by name', () => {
  const registry = { SchemaRegistryConfig: { EventRecordFormat: 'JSON' }, ConsumerGroupId: 'g' };
  refusals([
    [{ SelfManagedEventSource: {} }, 'SelfManagedEventSource: got a value, want none'],
    [{ AmazonManagedKafkaEventSourceConfig: registry }, 'SchemaRegistryConfig: got a value, want none'],
    [{ Enabled: false }, 'Enabled: got false, want true'],
  ])('%j', (changes, message) => expect(() => mapping(changes)).toThrow(message));
});
