/** Milliseconds before a retry: `firstMs`, then `factor` times as long each time, at most `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** What AWS does not document about the mapping: a suite has to pass under every value. The first one is the default. */
export const SWITCHES = {
  redeliver: {
    does: 'which records of a partition come again after a partial response: everything from the lowest one reported, or those reported alone',
    values: ['from-lowest-failed', 'only-failed'],
    undecided:
      'kafka-retry-configurations says "just those specific items"; a group has one committed offset per partition',
  },
  newerBeforeRedelivery: {
    does: 'newer records of a partition may be delivered while failed ones wait for their retry',
    values: [false, true],
    undecided: 'with-msk-configure promises order within a partition, and says nothing of partial responses',
  },
  retryCountOnProgress: {
    does: 'what becomes of the count of retries when a partial response settles some of the records',
    values: ['kept', 'reset'],
    undecided: 'kafka-retry-configurations counts retries of a batch, and does not say when a batch is another one',
  },
  bisectCountsAsRetry: {
    does: 'splitting a failed batch uses up a retry',
    values: [false, true],
    undecided: 'written for Kinesis only, where it does not',
  },
  throttleCountsAsRetry: {
    does: 'a throttled invocation uses up a retry',
    values: [false, true],
    undecided: 'kafka-scaling-modes: pollers become fewer; of the count it says nothing',
  },
  retryBackoff: {
    does: 'how long a failed batch rests before its next try',
    values: [
      { firstMs: 100, factor: 2, maxMs: 5_000 },
      { firstMs: 1_000, factor: 1, maxMs: 1_000 },
    ],
    undecided: 'not published',
  },
  nullKey: {
    does: 'how a record without a key is written in the event',
    values: ['null', 'absent', 'empty'],
    undecided: 'no page shows one; types of AWS and Powertools differ',
  },
  nullValue: {
    does: 'how a record without a value, a tombstone, is written in the event',
    values: ['null', 'absent', 'empty'],
    undecided: 'no page shows one; types of AWS and Powertools differ',
  },
  agedOutCondition: {
    does: 'the condition in an on-failure document for records over the age limit',
    values: ['RecordAgeExceeded', 'EventAgeExceeded'],
    undecided: 'kafka-on-failure shows other conditions only; the second is the word of asynchronous invocations',
  },
  objectKey: {
    does: 'what stands after `aws/lambda/<mapping>/` in the key of an on-failure object',
    values: ['topic', 'topic-partition'],
    undecided: 'given for Kinesis only, where it is the shard',
  },
  refusedDelivery: {
    does: 'what becomes of records that the on-failure destination refuses: counted as dropped at once, or after five more tries',
    values: ['dropped-at-once', 'tried-again'],
    undecided: 'monitoring-metrics-types counts them as dropped, and does not say after how many tries',
  },
  undecodableValue: {
    does: 'what becomes of a value that is not in the format of the filter, or not in UTF-8',
    values: ['filtered-out', 'delivered'],
    undecided: 'kafka-filtering: then only metadata filters apply; Kafka has none',
  },
} as const satisfies Record<string, { does: string; values: readonly unknown[]; undecided: string }>;

type Values = { readonly [Name in keyof typeof SWITCHES]: (typeof SWITCHES)[Name]['values'][number] };

/** A value for each of {@link SWITCHES}. `examples/probe` measures them in an account. */
export type MappingSwitches = Omit<Values, 'retryBackoff'> & { readonly retryBackoff: Backoff };

export const DEFAULT_SWITCHES = Object.fromEntries(
  Object.entries(SWITCHES).map(([name, { values }]) => [name, values[0]]),
) as unknown as MappingSwitches;
