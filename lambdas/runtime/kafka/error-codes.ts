import type { RejectedFor } from './port';

/** What a broker's error code says about the records of the request it answers. */
export interface ErrorCodeRow {
  readonly code: number;
  /** Kafka's own name, as the broker's source spells it. */
  readonly name: string;
  readonly fate: ErrorFate;
  /** Of the requests a producer makes, only a produce request is answered with it; the others also answer metadata. */
  readonly produceOnly: boolean;
}

export type ErrorFate =
  /** Not written; the same send may succeed later. `newClient`: not with the same client, whose numbers were refused. */
  | { readonly kind: 'retriable'; readonly newClient: boolean }
  /** Not written, and it never will be. */
  | { readonly kind: 'rejected'; readonly about: RejectedFor }
  /** Written or not. */
  | { readonly kind: 'unknown' };

const FATES = {
  retriable: { kind: 'retriable', newClient: false },
  client: { kind: 'retriable', newClient: true },
  record: { kind: 'rejected', about: 'record' },
  setup: { kind: 'rejected', about: 'setup' },
  unknown: { kind: 'unknown' },
} as const satisfies Record<string, ErrorFate>;

/**
 * Every error code of Kafka 4.1 (`org.apache.kafka.common.protocol.Errors`) as a producer meets it. Codes that only
 * consumers, admins, brokers or transactions are given are `unknown` too: safe, since unknown is tried again and never
 * reported as not written.
 *
 * 3, 6 and 56 look like "not written" and are not: with acks=all a leader gives them also after its own append, when it
 * loses the partition while it waits for the followers (Kafka's DelayedProduce).
 */
