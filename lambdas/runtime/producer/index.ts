import { LosslessError } from '../contract/errors';
import { isOwnCanary } from '../event/canary';
import type { NewEvent } from '../event/new-event';
import { noCounts, type ProducerCounts } from '../watching/producer-counts';
import type { Outcome } from './outcome';
import { openPublisher, type Publisher } from './publisher';
import type { ProducerOptions } from './options';

export type { ProducerCounts } from '../watching/producer-counts';
export type { DealtWith, Fate, Outcome, Rejected, Sent } from './outcome';

export interface PublishOptions {
  /**
   * Milliseconds until the function's timeout, from `context.getRemainingTimeInMillis()`. The time to spill is kept free.
   * @default - no other limit than the `deadlineMs` of the environment
   */
  readonly remainingMs?: number;
}

/** Hears of one event: its outcome, or the error that `publish` would have thrown. */
export type PublishCallback = (error: Error | undefined, outcome?: Outcome) => void;

export interface Producer {
  /**
   * Publishes one event and tells how it ended. Many may be under way at once; those of one key are published in the order
   * of the calls. Await all of them, or `flush`, before the handler returns: a frozen function sends nothing.
   * @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS when environment, rights or topic are wrong: nothing was sent
   */
  publish(event: NewEvent, options?: PublishOptions): Promise<Outcome>;
  /** The same, told to a callback. Await `flush` before the handler returns. */
  publish(event: NewEvent, callback: PublishCallback): void;
  publish(event: NewEvent, options: PublishOptions, callback: PublishCallback): void;
  /** Publishes events, those of one key in their order. One outcome per event, in the same order. @throws as `publish` */
  publishAll(events: readonly NewEvent[], options?: PublishOptions): Promise<Outcome[]>;
  /**
   * Resolves when every event published so far has its outcome: by the latest deadline among them. Writes the metrics of
   * what has ended, as `publishAll` does and `publish`, which may be called a thousand times, does not.
   */
  flush(): Promise<void>;
  /**
   * How many partitions the topic has: as an open client knows it, else as the brokers say.
   * @throws LosslessError NOT_CONFIGURED when the topic may not be read, any other error when no broker says it in time
   */
  partitions(): Promise<number>;
  /** How the events ended so far. */
  readonly counts: ProducerCounts;
  /** Closes the connections. Only tools and tests need it: a function keeps its producer. */
  close(): Promise<void>;
}

/**
 * A producer that loses no event: each is acknowledged by all in-sync replicas, spilled to S3, refused with a reason, or
 * reported as unknown. Make it outside the handler; it reads no environment and opens nothing before the first publish.
 *
 * @example
 * ```ts
 * import { producer } from 'cdk-lossless-kafka/runtime';
 * import type { Context } from 'aws-lambda';
 *
 * const orders = producer({ topic: 'orders' });
 *
 * export async function handler(order: { id: string; customer: string }, context: Context) {
 *   const event = { id: order.id, type: 'order.placed', key: order.customer, data: order };
 *   const outcome = await orders.publish(event, { remainingMs: context.getRemainingTimeInMillis() });
 *   if (outcome.kind === 'rejected' || outcome.kind === 'unknown') throw new Error(outcome.reason);
 * }
 * ```
 */
export function producer(options: ProducerOptions = {}): Producer {
  const counts = noCounts();
  const underWay = new Set<Promise<unknown>>();
  let opened: Publisher | undefined;

  const counted = (what: keyof ProducerCounts) => {
    counts[what] += 1;
    opened?.meter.count(what);
  };
  const publishAll = async (events: readonly NewEvent[], { remainingMs }: PublishOptions = {}): Promise<Outcome[]> => {
    opened ??= openPublisher(options, () => counted('logged'));
    const outcomes = await opened.publish(checkedEvents(events), checkedRemaining(remainingMs));
    // What is counted are the user's events.
    outcomes.forEach(({ kind }, n) => isOwnCanary(Object(events[n]) as object) || counted(kind));
    return outcomes;
  };
  /** What it returns is unheard yet: a publish that nobody awaits still fails loudly. */
  const tracked = <T>(publishing: Promise<T>): Promise<T> => {
    underWay.add(publishing);
    return publishing.finally(() => underWay.delete(publishing));
  };
  const publishOne = async (event: NewEvent, publishOptions?: PublishOptions): Promise<Outcome> => {
    const [outcome] = await publishAll([event], publishOptions);
    return outcome as Outcome;
  };

  function publish(event: NewEvent, options?: PublishOptions): Promise<Outcome>;
  function publish(event: NewEvent, ...rest: [PublishCallback] | [PublishOptions, PublishCallback]): void;
  function publish(event: NewEvent, ...rest: unknown[]): Promise<Outcome> | void {
    const callback = rest.find((argument) => typeof argument === 'function') as PublishCallback | undefined;
    const [first] = rest;
    const publishing = publishOne(event, first === callback ? undefined : (first as PublishOptions | undefined));
    if (callback === undefined) return tracked(publishing);
    void tracked(tell(callback, publishing));
  }

  return {
    publish,
    publishAll: (events, publishOptions) =>
      tracked(publishAll(events, publishOptions)).finally(() => opened?.meter.flush()),
    flush: async () => {
      await Promise.allSettled(underWay);
      opened?.meter.flush();
    },
    partitions: async () => (opened ??= openPublisher(options, () => counted('logged'))).partitions(),
    get counts() {
      return { ...counts };
    },
    close: async () => opened?.close(),
  };
}

/** On a turn of its own: what the callback throws is the function's error, and never lost in a promise. */
async function tell(callback: PublishCallback, publishing: Promise<Outcome>): Promise<void> {
  const [error, outcome] = await publishing.then(
    (outcome) => [undefined, outcome] as const,
    (error: Error) => [error, undefined] as const,
  );
  await new Promise<void>((told) =>
    process.nextTick(() => {
      told();
      callback(error, outcome);
    }),
  );
}

function checkedEvents(events: readonly NewEvent[]): readonly NewEvent[] {
  if (Array.isArray(events)) return events as readonly NewEvent[];
  throw new LosslessError(
    'INVALID_ARGUMENT',
    `publishAll: got ${events === null ? 'null' : typeof events}, want an array of events; publish a single event with publish`,
  );
}

/** NaN compares false with everything: it would be a deadline that never comes. */
function checkedRemaining(remainingMs = Number.POSITIVE_INFINITY): number {
  if (typeof remainingMs === 'number' && !Number.isNaN(remainingMs)) return remainingMs;
  throw new LosslessError(
    'INVALID_ARGUMENT',
    `remainingMs: got ${String(remainingMs)}, want milliseconds; pass context.getRemainingTimeInMillis()`,
  );
}
