// One JSON variable per role and topic, so that one function can play several roles. `<id>` only keeps them apart; the
// runtime finds a variable by what is inside it.

export const PRODUCER_VARIABLE = 'LOSSLESS_PRODUCER_';
export const CONSUMER_VARIABLE = 'LOSSLESS_CONSUMER_';
export const REPLAY_VARIABLE = 'LOSSLESS_REPLAY_';
export const UNPACK_VARIABLE = 'LOSSLESS_UNPACK_';
export const AUDIT_VARIABLE = 'LOSSLESS_AUDIT_';
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

/**
 * The ways to choose one, as the construct's class of that name has them.
 *
 * @example
 * ```ts
 * import { producer, RetryStrategy } from 'cdk-lossless-kafka/runtime';
 *
 * const orders = producer({ topic: 'orders', retry: RetryStrategy.atMost(3) });
 * ```
 */
export const RetryStrategy = {
  /** Tries Kafka until the deadline: what it has not taken by then is spilled. */
  untilDeadline: (): RetryStrategy => ({ kind: 'until-deadline' }),
  /** @param retries - tries after the first, a whole number above 0; none begins after the deadline */
  atMost: (retries: number): RetryStrategy => ({ kind: 'at-most', retries }),
  /** Tries Kafka once. */
  none: (): RetryStrategy => ({ kind: 'none' }),
} as const;

/** What becomes of an event that was refused for good. */
export type OnRejected =
  /** The caller hears `rejected`, and acts on it. */
  | { readonly kind: 'fail' }
  /** The same, and one line for the person who runs the function. */
  | { readonly kind: 'log' }
  /** It is put among the dead letters, whole. The caller hears `parked`. */
  | { readonly kind: 'park' }
  /** A function (name or ARN) is invoked with it, asynchronously. The caller hears `forwarded`. */
  | { readonly kind: 'forward'; readonly functionName: string }
  /** It is lost on purpose: counted, said in one line, and the caller hears `dropped`. */
  | { readonly kind: 'drop'; readonly reason: string };

/**
 * The ways to choose one, as the construct's class of that name has them.
 *
 * @example
 * ```ts
 * import { OnRejected, producer } from 'cdk-lossless-kafka/runtime';
 *
 * const orders = producer({ topic: 'orders', onRejected: OnRejected.park() });
 * const clicks = producer({ topic: 'clicks', onRejected: OnRejected.drop('clicks are sampled anyway') });
 * ```
 */
export const OnRejected = {
  /** The caller hears `rejected`, and acts on it. */
  fail: (): OnRejected => ({ kind: 'fail' }),
  /** As `fail`, and one line in the function's log. */
  log: (): OnRejected => ({ kind: 'log' }),
  /** Puts it among the dead letters, whole. */
  park: (): OnRejected => ({ kind: 'park' }),
  /** Invokes a function with it, asynchronously. @param functionName - its name or ARN */
  forward: (functionName: string): OnRejected => ({ kind: 'forward', functionName }),
  /** Loses it on purpose: counted, and said in one line. @param reason - why these events may be lost */
  drop: (reason: string): OnRejected => ({ kind: 'drop', reason }),
} as const;

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
  /** Bucket for what is parked: what Kafka refused for good, at once or at replay. */
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

/** Type of the event that an SQS message becomes whose body is no CloudEvent, where nothing else is said. */
export const MESSAGE_TYPE = 'sqs.message';

/** `LOSSLESS_INGEST`: who may post at the HTTP door, and what messages of queues become. */
export interface IngestEnvironment {
  /** The reason why callers may post whom no authorizer names, all of them as one. @default - they are refused */
  readonly unnamedCallers?: string;
  /** Under which key a Lambda authorizer's context names the caller. @default - it names nobody */
  readonly callerKey?: string;
  /** Types of events that messages become whose body is no CloudEvent, by the ARN of their queue. @default - `sqs.message` */
  readonly queues?: readonly { readonly queue: string; readonly type: string }[];
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

/** One consumer group of an audited topic. */
export interface AuditedGroup {
  readonly group: string;
  /** Its idempotency table, which holds the ledgers, and what the audit remembers. */
  readonly table: string;
  /** Bucket of what its mapping gave up. */
  readonly onFailure: string;
}

/** `LOSSLESS_AUDIT_<id>`: one topic, whose consumer groups are to have accounted for each of its records. */
export interface AuditEnvironment {
  readonly cluster: string;
  readonly topic: string;
  /** Comma-separated `host:port`. */
  readonly brokers: string;
  readonly authentication: Authentication;
  readonly groups: readonly AuditedGroup[];
}
