import type { EventKind } from '../../faults/history';
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
  /** Milliseconds of the consumers' timeout, and of the end of it that is kept free. */
  readonly timeoutMs: number;
  readonly timeMarginMs: number;
  /** Milliseconds between two sweeps of the replay, and of unpack. */
  readonly sweepMs: number;
  /** Seconds for which the record of an applied event is kept. */
  readonly doneSeconds: number;
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
  ...{ timeoutMs: 30_000, timeMarginMs: 5_000, sweepMs: 60_000, doneSeconds: 3_600, skewMs: 0, page: 1_000 },
};
