/**
 * Every name that a construct and a handler share: environment variables, headers, table attributes, object names.
 * No imports: constructs, rules and the local run read this file without pulling in a Kafka or AWS client.
 */

// ── Environment ──────────────────────────────────────────────────────────────────────────────────────────────────────
// One JSON variable per role and topic, so that one function can play several roles. `<id>` only keeps them apart; the
// runtime finds a variable by what is inside it.

export const PRODUCER_VARIABLE = 'LOSSLESS_PRODUCER_';
export const CONSUMER_VARIABLE = 'LOSSLESS_CONSUMER_';
export const REPLAY_VARIABLE = 'LOSSLESS_REPLAY_';
export const UNPACK_VARIABLE = 'LOSSLESS_UNPACK_';
/** One door a function: the whole name. */
export const INGEST_VARIABLE = 'LOSSLESS_INGEST';

/** How a client proves who it is. `none` is refused by the runtime unless every broker address is loopback. */
export type Authentication = 'iam' | 'none';

/**
 * Kafka's `acks`. Less than `all` loses what was acknowledged when a leader dies, so it comes with the reason why that is
 * accepted, or not at all.
 */
export type Acks = { readonly acks: 'all' } | { readonly acks: 1 | 0; readonly acceptLoss: string };

/** How long Kafka is tried for an event. What it has not taken by then goes to the spill store, whichever is chosen. */
export type RetryStrategy =
  | { readonly kind: 'until-deadline' }
  | { readonly kind: 'at-most'; readonly retries: number }
  | { readonly kind: 'none' };

/** What becomes of an event that was refused for good. */
export type OnRejected =
  /** The caller hears `rejected`, and acts on it. */
  | { readonly kind: 'fail' }
  /** The same, and one line for the person who runs the function. */
  | { readonly kind: 'log' }
  /** It is put among the dead letters, whole. The caller hears `stored`. */
  | { readonly kind: 'store' }
  /** A function (name or ARN) is invoked with it, asynchronously. The caller hears `forwarded`. */
  | { readonly kind: 'forward'; readonly functionName: string }
  /** It is lost on purpose: counted, said in one line, and the caller hears `dropped`. */
  | { readonly kind: 'drop'; readonly reason: string };

/** `LOSSLESS_PRODUCER_<id>`: what `producer({ topic })` needs. */
export type ProducerEnvironment = Acks & {
  /** ARN of the cluster: its identity in dead letters and record keys (bootstrap strings change, this does not). */
  readonly cluster: string;
  readonly topic: string;
  /** Comma-separated `host:port`. */
  readonly brokers: string;
  readonly authentication: Authentication;
  /** `ce_source` of events published without one. */
  readonly source: string;
  /** Bucket for what Kafka did not take by the deadline. */
  readonly spill: string;
  /** Bucket for what is moved aside (`store`, rejected at replay). */
  readonly deadLetters: string;
  /** Milliseconds kept free before the function's own timeout to spill what is not acknowledged. */
  readonly spillTimeMs: number;
  /** Upper bound of one publish in milliseconds, whatever the function's remaining time. */
  readonly deadlineMs: number;
  /** @default - until the deadline */
  readonly retry?: RetryStrategy;
  /** @default - fail: the caller hears it */
  readonly onRejected?: OnRejected;
  /** What an event does that finds `bufferBytes` on their way. @default wait */
  readonly onFull?: 'wait' | 'reject';
  /** Kafka's `buffer.memory`: most bytes of events on their way at once. @default 64 MiB */
  readonly bufferBytes?: number;
};

/** `LOSSLESS_INGEST`: who may post at the HTTP door. */
export interface IngestEnvironment {
  /** The reason why callers may post whom no authorizer names, all of them as one. @default - they are refused */
  readonly unnamedCallers?: string;
  /** Under which key a Lambda authorizer's context names the caller. @default - it names nobody */
  readonly callerKey?: string;
}

/** How the events of a topic are told apart, where a record is no CloudEvent. */
export type EventIds =
  /** Every record is a CloudEvent. */
  | { readonly kind: 'cloudevents' }
  /** The header of that name holds the id. */
  | { readonly kind: 'header'; readonly header: string }
  /** The handler's `eventId` tells it. */
  | { readonly kind: 'handler' }
  /** Each record is an event of its own. */
  | { readonly kind: 'coordinates' };

