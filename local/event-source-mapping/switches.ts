/** What AWS does not document about the mapping: a suite has to pass under either value. */
export interface MappingSwitches {
  /**
   * Which records of a partition come again after a partial response: those reported, or everything from the lowest
   * one reported. @default 'from-lowest-failed'
   */
  readonly redeliver: 'only-failed' | 'from-lowest-failed';
  /** Whether splitting a failed batch uses up a retry. @default false */
  readonly bisectCountsAsRetry: boolean;
  /** Whether a throttled invocation uses up a retry. @default false */
  readonly throttleCountsAsRetry: boolean;
  /** Whether newer records of a partition may be delivered while failed ones wait for their retry. @default false */
  readonly newerBeforeRedelivery: boolean;
}

export const DEFAULT_SWITCHES: MappingSwitches = {
  redeliver: 'from-lowest-failed',
  bisectCountsAsRetry: false,
  throttleCountsAsRetry: false,
  newerBeforeRedelivery: false,
};
