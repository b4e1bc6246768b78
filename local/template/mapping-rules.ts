import type { Properties } from './properties';

/** Something a template asks of a mapping that will not do. */
interface Rule {
  readonly when: boolean;
  /** What was got, what is wanted, what to do. */
  readonly message: string;
}

const LONGEST_TIMEOUT_S = 14 * 60;
const ERROR_CONTROLS = [
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'FunctionResponseTypes',
];
const ONLY_OTHER_SOURCES = ['ParallelizationFactor', 'TumblingWindowInSeconds', 'ScalingConfig', 'Queues'];
const RANGES: readonly (readonly [name: string, from: number, to: number, unlimited?: -1])[] = [
  ['BatchSize', 1, 10_000],
  ['MaximumBatchingWindowInSeconds', 0, 300],
  ['MaximumRetryAttempts', 0, 10_000, -1],
  ['MaximumRecordAgeInSeconds', 60, 604_800, -1],
];
const GROUP = /^[a-zA-Z0-9-/*:_+=.@]{1,200}$/;
const KAFKA_DESTINATION = /^kafka:\/\/[^.][a-zA-Z0-9\-_.]{0,248}$/;

/** Throws, in one sentence, for what Lambda refuses when the mapping is created, and for what the local one does not run. */
export function refuseMapping(properties: Properties, functionTimeoutMs: number, now: number): void {
  const rules = [
    ...ranges(properties),
    ...pollers(properties),
    ...provisionedOnly(properties),
    ...start(properties, now),
    ...destination(properties),
    ...filters(properties),
    ...notKafka(properties),
    ...notRun(properties),
    {
      when: functionTimeoutMs > LONGEST_TIMEOUT_S * 1000,
      message: `got a function timeout of ${functionTimeoutMs / 1000} s, want at most ${LONGEST_TIMEOUT_S} s; Lambda refuses more for Kafka`,
    },
  ];
  const broken = rules.find(({ when }) => when);
  if (broken) throw new Error(`${properties.path} ${broken.message}`);
}

const given = (properties: Properties, name: string): boolean => {
  const value = properties.value<unknown>(name);
  return value !== undefined && value !== false && value !== -1 && !(Array.isArray(value) && value.length === 0);
};

const ranges = (properties: Properties): Rule[] =>
  RANGES.map(([name, from, to, unlimited]) => {
    const value = properties.number(name);
    const allowed =
      value === undefined || value === unlimited || (Number.isInteger(value) && value >= from && value <= to);
    const want = unlimited === undefined ? `${from} to ${to}` : `${unlimited} or ${from} to ${to}`;
    return { when: !allowed, message: `${name}: got ${value}, want ${want}; Lambda refuses anything else` };
  });

/** https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html */
function pollers(properties: Properties): Rule[] {
  type Pollers = { readonly MinimumPollers?: number; readonly MaximumPollers?: number };
  const { MinimumPollers: least = 1, MaximumPollers: most = 200 } =
    properties.value<Pollers>('ProvisionedPollerConfig') ?? {};
  return [
    {
      when: least < 1 || least > 200 || most < 1 || most > 2_000 || most < least,
      message: `ProvisionedPollerConfig: got ${least} to ${most} pollers, want a minimum of 1 to 200 and a maximum from there to 2000; Lambda refuses anything else`,
    },
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html: what needs provisioned pollers. */
function provisionedOnly(properties: Properties): Rule[] {
  const names = [...ERROR_CONTROLS, 'LoggingConfig', 'MetricsConfig'].filter((name) => given(properties, name));
  if (kafkaConfig(properties).SchemaRegistryConfig !== undefined) names.push('SchemaRegistryConfig');
  if (destinationOf(properties)?.startsWith('kafka://')) names.push('a Kafka on-failure destination');
  return [
    {
      when: names.length > 0 && properties.value('ProvisionedPollerConfig') === undefined,
      message: `ProvisionedPollerConfig: got none together with ${names.join(', ')}, want provisioned pollers; Lambda has these in provisioned mode only`,
    },
  ];
}

interface KafkaConfig {
  readonly ConsumerGroupId?: string;
  readonly SchemaRegistryConfig?: unknown;
}

export const kafkaConfig = (properties: Properties): KafkaConfig =>
  properties.value<KafkaConfig>('AmazonManagedKafkaEventSourceConfig') ?? {};

/** ARN, or `kafka://` and a topic. */
export const destinationOf = (properties: Properties): string | undefined =>
  properties.value<{ OnFailure?: { Destination?: string } }>('DestinationConfig')?.OnFailure?.Destination;

export const topicsOf = (properties: Properties): readonly string[] => properties.value<string[]>('Topics') ?? [];

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-starting-positions.html and …/kafka-consumer-group-id.html */
function start(properties: Properties, now: number): Rule[] {
  const kind = properties.string('StartingPosition');
  const seconds = properties.number('StartingPositionTimestamp');
  const group = kafkaConfig(properties).ConsumerGroupId;
  const topics = topicsOf(properties).length;
  return [
    {
      when: !['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'].includes(kind ?? ''),
      message: `StartingPosition: got ${kind ?? 'nothing'}, want TRIM_HORIZON, LATEST or AT_TIMESTAMP; set it`,
    },
    {
      when: kind === 'AT_TIMESTAMP' && (seconds === undefined || seconds * 1000 > now),
      message: `StartingPositionTimestamp: got ${seconds ?? 'nothing'}, want seconds since 1970 that are not in the future; set it`,
    },
    {
      when: group !== undefined && !GROUP.test(group),
      message: `ConsumerGroupId: got ${group}, want 1 to 200 letters, digits and -/*:_+=.@; change it`,
    },
    { when: topics !== 1, message: `Topics: got ${topics} topics, want exactly one; make a mapping for each` },
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html */
function destination(properties: Properties): Rule[] {
  const got = destinationOf(properties);
  const topic = got?.startsWith('kafka://') === true;
  const metadataOnly = /^arn:[^:]+:(sqs|sns):/.test(got ?? '');
  return [
    {
      when: topic && !KAFKA_DESTINATION.test(got),
      message: `DestinationConfig: got ${got}, want kafka:// and a topic of 1 to 249 characters; correct the name`,
    },
    {
      when: topic && topicsOf(properties).some((source) => got === `kafka://${source}`),
      message: `DestinationConfig: got ${got}, want another topic than the source; Lambda refuses the recursion`,
    },
    {
      when: metadataOnly,
      message: `DestinationConfig: got ${got}, want a bucket or a Kafka topic; queues and SNS topics are told of the records and do not get them, so the local mapping does not run them`,
    },
    {
      when: got !== undefined && !topic && !metadataOnly && bucketOf(got) === undefined,
      message: `DestinationConfig: got ${got}, want the ARN of a bucket, or kafka:// and a topic; correct it`,
    },
  ];
}

export const bucketOf = (arn: string): string | undefined => /^arn:[^:]+:s3:::(.+)$/.exec(arn)?.[1];

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html */
function filters(properties: Properties): Rule[] {
  const count = filtersOf(properties)?.length ?? 0;
  return [{ when: count > 10, message: `FilterCriteria: got ${count} filters, want at most 10; Lambda takes no more` }];
}

/** Undefined where the template has no criteria or an empty list of them. */
export function filtersOf(properties: Properties): readonly string[] | undefined {
  const found = properties.value<{ Filters?: { Pattern?: string }[] }>('FilterCriteria')?.Filters ?? [];
  return found.length === 0 ? undefined : found.map(({ Pattern = '' }) => Pattern);
}

const notKafka = (properties: Properties): Rule[] =>
  ONLY_OTHER_SOURCES.map((name) => ({
    when: properties.value(name) !== undefined,
    message: `${name}: got a value, want none; Lambda has it for other event sources only`,
  }));

const notRun = (properties: Properties): Rule[] => [
  {
    when: properties.value('SelfManagedEventSource') !== undefined,
    message: `SelfManagedEventSource: got a value, want none; the local mapping reads from Amazon MSK only`,
  },
  {
    when: kafkaConfig(properties).SchemaRegistryConfig !== undefined,
    message: `SchemaRegistryConfig: got a value, want none; the local mapping knows no schema registry`,
  },
  {
    when: properties.boolean('Enabled') === false,
    message: `Enabled: got false, want true; a disabled mapping delivers nothing`,
  },
];
