import type { RejectedFor } from './port';

/** What a broker's error code says about the records of the request it answers. */
export interface ErrorCodeRow {
  readonly name: string;
  readonly fate: { readonly kind: 'retriable' } | { readonly kind: 'unknown' } | RejectedFate;
  /** Only an answer to a produce request carries this code; the others also answer requests for metadata. */
  readonly produceOnly: boolean;
}
type RejectedFate = { readonly kind: 'rejected'; readonly about: RejectedFor };

const row = (name: string, fate: ErrorCodeRow['fate'], from: 'produce' | 'any'): ErrorCodeRow => ({
  name,
  fate,
  produceOnly: from === 'produce',
});
const retriable = { kind: 'retriable' } as const;
const unknown = { kind: 'unknown' } as const;
const record = { kind: 'rejected', about: 'record' } as const;
const setup = { kind: 'rejected', about: 'setup' } as const;

/**
 * Kafka's error codes as a producer meets them. A code that is not here is unknown: safe, since unknown is tried again
 * and never reported as not written.
 *
 * 3, 6 and 56 look like "not written" and are not: with acks=all a leader gives them also after its own append, when it
 * loses the partition while it waits for the followers (Kafka's DelayedProduce).
 */
const ROWS: ReadonlyMap<number, ErrorCodeRow> = new Map([
  [2, row('CORRUPT_MESSAGE', retriable, 'produce')],
  [3, row('UNKNOWN_TOPIC_OR_PARTITION', unknown, 'any')],
  [5, row('LEADER_NOT_AVAILABLE', retriable, 'any')],
  [6, row('NOT_LEADER_OR_FOLLOWER', unknown, 'produce')],
  [7, row('REQUEST_TIMED_OUT', unknown, 'any')],
  [10, row('MESSAGE_TOO_LARGE', record, 'produce')],
  [17, row('INVALID_TOPIC_EXCEPTION', setup, 'any')],
  [18, row('RECORD_LIST_TOO_LARGE', record, 'produce')],
  [19, row('NOT_ENOUGH_REPLICAS', retriable, 'produce')],
  [20, row('NOT_ENOUGH_REPLICAS_AFTER_APPEND', unknown, 'produce')],
  [21, row('INVALID_REQUIRED_ACKS', setup, 'produce')],
  [29, row('TOPIC_AUTHORIZATION_FAILED', setup, 'any')],
  [31, row('CLUSTER_AUTHORIZATION_FAILED', setup, 'any')],
  [32, row('INVALID_TIMESTAMP', record, 'produce')],
  [35, row('UNSUPPORTED_VERSION', setup, 'any')],
  [43, row('UNSUPPORTED_FOR_MESSAGE_FORMAT', setup, 'produce')],
  // 45, 47, 59: the broker refused the numbers of this producer object; a new one starts afresh.
  [45, row('OUT_OF_ORDER_SEQUENCE_NUMBER', retriable, 'produce')],
  // "Already written" is true of that number, not surely of these records.
  [46, row('DUPLICATE_SEQUENCE_NUMBER', unknown, 'produce')],
  [47, row('INVALID_PRODUCER_EPOCH', retriable, 'produce')],
  [53, row('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', setup, 'any')],
  [56, row('KAFKA_STORAGE_ERROR', unknown, 'any')],
  // An expired token and "too many connects" come under this code, too: neither lasts.
  [58, row('SASL_AUTHENTICATION_FAILED', retriable, 'any')],
  [59, row('UNKNOWN_PRODUCER_ID', retriable, 'produce')],
  [76, row('UNSUPPORTED_COMPRESSION_TYPE', setup, 'produce')],
  [87, row('INVALID_RECORD', record, 'produce')],
]);

const OTHER = row('UNKNOWN', unknown, 'any');

/** Total: every code, and none, has a row. */
export const errorCodeRow = (code: number | undefined): ErrorCodeRow =>
  (code === undefined ? undefined : ROWS.get(code)) ?? OTHER;

const ABOUT_RECORD = new Set([...ROWS.values()].filter(({ fate }) => fate === record).map(({ name }) => name));

/** True for a rejection of the record itself: it fails for ever, whatever is done about rights and configuration. */
export const isAboutRecord = (code: string): boolean => ABOUT_RECORD.has(code);
