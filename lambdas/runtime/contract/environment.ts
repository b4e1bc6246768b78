import {
  parkedFolder,
  AUDIT_VARIABLE,
  CANARY_VARIABLE,
  CONSUMER_VARIABLE,
  INGEST_VARIABLE,
  PRODUCER_VARIABLE,
  REPLAY_VARIABLE,
  UNPACK_VARIABLE,
  type AuditEnvironment,
  type CanaryEnvironment,
  type ConsumerEnvironment,
  type IngestEnvironment,
  type ProducerEnvironment,
  type ReplayEnvironment,
  type UnpackEnvironment,
} from './index';
import { LosslessError } from './errors';

/** A function's environment variables, as `process.env`. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a field has to be, in words, when it is not; undefined when it is right. */
type Check = (value: unknown) => string | undefined;
type Checks<T> = { readonly [Field in keyof T]-?: Check };

const text: Check = (value) => (typeof value === 'string' && value.length > 0 ? undefined : 'a text that is not empty');
const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value) ? undefined : allowed.map((word) => `'${word}'`).join(' or ');
const positive: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'a whole number above 0';
const brokerList: Check = (value) =>
  typeof value === 'string' && value.split(',').every((broker) => /^\S+:\d{1,5}$/.test(broker))
    ? undefined
    : 'host:port, several separated by commas';

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);
const acks: Check = (value) => (value === 'all' || value === 1 || value === 0 ? undefined : "'all', 1 or 0");
const retry: Check = (value) => {
  const { kind, retries } = Object(value) as Partial<Record<'kind' | 'retries', unknown>>;
  if (kind === 'at-most') return positive(retries) && 'RetryStrategy.atMost with a whole number of retries above 0';
  return kind === 'until-deadline' || kind === 'none'
    ? undefined
    : 'RetryStrategy.untilDeadline(), .atMost(n) or .none()';
};
const onRejected: Check = (value) => {
  const { kind, functionName, reason } = Object(value) as Partial<Record<'kind' | 'functionName' | 'reason', unknown>>;
  if (kind === 'forward') return text(functionName) && 'forward with the name or ARN of a function';
  if (kind === 'drop') return text(reason) && 'drop with the reason why these events may be lost';
  return oneOf('fail', 'log', 'park')(kind) && 'fail, log, park, forward (with functionName) or drop (with reason)';
};

const eventIds: Check = (value) => {
  const { kind, header } = Object(value) as Partial<Record<'kind' | 'header', unknown>>;
  if (kind === 'header') return text(header) && 'a header with its name';
  return oneOf('cloudevents', 'handler', 'coordinates')(kind) && 'cloudevents, header (with header), handler or coordinates'; // prettier-ignore
};

const PRODUCER: Checks<ProducerEnvironment> = {
  cluster: text,
  topic: text,
  brokers: brokerList,
  authentication: oneOf('iam', 'none'),
  acks,
  source: text,
  spill: text,
  deadLetters: text,
  spillTimeMs: positive,
  deadlineMs: positive,
  retry: optional(retry),
  onRejected: optional(onRejected),
  onFull: optional(oneOf('wait', 'reject')),
  bufferBytes: optional(positive),
};
const CONSUMER: Checks<ConsumerEnvironment> = {
  cluster: text,
  topic: text,
  group: text,
  table: text,
  deadLetters: text,
  timeMarginMs: positive,
  timeoutMs: optional(positive),
  doneSeconds: positive,
  eventIds: optional(eventIds),
};
const REPLAY: Checks<ReplayEnvironment> = { cluster: text, topic: text, spill: text, deadLetters: text };
const UNPACK: Checks<UnpackEnvironment> = {
  cluster: text,
  topic: text,
  group: text,
  table: text,
  onFailure: text,
  functionArn: optional(text),
  deadLetters: text,
  eventIds: optional(eventIds),
};

const groupsWith =
  (...fields: readonly string[]): Check =>
  (value) => {
    const isGroup = (each: unknown) =>
      ['group', ...fields].every((name) => text((Object(each) as Record<string, unknown>)[name]) === undefined);
    return Array.isArray(value) && value.length > 0 && value.every(isGroup)
      ? undefined
      : `one group or more, each with its ${fields.join(' and ')}`;
  };
