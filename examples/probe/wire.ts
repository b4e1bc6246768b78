/** What the sender, the recorder and the script tell each other. */

/** The mappings, each with a topic, a recorder and other settings of its own. */
export const MAPPINGS = ['retries', 'bisect', 'limits'] as const;
export type MappingName = (typeof MAPPINGS)[number];
export const topicOf = (mapping: MappingName): string => `probe-${mapping}`;

/** Retries after the first try of the mapping `retries`, and of `bisect`; `limits` has none. */
export const RETRIES = { retries: 4, bisect: 2, limits: 0 } as const satisfies Record<MappingName, number>;

/** Batching window of every mapping, in seconds: what is sent together shall come together. */
export const WINDOW_SECONDS = 1;

/** Header that tells the recorder what to do with a record. */
export const INSTRUCTION = 'probe';

export interface Instruction {
  /** One run of the script, one scenario of it. */
  readonly run: string;
  /** Of the record, within the run. */
  readonly name: string;
  /**
   * - `settle`: counts as done
   * - `report`: is reported as failed, always
   * - `report-once`: is reported as failed at its first delivery
   * - `settle-first`: the first such record of a batch counts as done, the others are reported
   * - `throw`: fails the whole invocation
   */
  readonly does: 'settle' | 'report' | 'report-once' | 'settle-first' | 'throw';
}

/** A record to send. Null is not empty: it is sent as Kafka's null. */
export interface Outgoing {
  readonly instruction: Instruction;
  readonly key: string | null;
  readonly value: string | null;
  /** Epoch milliseconds. @default - now */
  readonly timestamp?: number;
}

/** How the event wrote a field that was null in Kafka, or that was not. */
export type Form = 'absent' | 'null' | 'empty' | 'text';

/** One invocation, as the recorder saw it. */
export interface Delivery {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly records: readonly { readonly name: string; readonly key: Form; readonly value: Form }[];
}

/** Variables of the functions. */
export const OBSERVATIONS_VARIABLE = 'OBSERVATIONS_TABLE';
/** Brokers and authentication. The local stack knows the library's prefix, and takes IAM out of what it begins. */
export const BROKERS_VARIABLE = 'LOSSLESS_PRODUCER_PROBE';
export interface BrokersVariable {
  readonly brokers: string;
  readonly authentication: 'iam' | 'none';
}
