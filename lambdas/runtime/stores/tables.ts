import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';

/** What the runtime asks of DynamoDB, and no more: a narrow port, so that tests can make it throttle, conflict or lose an answer. */
export interface Transactions {
  /**
   * Writes all items or none. 1 to 100 items. Never rejects: whatever goes wrong is an outcome.
   * @param patienceMs - how long DynamoDB is given to answer, in milliseconds; then the outcome is `unknown`. 5,000 if left out
   */
  transact(items: readonly TransactWriteItem[], patienceMs?: number): Promise<TransactOutcome>;
  /** Updates one item and tells what it is then. Never rejects: whatever goes wrong is an outcome. */
  update(input: Update, patienceMs?: number): Promise<UpdateOutcome>;
  /** The item under that key, strongly consistent; undefined when there is none. Rejects when DynamoDB did not answer. */
  read(table: string, key: string): Promise<Item | undefined>;
  /**
   * The items under those keys, strongly consistent, by their key. One that DynamoDB had no time for is left out, as one
   * that does not exist is: to save work, never to conclude from. Rejects when DynamoDB did not answer.
   */
  readMany(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, Item>>;
}

/** An item in plain values. */
export type Item = Readonly<Record<string, unknown>>;

/** A total classification of DynamoDB's answers. `detail` holds no payload. */
export type TransactOutcome =
  | { readonly kind: 'committed' }
  /** Nothing was written. One reason for each item, in the order of the items. */
  | { readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[] }
  | Failed;

/** What became of one update. */
export type UpdateOutcome =
  | { readonly kind: 'written'; readonly item: Item }
  /** Nothing was written: its condition did not hold for this item. */
  | { readonly kind: 'not met'; readonly item?: Item }
  | Failed;

export type Failed =
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
  readonly item?: Item;
}