/** `LOSSLESS_CONSUMER_<id>`: what `consumer({ … })` needs for the records of one topic. */
export interface ConsumerEnvironment {
  readonly cluster: string;
  readonly topic: string;
  /** Kafka consumer group of the mapping. */
  readonly group: string;
  /** Idempotency table. */
  readonly table: string;
  readonly deadLetters: string;
  /** Milliseconds before the function's timeout at which the invocation stops taking records and answers. */
  readonly timeMarginMs: number;
  /** Milliseconds of the function's timeout, which its own clock may be wrong about. @default - what Lambda says at each invocation */
  readonly timeoutMs?: number;
  /** Seconds for which a `done` record is kept: the longest of retention and spill limit plus the redrive window. */
  readonly doneSeconds: number;
  /** @default - not said: by the handler's `eventId`, else by coordinates */
  readonly eventIds?: EventIds;
}

/** `LOSSLESS_REPLAY_<id>`: one spill store to sweep into one topic (beside the topic's `LOSSLESS_PRODUCER_<id>`). */
export interface ReplayEnvironment {
  readonly cluster: string;
  readonly topic: string;
  readonly spill: string;
  readonly deadLetters: string;
}

/** `LOSSLESS_UNPACK_<id>`: one bucket of a mapping's on-failure objects to turn into parked records. */
export interface UnpackEnvironment {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
  readonly table: string;
  /** Bucket the mapping writes whole failed invocations to; one per consumer, so the group is never in doubt. */
  readonly onFailure: string;
  /** ARN of the function that the mapping invokes: what was given up for another is another consumer's. @default - any function */
  readonly functionArn?: string;
  readonly deadLetters: string;
  /** As the consumer's. */
  readonly eventIds?: EventIds;
}

// ── Headers of a record on Kafka (CloudEvents Kafka binding, binary content mode) ────────────────────────────────────

export const CE_PREFIX = 'ce_';
export const CE_ID = 'ce_id';
export const CE_SOURCE = 'ce_source';
export const CE_TYPE = 'ce_type';
export const CE_TIME = 'ce_time';
export const CE_SPECVERSION = 'ce_specversion';
/** CloudEvents distributed tracing extension: the trace in which the event was made. */
export const CE_TRACEPARENT = 'ce_traceparent';
export const CE_TRACESTATE = 'ce_tracestate';
export const CONTENT_TYPE = 'content-type';
/** Headers of our own; never taken from outside. */
export const RESERVED_PREFIX = 'lossless-';
/** `<group>:<n>`: the n-th redrive of an event parked by that group; other groups ignore it. */
export const REDRIVE_HEADER = 'lossless-redrive';

// ── How long an event is remembered ──────────────────────────────────────────────────────────────────────────────────

/** How long an event may wait in the spill store and then still meet a consumer that remembers its other copy: 14 days. */
export const SPILL_LIMIT_SECONDS = 14 * 86_400;
/** How long after that a copy that was sent back is still known: 14 days. */
export const REDRIVE_WINDOW_SECONDS = 14 * 86_400;

// ── Idempotency table ────────────────────────────────────────────────────────────────────────────────────────────────

export const TABLE_KEY = 'key';
export const TABLE_EXPIRY = 'expiresAt';

/** Attributes of one event's record. `state` decides; the key's mere existence decides nothing. */
export const RECORD = {
  key: TABLE_KEY,
  state: 'state',
  /** Hash of the content: key, value and `ce_type`. */
  content: 'content',
  topic: 'topic',
  partition: 'partition',
  offset: 'offset',
  timestamp: 'timestamp',
  /** Epoch milliseconds at which the state was reached. */
  settledAt: 'settledAt',
  /** Epoch seconds; only on `done`: parked and redriven never expire. */
  expiresAt: TABLE_EXPIRY,
  /** Name of the parked object, on `parked` and `redriven`. */
  object: 'object',
  /** Number of the redrive, on `redriven`, and on what a redrive's own delivery made of it. */
  generation: 'generation',
  /** `unknown`: a call may have been made since the event came first. On `claimed`, and kept on whatever follows. */
  effect: 'effect',
  /** Event id in clear, so that a person finds a parked event; the beginning of a long one. Only on `parked` and `redriven`. */
  source: 'source',
  id: 'id',
  reason: 'reason',
  /** How often the handler's code has failed on the event; no state: it settles nothing. */
  attempts: 'attempts',
  /** By which code, and in which of its breaker's times: the attempts of another are none. */
  attemptsBy: 'attemptsBy',
  /** On `claimed`: token of the invocation that calls, and a number it raises while it does. On `parked`: of who parked it. */
  owner: 'owner',
  beat: 'beat',
} as const;

