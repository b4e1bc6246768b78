/**
 * `ce_type` and `ce_source` of a canary: an event that goes the whole way of a pipeline and ends `done` without the handler's code. Both
 * together make one. The type is refused to everybody else who publishes by this library.
 */
export const CANARY_TYPE = 'lossless.canary';
export const CANARY_SOURCE = 'lossless-kafka/canary';

/** What an ingest function is invoked with to send one canary to each partition of its topic. */
export interface CanaryRequest {
  readonly canary: {
    /** Tells these canaries from all others: 1 to 64 letters, digits, `-`, `:` and `.`. The same name again sends the same events again. */
    readonly name: string;
  };
}

export interface CanaryAnswer {
  /** Partitions of the topic: so many canaries were sent. */
  readonly partitions: number;
  /** One for each partition, in their order. */
  readonly canaries: readonly CanaryOutcome[];
}

/** How the sending of one canary ended, as the outcomes of a publish. */
export type CanaryOutcome =
  /** `acked` and `spilled`: it is to be applied. Everything else: it was not accepted, or that is not known. */
  | { readonly partition: number; readonly outcome: 'acked' | 'spilled' }
  | { readonly partition: number; readonly outcome: 'rejected' | 'unknown'; readonly reason: string };

/** `ce_id` of a canary. With the number of partitions: where one is added, another key leads to each. */
export const canaryId = (name: string, partition: number, partitions: number): string =>
  `${name}/${partition}-of-${partitions}`;

export const isCanaryRequest = (event: unknown): event is CanaryRequest => {
  const { canary } = Object(event) as { readonly canary?: unknown };
  return typeof canary === 'object' && canary !== null && Object.keys(Object(event) as object).length === 1;
};

/** `LOSSLESS_CANARY_<id>`: one topic through whose door canaries are sent, and whose consumer groups are to have applied them. */
export interface CanaryEnvironment {
  readonly cluster: string;
  readonly topic: string;
  /** Name of the ingest function. */
  readonly ingest: string;
  /** Milliseconds from one round of canaries to the next. */
  readonly periodMs: number;
  readonly groups: readonly CanaryGroup[];
}

export interface CanaryGroup {
  readonly group: string;
  /** Its idempotency table. */
  readonly table: string;
}

export const CANARY_VARIABLE = 'LOSSLESS_CANARY_';

export const DOOR_OUTPUT = 'cdk-lossless-kafka/door/1';

/** What an output of a stack says, as JSON, of a door. */
export interface DoorOutput {
  /** Tells the output from those of others. */
  readonly kind: typeof DOOR_OUTPUT;
  readonly cluster: string;
  readonly topic: string;
  /** The ingest function, which answers a `CanaryRequest`. */
  readonly ingest: string;
}
