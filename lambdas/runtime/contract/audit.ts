export const AUDIT_OUTPUT = 'cdk-lossless-kafka/audit/1';

/** What an output of a stack says, as JSON, of the audit of one topic. */
export interface AuditOutput {
  /** Tells the output from those of others. */
  readonly kind: typeof AUDIT_OUTPUT;
  readonly cluster: string;
  readonly topic: string;
  /** The function that audits, and answers a `StatusRequest`. */
  readonly audit: string;
  /** For how long the topic keeps a record. */
  readonly retentionSeconds: number;
}

/** What the audit function is invoked with to say what it reads now: it tells no metric, remembers nothing and accepts nothing. */
export interface StatusRequest {
  readonly status: true;
}

export interface StatusAnswer {
  /** One for each consumer group that could be read. */
  readonly groups: readonly GroupReading[];
  /** Why in words, of each that could not. */
  readonly failed: readonly { readonly topic: string; readonly group: string; readonly detail: string }[];
}

export interface GroupReading {
  readonly topic: string;
  readonly group: string;
  /** Objects in the bucket of what its mapping gave up, 10,000 at most. */
  readonly onFailure: number;
  readonly partitions: readonly PartitionReading[];
}

export interface PartitionReading {
  readonly partition: number;
  /** Offset of the log's first record, and of the next one to be written. */
  readonly start: number;
  readonly end: number;
  /** The group's committed offset: the next record to read. @default - nothing is committed */
  readonly committed?: number;
  /** Records that the group's ledger counts as settled. */
  readonly settled: number;
  /** Records in the log that the group has not settled. */
  readonly waiting: number;
  /** Seconds for which the oldest record has been in the log that is not settled, to an eighth; 0: less than a minute. @default - none waits */
  readonly oldestSeconds?: number;
  /** Neither settled nor waiting anywhere: found by the last audit, and now again. */
  readonly unaccounted: number;
}
