import type { EventKind } from '../../faults/history';
import type { ProducerEnvironment } from '../../lambdas/runtime/contract';
import type { MappingSwitches } from '../../local/event-source-mapping/switches';

/** Sizes, switches and habits of one run. */
export interface Settings {
  /** Events a second. */
  readonly rate: number;
  readonly callers: number;
  /** Keys of one caller. */
  readonly keys: number;
  /** Events of one request at most. */
  readonly perRequest: number;
  /** Bytes of a large event's note. */
  readonly bytes: number;
  /** Share of events that are not plain orders. */
  readonly kinds: { readonly [Kind in EventKind]?: number };
  /** Share of requests that are sent again although they were accepted. */
  readonly again: number;
  readonly partitions: number;
  /** Members of each consumer group. */
  readonly pollers: number;
  /** Invocations at once of one member. */
  readonly concurrency: number;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly bisect: boolean;
  readonly switches: Partial<MappingSwitches>;
  readonly consumers: readonly ('write' | 'call')[];
  /** Retries of the mapping, before it gives a batch up. */
  readonly retryLimit: number;
  /** Attempts on one event before it is parked, what an error counts as that nobody knows, effects at once of one invocation. */
  readonly attempts: number;
  readonly unknownErrors: 'attempt' | 'wait';
  readonly atOnce: number;
  /** Milliseconds that the handler takes for an event at most. */
  readonly handlerMs: number;
  readonly producer: Pick<ProducerEnvironment, 'deadlineMs' | 'spillTimeMs' | 'bufferBytes' | 'retry' | 'onFull'>;
  /** By how much the ways to services take longer than within one region. */
  readonly slower: number;
  /** Milliseconds of the consumers' timeout, and of the end of it that is kept free. */
  readonly timeoutMs: number;
  readonly timeMarginMs: number;
  /** Milliseconds between two sweeps of the replay, and of unpack. */
  readonly sweepMs: number;
  /** Seconds for which the record of an applied event is kept. */
  readonly doneSeconds: number;
  /** Milliseconds for which an item may still be there after its expiry. */
  readonly ttlLagMs: number;
  /** Milliseconds by which a sandbox's wall clock is wrong at most. */
  readonly skewMs: number;
  /** Objects of one page of a listing. */
  readonly page: number;
}

/** The chaos variant of the sample: smaller numbers, so that faults of seconds outlast every patience. */
export const DEFAULTS: Settings = {
  ...{ rate: 50, callers: 20, keys: 25, perRequest: 4, bytes: 100_000, again: 0.01 },
  kinds: { misfit: 0.005 },
  ...{ partitions: 3, pollers: 1, concurrency: 5, batchSize: 100, windowMs: 500, bisect: true, switches: {} },
  consumers: ['write'],
  ...{ retryLimit: 10_000, attempts: 5, unknownErrors: 'attempt', atOnce: 4, handlerMs: 0, slower: 1 },
  producer: { deadlineMs: 4_000, spillTimeMs: 4_000, bufferBytes: 1024 * 1024 },
  ...{ timeoutMs: 30_000, timeMarginMs: 5_000, sweepMs: 60_000, doneSeconds: 3_600, skewMs: 0, page: 1_000 },
  ttlLagMs: 600_000,
};

/** Its mapping gives up what fails on, where the constructs' would deliver it until a person says that it may be parked. */
export const givesUp = ({ retryLimit }: Pick<Settings, 'retryLimit'>): boolean => retryLimit < DEFAULTS.retryLimit;