/**
 * Milliseconds: a claim whose beat stood still for so long belongs to nobody, its owner was killed. By the watcher's own
 * clock alone. An invocation that works for less than that can take none over.
 */
export const CLAIM_LEASE_MS = 10_000;

export type RecordState = 'done' | 'parked' | 'redriven' | 'claimed';

/** Attributes of a partition's ledger: one item for each consumer group and partition, in the same table. */
export const LEDGER = {
  key: TABLE_KEY,
  /** Raised by every write: what is computed from one version is written over no other. */
  version: 'version',
  /** Deliveries that have begun and not ended. */
  open: 'open',
  /** Stretches of offsets whose records are settled and counted. */
  counted: 'counted',
  applied: 'applied',
  duplicate: 'duplicate',
  parked: 'parked',
  /** The last stretch that was delivered and not settled. */
  unsettled: 'unsettled',
  /** Events parked since the last success, by the code that wrote last: with 20 the circuit breaker is open. */
  failures: 'failures',
  /** What the circuit breaker knows, by code. */
  codes: 'codes',
  /** Hashes of the keys and sources to which something was applied last. */
  recent: 'recent',
  /** Set by a person: up to this offset events are parked although the circuit breaker is open. */
  parkUpTo: 'parkUpTo',
  /** Epoch milliseconds at which that was said: it ends by itself. */
  parkUpToAt: 'parkUpToAt',
} as const;

/** Key of a partition's ledger. No record's key looks like it: those are 64 hexadecimal digits. */
export const ledgerKey = (of: { cluster: string; group: string; topic: string; partition: number }): string =>
  `ledger/${parkedFolder(of.cluster, of.group, of.topic)}${of.partition}`;

// ── Metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** CloudWatch namespace; dimensions `service` (the consumer group; of a producer its environment's `source`) and `topic`. */
export const METRICS_NAMESPACE = 'LosslessKafka';

export const METRIC = {
  received: 'EventsReceived',
  applied: 'EventsApplied',
  duplicate: 'EventsDuplicate',
  parked: 'EventsParked',
  /** The same by `reason`, one more dimension. */
  parkedByReason: 'EventsParkedByReason',
  /** Records reported to the mapping, to be delivered again. */
  retried: 'EventsRetried',
  /** Tries that the circuit breaker held back from being parked: above 0 it is open. */
  breakerOpen: 'CircuitBreakerOpen',
  /** Milliseconds from the record's time on the broker to its effect. */
  timeToEffect: 'TimeToEffect',
  // Of a producer: events by how they ended, each when its caller hears of it; `logged` are some of the rejected again.
  acked: 'EventsAcked',
  spilled: 'EventsSpilled',
  rejected: 'EventsRejected',
  unknown: 'EventsUnknown',
  sent: 'EventsSent',
  stored: 'EventsStored',
  forwarded: 'EventsForwarded',
  dropped: 'EventsDropped',
  logged: 'EventsLogged',
  /** Looks at the topic that could not see whether its min.insync.replicas keep what is acknowledged. */
  unchecked: 'TopicUnchecked',
  /** Kafka clients given up after a failure, with another in their place. */
  replaced: 'KafkaClientReplaced',
} as const;

// ── Objects ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A record is parked that has killed its function so often, while that worked on it alone: once may be chance. */
export const STRIKES = 3;

/** Why a record was parked; a closed list, so that it can be counted and searched. */
export type ParkReason =
  | 'undecodable'
  | 'handler-error'
  | 'write-refused'
  | 'id-conflict'
  /** The function died {@link STRIKES} times while it worked on this record alone. */
  | 'killed-function'
  | 'retries-exhausted'
  | 'record-too-old'
  | 'payload-too-large'
  | 'rejected-at-replay'
  /** Lay in a spill store and was not put there by a producer of that topic. */
  | 'foreign'
  | 'stored-by-producer';