const AUDIT: Checks<AuditEnvironment> = {
  cluster: text,
  topic: text,
  brokers: brokerList,
  authentication: oneOf('iam', 'none'),
  groups: groupsWith('table', 'onFailure'),
};
const CANARY: Checks<CanaryEnvironment> = {
  cluster: text,
  topic: text,
  ingest: text,
  periodMs: positive,
  groups: groupsWith('table'),
};

const queues: Check = (value) => {
  const isTyped = (each: unknown) => {
    const { queue, type } = Object(each) as Partial<Record<'queue' | 'type', unknown>>;
    return text(queue) === undefined && text(type) === undefined;
  };
  return Array.isArray(value) && value.every(isTyped) ? undefined : 'a list of queues, each with its ARN and type';
};
const INGEST: Checks<IngestEnvironment> = {
  unnamedCallers: optional(text),
  callerKey: optional(text),
  queues: optional(queues),
};

/** `LOSSLESS_INGEST`, checked; without it the door is as strict as it can be. @throws LosslessError NOT_CONFIGURED */
export const ingestEnvironment = (variables: Variables): IngestEnvironment => ({
  ...parse(INGEST_VARIABLE, variables[INGEST_VARIABLE] ?? '{}', INGEST),
});

/** Every `LOSSLESS_PRODUCER_<id>`, checked. @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS */
export function producerEnvironments(variables: Variables): ProducerEnvironment[] {
  const found = read(variables, PRODUCER_VARIABLE, PRODUCER);
  found.forEach(refuseInsecureBrokers);
  found.forEach((environment) => requireAcceptedLoss(`${PRODUCER_VARIABLE}<id>`, environment));
  return found;
}

/** What a function's code sets on top of its environment, checked as that is. @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS */
export function producerSettings(
  environment: ProducerEnvironment,
  settings: Partial<Record<keyof ProducerEnvironment | 'acceptLoss', unknown>>,
): ProducerEnvironment {
  const set = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const merged: ProducerEnvironment = { ...environment, ...set };
  check('producer options', merged, PRODUCER);
  refuseInsecureBrokers(merged);
  requireAcceptedLoss('producer options', merged);
  return merged;
}

/** Every `LOSSLESS_CONSUMER_<id>`, checked. @throws LosslessError NOT_CONFIGURED */
export const consumerEnvironments = (variables: Variables): ConsumerEnvironment[] =>
  read(variables, CONSUMER_VARIABLE, CONSUMER).map((found) => nameable(CONSUMER_VARIABLE, found));

/** Every `LOSSLESS_REPLAY_<id>`, checked. @throws LosslessError NOT_CONFIGURED */
export const replayEnvironments = (variables: Variables): ReplayEnvironment[] =>
  read(variables, REPLAY_VARIABLE, REPLAY);

/** Every `LOSSLESS_UNPACK_<id>`, checked. @throws LosslessError NOT_CONFIGURED */
export const unpackEnvironments = (variables: Variables): UnpackEnvironment[] =>
  read(variables, UNPACK_VARIABLE, UNPACK).map((found) => nameable(UNPACK_VARIABLE, found));

/** Every `LOSSLESS_AUDIT_<id>`, checked. @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS */
export function auditEnvironments(variables: Variables): AuditEnvironment[] {
  const found = read(variables, AUDIT_VARIABLE, AUDIT);
  found.forEach(refuseInsecureBrokers);
  return found;
}

/** Every `LOSSLESS_CANARY_<id>`, checked. @throws LosslessError NOT_CONFIGURED */
export const canaryEnvironments = (variables: Variables): CanaryEnvironment[] =>
  read(variables, CANARY_VARIABLE, CANARY);

/** Of the 1,024 bytes that S3 takes for a name, partition, offset and hash of a dead letter need 92 or more. */
const MOST_FOLDER = 900;

/** Checked before any record is taken up: a dead letter whose name is too long could not be put. */
function nameable<T extends Pick<ConsumerEnvironment, 'cluster' | 'group' | 'topic'>>(prefix: string, found: T): T {
  const { cluster, group, topic } = found;
  const { length } = parkedFolder(cluster, group, topic);
  if (length <= MOST_FOLDER) return found;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `${prefix}<id>: got cluster, group and topic that make ${length} characters of a dead letter's name, want at most ${MOST_FOLDER}; give the consumer a shorter group, of letters, digits, '.', '_', '=' and '-'`,
  );
}