const TABLE: readonly (readonly [code: number, name: string, fate: keyof typeof FATES, from: 'produce' | 'any'])[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'unknown', 'any'], // anything may have gone wrong, also after the append
  [0, 'NONE', 'unknown', 'any'], // an error that names no error tells nothing
  [1, 'OFFSET_OUT_OF_RANGE', 'unknown', 'any'],
  [2, 'CORRUPT_MESSAGE', 'retriable', 'produce'], // the bytes were damaged on their way
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'unknown', 'any'], // see above
  [4, 'INVALID_FETCH_SIZE', 'unknown', 'any'],
  [5, 'LEADER_NOT_AVAILABLE', 'retriable', 'any'],
  [6, 'NOT_LEADER_OR_FOLLOWER', 'unknown', 'produce'], // see above
  [7, 'REQUEST_TIMED_OUT', 'unknown', 'any'], // the followers had no time to answer: appended by the leader
  [8, 'BROKER_NOT_AVAILABLE', 'retriable', 'any'],
  [9, 'REPLICA_NOT_AVAILABLE', 'retriable', 'any'],
  [10, 'MESSAGE_TOO_LARGE', 'record', 'produce'],
  [11, 'STALE_CONTROLLER_EPOCH', 'unknown', 'any'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'unknown', 'any'],
  [13, 'NETWORK_EXCEPTION', 'unknown', 'any'], // a connection was cut, with a request on it or not
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'retriable', 'any'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'retriable', 'any'],
  [16, 'NOT_COORDINATOR', 'retriable', 'any'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'setup', 'any'],
  [18, 'RECORD_LIST_TOO_LARGE', 'record', 'produce'],
  [19, 'NOT_ENOUGH_REPLICAS', 'retriable', 'produce'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'unknown', 'produce'], // appended by the leader, then too few followers were left
  [21, 'INVALID_REQUIRED_ACKS', 'setup', 'produce'],
  [22, 'ILLEGAL_GENERATION', 'unknown', 'any'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'unknown', 'any'],
  [24, 'INVALID_GROUP_ID', 'unknown', 'any'],
  [25, 'UNKNOWN_MEMBER_ID', 'unknown', 'any'],
  [26, 'INVALID_SESSION_TIMEOUT', 'unknown', 'any'],
  [27, 'REBALANCE_IN_PROGRESS', 'unknown', 'any'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'unknown', 'any'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'setup', 'any'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'setup', 'any'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'setup', 'any'],
  [32, 'INVALID_TIMESTAMP', 'record', 'produce'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'setup', 'any'],
  [34, 'ILLEGAL_SASL_STATE', 'retriable', 'any'], // a connection that was being authenticated anew
  [35, 'UNSUPPORTED_VERSION', 'setup', 'any'],
  [36, 'TOPIC_ALREADY_EXISTS', 'unknown', 'any'],
  [37, 'INVALID_PARTITIONS', 'unknown', 'any'],
  [38, 'INVALID_REPLICATION_FACTOR', 'unknown', 'any'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'unknown', 'any'],
  [40, 'INVALID_CONFIG', 'setup', 'produce'], // only a person can change it
  [41, 'NOT_CONTROLLER', 'retriable', 'any'],
  [42, 'INVALID_REQUEST', 'unknown', 'any'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'setup', 'produce'],
  [44, 'POLICY_VIOLATION', 'unknown', 'any'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'client', 'produce'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'unknown', 'produce'], // "already written" is true of that sequence number, not surely of these records
  [47, 'INVALID_PRODUCER_EPOCH', 'client', 'produce'],
  [48, 'INVALID_TXN_STATE', 'client', 'produce'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'client', 'produce'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'unknown', 'any'],
  [51, 'CONCURRENT_TRANSACTIONS', 'retriable', 'any'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', 'unknown', 'any'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'setup', 'any'],
  [54, 'SECURITY_DISABLED', 'setup', 'any'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'unknown', 'any'],
  [56, 'KAFKA_STORAGE_ERROR', 'unknown', 'any'], // see above
  [57, 'LOG_DIR_NOT_FOUND', 'unknown', 'any'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'retriable', 'any'], // an expired token and "too many connects" come under this code, too: neither lasts
  [59, 'UNKNOWN_PRODUCER_ID', 'client', 'produce'],
  [60, 'REASSIGNMENT_IN_PROGRESS', 'unknown', 'any'],
  [61, 'DELEGATION_TOKEN_AUTH_DISABLED', 'unknown', 'any'],
  [62, 'DELEGATION_TOKEN_NOT_FOUND', 'unknown', 'any'],
  [63, 'DELEGATION_TOKEN_OWNER_MISMATCH', 'unknown', 'any'],
  [64, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', 'unknown', 'any'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'setup', 'any'],
  [66, 'DELEGATION_TOKEN_EXPIRED', 'unknown', 'any'],
  [67, 'INVALID_PRINCIPAL_TYPE', 'unknown', 'any'],
  [68, 'NON_EMPTY_GROUP', 'unknown', 'any'],
  [69, 'GROUP_ID_NOT_FOUND', 'unknown', 'any'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'unknown', 'any'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'unknown', 'any'],
  [72, 'LISTENER_NOT_FOUND', 'retriable', 'any'],
  [73, 'TOPIC_DELETION_DISABLED', 'unknown', 'any'],
  [74, 'FENCED_LEADER_EPOCH', 'unknown', 'any'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'unknown', 'any'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'setup', 'produce'],
  [77, 'STALE_BROKER_EPOCH', 'unknown', 'any'],
  [78, 'OFFSET_NOT_AVAILABLE', 'unknown', 'any'],
  [79, 'MEMBER_ID_REQUIRED', 'unknown', 'any'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'unknown', 'any'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'unknown', 'any'],
  [82, 'FENCED_INSTANCE_ID', 'unknown', 'any'],
  [83, 'ELIGIBLE_LEADERS_NOT_AVAILABLE', 'unknown', 'any'],
  [84, 'ELECTION_NOT_NEEDED', 'unknown', 'any'],
  [85, 'NO_REASSIGNMENT_IN_PROGRESS', 'unknown', 'any'],
  [86, 'GROUP_SUBSCRIBED_TO_TOPIC', 'unknown', 'any'],
  [87, 'INVALID_RECORD', 'record', 'produce'],
  [88, 'UNSTABLE_OFFSET_COMMIT', 'unknown', 'any'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'unknown', 'any'],
  [90, 'PRODUCER_FENCED', 'client', 'produce'],
  [91, 'RESOURCE_NOT_FOUND', 'unknown', 'any'],
  [92, 'DUPLICATE_RESOURCE', 'unknown', 'any'],
  [93, 'UNACCEPTABLE_CREDENTIAL', 'unknown', 'any'],
  [94, 'INCONSISTENT_VOTER_SET', 'unknown', 'any'],
  [95, 'INVALID_UPDATE_VERSION', 'unknown', 'any'],
  [96, 'FEATURE_UPDATE_FAILED', 'unknown', 'any'],
  [97, 'PRINCIPAL_DESERIALIZATION_FAILURE', 'unknown', 'any'],
  [98, 'SNAPSHOT_NOT_FOUND', 'unknown', 'any'],
  [99, 'POSITION_OUT_OF_RANGE', 'unknown', 'any'],
  [100, 'UNKNOWN_TOPIC_ID', 'unknown', 'any'], // as 3, since produce requests name topics by their ids (version 13)
  [101, 'DUPLICATE_BROKER_REGISTRATION', 'unknown', 'any'],
  [102, 'BROKER_ID_NOT_REGISTERED', 'unknown', 'any'],
  [103, 'INCONSISTENT_TOPIC_ID', 'unknown', 'any'], // as 3
  [104, 'INCONSISTENT_CLUSTER_ID', 'unknown', 'any'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', 'unknown', 'any'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', 'unknown', 'any'],
  [107, 'INELIGIBLE_REPLICA', 'unknown', 'any'],
  [108, 'NEW_LEADER_ELECTED', 'unknown', 'any'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'unknown', 'any'],
  [110, 'FENCED_MEMBER_EPOCH', 'unknown', 'any'],
  [111, 'UNRELEASED_INSTANCE_ID', 'unknown', 'any'],
  [112, 'UNSUPPORTED_ASSIGNOR', 'unknown', 'any'],
  [113, 'STALE_MEMBER_EPOCH', 'unknown', 'any'],
  [114, 'MISMATCHED_ENDPOINT_TYPE', 'unknown', 'any'],
  [115, 'UNSUPPORTED_ENDPOINT_TYPE', 'unknown', 'any'],
  [116, 'UNKNOWN_CONTROLLER_ID', 'unknown', 'any'],
  [117, 'UNKNOWN_SUBSCRIPTION_ID', 'unknown', 'any'],
  [118, 'TELEMETRY_TOO_LARGE', 'unknown', 'any'],
  [119, 'INVALID_REGISTRATION', 'unknown', 'any'],
  [120, 'TRANSACTION_ABORTABLE', 'client', 'produce'],
  [121, 'INVALID_RECORD_STATE', 'unknown', 'any'],
  [122, 'SHARE_SESSION_NOT_FOUND', 'unknown', 'any'],
  [123, 'INVALID_SHARE_SESSION_EPOCH', 'unknown', 'any'],
  [124, 'FENCED_STATE_EPOCH', 'unknown', 'any'],
  [125, 'INVALID_VOTER_KEY', 'unknown', 'any'],
  [126, 'DUPLICATE_VOTER', 'unknown', 'any'],
  [127, 'VOTER_NOT_FOUND', 'unknown', 'any'],
  [128, 'INVALID_REGULAR_EXPRESSION', 'unknown', 'any'],
  [129, 'REBOOTSTRAP_REQUIRED', 'retriable', 'any'],
  [130, 'STREAMS_INVALID_TOPOLOGY', 'unknown', 'any'],
  [131, 'STREAMS_INVALID_TOPOLOGY_EPOCH', 'unknown', 'any'],
  [132, 'STREAMS_TOPOLOGY_FENCED', 'unknown', 'any'],
  [133, 'SHARE_SESSION_LIMIT_REACHED', 'unknown', 'any'],
];

const row = (code: number, name: string, fate: keyof typeof FATES, from: 'produce' | 'any'): ErrorCodeRow => ({
  code,
  name,
  fate: FATES[fate],
  produceOnly: from === 'produce',
});

const ROWS: ReadonlyMap<number, ErrorCodeRow> = new Map(TABLE.map((cells) => [cells[0], row(...cells)]));

/** For codes of a later Kafka, and for errors that carry none. */
const OTHER = row(Number.NaN, 'UNKNOWN', 'unknown', 'any');

/** Total: every code, and none, has a row. */
export const errorCodeRow = (code: number | undefined): ErrorCodeRow =>
  (code === undefined ? undefined : ROWS.get(code)) ?? OTHER;

/** Every row of the table, in the order of the codes. */
export const errorCodeRows = (): readonly ErrorCodeRow[] => [...ROWS.values()];

const ABOUT_RECORD = new Set(TABLE.filter(([, , fate]) => fate === 'record').map(([, name]) => name));

/** True for a rejection of the record itself: it fails for ever, whatever is done about rights and configuration. */
export const isAboutRecord = (code: string): boolean => ABOUT_RECORD.has(code);