/** A header as it was on the record: name, and base64 of the value's bytes or null. Order and repeats are kept. */
export type StoredHeader = readonly [name: string, value: string | null];

/** A parked event as it lies in S3 (JSON). Key, value and headers are byte for byte what the record had, or `raw` is there. */
export interface DeadLetter {
  readonly version: 1;
  readonly cluster: string;
  /** `-` when the event never reached the topic. */
  readonly group: string;
  readonly topic: string;
  /** −1 when the event never reached the topic, as is `offset`. */
  readonly partition: number;
  readonly offset: number;
  /** Of the record, as it was handed over: epoch milliseconds, if they are such. */
  readonly timestamp: number;
  /** Base64, or null: null is not empty. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
  /**
   * Only of a record that could not be read: the whole record as JSON, as the mapping handed it over. What could be read
   * is above; null, `[]` and −1 stand for the rest.
   */
  readonly raw?: string;
  readonly source: string;
  readonly id: string;
  readonly reason: ParkReason;
  /** One sentence for a person. Holds no payload. */
  readonly detail: string;
  /** `none`: the effect has not taken place. `unknown`: a call may have reached the other system. */
  readonly effect: 'none' | 'unknown';
  /** ISO 8601. */
  readonly parkedAt: string;
}

/** What the function of `forward` is invoked with. Key, value and headers as in a dead letter. */
export interface RejectedEvent {
  readonly version: 1;
  readonly cluster: string;
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
  readonly source: string;
  readonly id: string;
  /** Kafka's own name for its refusal, or one of the producer's: `UNAVAILABLE`, `BUFFER_EXHAUSTED`. */
  readonly code: string;
  /** One sentence for a person. Holds no payload. */
  readonly reason: string;
}

/** One spilled event inside a spill object. */
export interface SpilledEvent {
  readonly partition: number | null;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly StoredHeader[];
}

/** One flush of the producer in the spill store (JSON). Named by `spillObject`, so that a listing is oldest first. */
export interface SpillObject {
  readonly version: 1;
  readonly cluster: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly spilledAt: string;
  readonly events: readonly SpilledEvent[];
}

/** ARNs hold `:` and `/`; in an object's name every part is one folder, of characters S3 calls safe. */
export const objectPart = (text: string): string =>
  text.replace(/[^A-Za-z0-9._=-]/g, (char) => `!${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `<cluster>/<group>/<topic>/<partition>/<offset>-<hash>`: lists in log order. */
export function parkedObject(at: {
  cluster: string;
  group: string;
  topic: string;
  partition: number;
  offset: number;
  hash: string;
}): string {
  const folder = parkedFolder(at.cluster, at.group, at.topic);
  return `${folder}${padded(at.partition, 6)}/${padded(at.offset, 19)}-${at.hash}`;
}

/** `<cluster>/-/<topic>/-/<time>-<hash>`: events that never reached the topic; here the object decides. */
export function unsentObject(at: { cluster: string; topic: string; atMs: number; hash: string }): string {
  return `${parkedFolder(at.cluster, '-', at.topic)}-/${padded(at.atMs, 15)}-${at.hash}`;
}

export const parkedFolder = (cluster: string, group: string, topic: string): string =>
  `${objectPart(cluster)}/${group === '-' ? '-' : objectPart(group)}/${objectPart(topic)}/`;

/** `<cluster>/<topic>/<time>-<unique>`: oldest first in a listing. */
export const spillObject = (at: { cluster: string; topic: string; atMs: number; unique: string }): string =>
  `${spillFolder(at.cluster, at.topic)}${padded(at.atMs, 15)}-${at.unique}`;

export const spillFolder = (cluster: string, topic: string): string => `${objectPart(cluster)}/${objectPart(topic)}/`;

/** Where the leases of replaying workers lie, in the spill store's bucket: no spilled events. */
export const LEASES = 'leases/';

/** `leases/<cluster>/<topic>/<number>`: the right to be the only worker of a topic's spilled events. */
export const leaseFolder = (cluster: string, topic: string): string => `${LEASES}${spillFolder(cluster, topic)}`;