/** The producer's environment for `topic`; without a topic, the only one there is. @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS */
export const producerEnvironment = (variables: Variables, topic?: string): ProducerEnvironment =>
  only(producerEnvironments(variables), topic, PRODUCER_VARIABLE, 'an EventProducer or an IngestFunction');

/** The consumer's environment for `topic`; without a topic, the only one there is. @throws LosslessError NOT_CONFIGURED */
export const consumerEnvironment = (variables: Variables, topic?: string): ConsumerEnvironment =>
  only(consumerEnvironments(variables), topic, CONSUMER_VARIABLE, 'an EventConsumer');

function read<T>(variables: Variables, prefix: string, checks: Checks<T>): T[] {
  return Object.entries(variables)
    .filter(([name, value]) => name.startsWith(prefix) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => parse(name, value ?? '', checks));
}

function parse<T>(name: string, value: string, checks: Checks<T>): T {
  const fields = parseObject(name, value);
  check(name, fields, checks, 'deploy construct and handler from the same version');
  return fields as T;
}

function check<T>(name: string, fields: object, checks: Checks<T>, fix = 'correct it'): void {
  for (const [field, isRight] of Object.entries<Check>(checks)) {
    const got = (fields as Record<string, unknown>)[field];
    const wanted = isRight(got);
    if (wanted === undefined) continue;
    throw new LosslessError(
      'NOT_CONFIGURED',
      `${name}.${field}: got ${JSON.stringify(got) ?? 'nothing'}, want ${wanted}; ${fix}`,
    );
  }
}

function parseObject(name: string, value: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (cause) {
    throw notAnObject(name, value, cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw notAnObject(name, value);
  return parsed as Record<string, unknown>;
}

const notAnObject = (name: string, value: string, cause?: unknown): LosslessError =>
  new LosslessError(
    'NOT_CONFIGURED',
    `${name}: got ${JSON.stringify(value.slice(0, 80))}, want a JSON object; let the construct set this variable`,
    { cause },
  );

/** TypeScript refuses it already; an environment and plain JavaScript come without types. */
function requireAcceptedLoss(name: string, environment: ProducerEnvironment): void {
  if (environment.acks === 'all' || text(environment.acceptLoss) === undefined) return;
  throw new LosslessError(
    'NOT_CONFIGURED',
    `${name}.acceptLoss: got ${JSON.stringify(environment.acceptLoss) ?? 'nothing'}, want the reason why acks=${environment.acks} may lose acknowledged events; give it, or leave acks at 'all'`,
  );
}

/** Without authentication anyone on the network may write: right for a cluster on this machine, never for another. */
function refuseInsecureBrokers(environment: Pick<ProducerEnvironment, 'authentication' | 'brokers' | 'topic'>): void {
  if (environment.authentication !== 'none') return;
  const remote = environment.brokers.split(',').filter((broker) => !isLoopback(broker));
  if (remote.length === 0) return;
  throw new LosslessError(
    'INSECURE_BROKERS',
    `brokers of topic ${environment.topic}: got authentication 'none' for ${remote.join(', ')}, want loopback addresses only; use authentication 'iam'`,
  );
}

function isLoopback(broker: string): boolean {
  const host = broker.slice(0, broker.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function only<T extends { readonly topic: string }>(
  found: readonly T[],
  topic: string | undefined,
  prefix: string,
  construct: string,
): T {
  const matching = topic === undefined ? found : found.filter((environment) => environment.topic === topic);
  const [first] = matching;
  if (first !== undefined && matching.length === 1) return first;
  const wanted = topic === undefined ? 'exactly one' : `exactly one for topic ${topic}`;
  const topics = found.map((environment) => environment.topic).join(', ');
  throw new LosslessError(
    'NOT_CONFIGURED',
    `${prefix}<id>: got ${matching.length === 0 ? 'none' : matching.length} (topics in this function: ${topics || 'none'}), want ${wanted}; give this function to ${construct}`,
  );
}
