import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';

/** What the runtime asks of DynamoDB, and no more: a narrow port, so that tests can make it throttle, conflict or lose an answer. */
export interface Transactions {
  /**
   * Writes all items or none. 1 to 100 items. Never rejects: whatever goes wrong is an outcome.
   * @param patienceMs - how long DynamoDB is given to answer, in milliseconds; then the outcome is `unknown`. 5,000 if left out
   */
  transact(items: readonly TransactWriteItem[], patienceMs?: number): Promise<TransactOutcome>;
  /** The item under that key, strongly consistent; undefined when there is none. Rejects when DynamoDB did not answer. */
  read(table: string, key: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** A total classification of DynamoDB's answers. `detail` holds no payload. */
export type TransactOutcome =
  | { readonly kind: 'committed' }
  /** Nothing was written. One reason for each item, in the order of the items. */
  | { readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[] }
  /** Nothing was written: DynamoDB will never take this request, and does not say which item is wrong. */
  | { readonly kind: 'invalid'; readonly detail: string }
  /** Nothing was written: access refused, table missing, and the like. Says nothing against the events. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Nothing was written: throttled, or in conflict with another request. */
  | { readonly kind: 'busy'; readonly detail: string }
  /** It may have been written or not: timeout, cut connection, 5xx, and every answer not known here. */
  | { readonly kind: 'unknown'; readonly detail: string };

export interface CancellationReason {
  /** DynamoDB's word, `None` for an item that was not in the way. */
  readonly code: string;
  readonly message?: string;
  /** The item that failed its condition, as it is in the table; where it was asked for and exists. */
  readonly item?: Readonly<Record<string, unknown>>;
}
