/** Where the ledgers of one consumer group on one topic are. */
export interface BreakerOptions {
  readonly table: string;
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition?: number;
  readonly endpoint?: string;
  readonly region?: string;
  readonly json?: boolean;
}
