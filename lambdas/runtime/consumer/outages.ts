/**
 * How clients say that what they talk to is away, overloaded or refuses access: errors that say nothing against the event.
 * One row for each, with its source. What matches none is what `unknownErrors` of the consumer says.
 */
export interface Outage {
  readonly client: string;
  /** Equal to the error's `name`, `code`, `type` or the name of its class. */
  readonly names?: readonly string[];
  /** Its `code`, as text. */
  readonly code?: RegExp;
  /** Its `code` or `errno` as a number; only of an error that has one of `names`, where those are given beside. */
  readonly numbers?: readonly number[];
  /** Of an error that says what it is in its message alone. */
  readonly message?: RegExp;
  /** The answer had begun: only where its status is below 400. A refusal stands, whatever became of its body. */
  readonly isCutOff?: true;
  readonly source: string;
}

const NODE = 'https://nodejs.org/api/errors.html';

export const OUTAGES: readonly Outage[] = [
  {
    client: 'Node.js: connections, name look-up',
    code: /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ESOCKETTIMEDOUT|ENOTFOUND|EAI_(AGAIN|FAIL|NODATA|NONAME|SYSTEM)|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENETRESET|ENOTCONN|EADDRNOTAVAIL|EMFILE|ENFILE|ENOBUFS)$/,
    source: `${NODE}#common-system-errors`,
  },
  {
    client: 'Node.js: sockets, streams, HTTP/2, TLS',
    code: /^(ERR_SOCKET_(CLOSED|CONNECTION_TIMEOUT|CLOSED_BEFORE_CONNECTION)|ERR_STREAM_PREMATURE_CLOSE|ERR_HTTP_REQUEST_TIMEOUT|ERR_HTTP2_(GOAWAY_SESSION|INVALID_SESSION|PING_CANCEL|SESSION_ERROR|STREAM_CANCEL|STREAM_ERROR)|ERR_TLS_HANDSHAKE_TIMEOUT|ERR_TLS_CERT_ALTNAME_INVALID)$/,
    source: `${NODE}#nodejs-error-codes`,
  },
  {
    client: 'Node.js: an answer that is no HTTP or no TLS, as a broken proxy or balancer gives it',
    // Headers that are too large are HTTP, and may be so for this event alone.
    code: /^(HPE_(?!HEADER_OVERFLOW$)[A-Z_]+|EPROTO|ERR_SSL_[A-Z0-9_]+)$/,
    source: 'https://github.com/nodejs/llhttp/blob/main/src/llhttp/constants.ts',
  },
  {
    client: 'Node.js: name servers, asked by c-ares (`dns.resolve`, so `mongodb+srv`)',
    code: /^(ESERVFAIL|EREFUSED|ETIMEOUT|ENODATA|EFORMERR|ENOTIMP|EBADRESP|ECANCELLED|EDESTRUCTION|ENOTINITIALIZED)$/,
    source: 'https://nodejs.org/api/dns.html#error-codes',
  },
  {
    client: 'Node.js: certificates of the other side',
    code: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CERT_REVOKED|CERT_UNTRUSTED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    source: 'https://nodejs.org/api/tls.html#x509-certificate-error-codes',
  },
  {
    client: 'fetch, AbortSignal',
    names: ['TimeoutError', 'AbortError', 'NetworkError'],
    source: 'https://webidl.spec.whatwg.org/#idl-DOMException-error-names',
  },
  {
    client: 'undici (also within fetch)',
    code: /^UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|ABORT|ABORTED|DESTROYED|CLOSED|SOCKET|SOCKS5.*|BPL_MISSING_UPSTREAM|HTTP_PARSER|RES_CONTENT_LENGTH_MISMATCH|REQ_RETRY|PRX_TLS|INFO)$/,
    source: 'https://github.com/nodejs/undici/blob/main/lib/core/errors.js',
  },
  {
    client: 'axios',
    names: ['ERR_NETWORK', 'ERR_CANCELED', 'CanceledError'],
    source: 'https://github.com/axios/axios/blob/v1.x/lib/core/AxiosError.js',
  },
  {
    client: 'axios: cut off, or out of time, in the middle of the body',
    message: /^stream has been aborted$/,
    isCutOff: true,
    source: 'https://github.com/axios/axios/blob/v1.x/lib/adapters/http.js',
  },
  {
    client: 'got',
    names: ['ERR_READING_RESPONSE_STREAM', 'ERR_UPLOAD', 'ERR_ABORTED', 'ERR_RETRYING'],
    source: 'https://github.com/sindresorhus/got/blob/main/documentation/8-errors.md',
  },
  {
    client: 'AWS SDK: throttling',
    names: [
      ...['ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'SlowDown'],
      ...[
        'ProvisionedThroughputExceededException',
        'RequestLimitExceeded',
        'RequestThrottled',
        'PriorRequestNotComplete',
      ],
      ...['RequestThrottledException', 'BandwidthLimitExceeded', 'LimitExceededException', 'EC2ThrottledException'],
      ...['TransactionConflictException', 'TransactionInProgressException', 'KMSThrottlingException'],
    ],
    source:
      'https://github.com/smithy-lang/smithy-typescript/blob/main/packages/service-error-classification/src/constants.ts',
  },
  {
    client: 'AWS SDK: 5xx, timeouts',
    names: [
      ...['InternalServerError', 'InternalServerException', 'InternalServiceError', 'InternalError', 'InternalFailure'],
      ...['InternalException', 'InternalServiceException', 'ServiceException', 'ServiceUnavailable', 'ServiceFailure'],
      'InternalFailureException',
      ...['ServiceUnavailableException', 'RequestTimeout', 'RequestTimeoutException', 'RequestTimeTooSkewed'],
      ...['KMSInternalException', 'DependencyTimeoutException', 'ResourceNotReadyException'],
    ],
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html',
  },
  {
    client: 'AWS SDK: refused access, credentials, a missing table or queue',
    names: [
      ...['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'UnrecognizedClientException'],
      ...['ExpiredToken', 'ExpiredTokenException', 'InvalidSignatureException', 'SignatureDoesNotMatch'],
      ...['InvalidClientTokenId', 'CredentialsProviderError', 'TokenProviderError', 'ProviderError'],
      ...['ResourceNotFoundException', 'KMSAccessDeniedException', 'KMSDisabledException', 'OptInRequired'],
      ...['QueueDoesNotExist', 'NoSuchBucket', 'MissingAuthenticationTokenException', 'IncompleteSignature'],
    ],
    source: 'https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html',
  },
  {
    client: 'Amazon SES, and End User Messaging (Pinpoint): how each message of a request ended',
    names: [
      ...['ACCOUNT_THROTTLED', 'ACCOUNT_DAILY_QUOTA_EXCEEDED', 'ACCOUNT_SENDING_PAUSED', 'ACCOUNT_SUSPENDED'],
      ...['CONFIGURATION_SET_SENDING_PAUSED', 'TRANSIENT_FAILURE', 'AccountThrottled', 'AccountDailyQuotaExceeded'],
      ...['AccountSendingPaused', 'AccountSuspended', 'ConfigurationSetSendingPaused', 'TransientFailure'],
      ...['THROTTLED', 'TEMPORARY_FAILURE'],
    ],
    source: 'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html',
  },
  {
    client: 'PostgreSQL (pg, postgres, Prisma): connection, resources, shutdown, conflict, read-only, access, missing',
    code: /^(08...|53...|57P0[1-5]|57014|58...|40001|40P01|55P03|25006|25P03|28...|3D000|42501|42P01)$/,
    source: 'https://www.postgresql.org/docs/current/errcodes-appendix.html',
  },
  {
    client: 'pg, pg-pool',
    message:
      /^(Connection terminated|Client has encountered a connection error|Client was closed and is not queryable|Query read timeout|timeout expired|timeout exceeded when trying to connect|Cannot use a pool after calling end)/,
    source: 'https://github.com/brianc/node-postgres/blob/master/packages/pg/lib/client.js',
  },
  {
    client: 'postgres (postgres.js)',
    code: /^(CONNECTION_(CLOSED|DESTROYED|ENDED)|CONNECT_TIMEOUT)$/,
    source: 'https://github.com/porsager/postgres/blob/master/src/connection.js',
  },
  {
    client: 'mysql2, mysql: the server, by its error names',
    code: /^ER_(CON_COUNT_ERROR|TOO_MANY_USER_CONNECTIONS|USER_LIMIT_REACHED|SERVER_SHUTDOWN|LOCK_WAIT_TIMEOUT|LOCK_DEADLOCK|LOCK_NOWAIT|QUERY_TIMEOUT|QUERY_INTERRUPTED|OPTION_PREVENTS_STATEMENT|READ_ONLY_MODE|CANT_EXECUTE_IN_READ_ONLY_TRANSACTION|OUT_OF_RESOURCES|OUTOFMEMORY|DISK_FULL|RECORD_FILE_FULL|NET_.*|CLIENT_INTERACTION_TIMEOUT|HOST_IS_BLOCKED|HOST_NOT_PRIVILEGED|ACCESS_DENIED_ERROR|DBACCESS_DENIED_ERROR|TABLEACCESS_DENIED_ERROR|ACCOUNT_HAS_BEEN_LOCKED|MUST_CHANGE_PASSWORD|BAD_DB_ERROR|NO_SUCH_TABLE)$/,
    source: 'https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html',
  },
  {
    client: 'mysql2, mysql: the client',
    code: /^(PROTOCOL_(CONNECTION_LOST|SEQUENCE_TIMEOUT|ENQUEUE_AFTER_FATAL_ERROR|ENQUEUE_AFTER_QUIT|ENQUEUE_AFTER_DESTROY)|POOL_(CLOSED|NOEXIST|NONEONLINE|CONNLIMIT|ENQUEUELIMIT)|HANDSHAKE_SSL_ERROR)$/,
    message:
      /^(Pool is closed\.|Can't add new command when connection is in closed state|No connections available\.|Queue limit reached\.)/,
    source: 'https://github.com/sidorares/node-mysql2/blob/master/lib/base/connection.js',
  },
  {
    client: 'mongodb: the driver',
    names: [
      ...['MongoNetworkError', 'MongoNetworkTimeoutError', 'MongoServerSelectionError', 'MongoOperationTimeoutError'],
      ...['MongoNotConnectedError', 'MongoServerClosedError', 'MongoTopologyClosedError', 'MongoClientClosedError'],
      ...['MongoPoolClosedError', 'MongoPoolClearedError', 'PoolClearedOnNetworkError', 'MongoWaitQueueTimeoutError'],
      ...['WaitQueueTimeoutError', 'MongoStalePrimaryError', 'MongoExpiredSessionError', 'MongoWriteConcernError'],
      ...['MongoTimeoutError', 'MongooseServerSelectionError'],
    ],
    source: 'https://github.com/mongodb/node-mongodb-native/blob/main/src/error.ts',
  },
  {
    client: 'mongodb: the server, by its codes',
    names: ['MongoServerError', 'MongoError', 'MongoBulkWriteError'],
    numbers: [
      ...[6, 7, 24, 43, 50, 64, 89, 91, 112, 189, 202, 234, 262, 317, 358, 384, 402, 9001],
      ...[10107, 11600, 11602, 13388, 13435, 13436, 13, 18, 8000],
    ],
    source: 'https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml',
  },
  {
    client: 'ioredis, redis (node-redis): the client',
    names: [
      ...['MaxRetriesPerRequestError', 'ClusterAllFailedError', 'ConnectionTimeoutError', 'SocketTimeoutError'],
      ...['ClientClosedError', 'ClientOfflineError', 'DisconnectsClientError', 'SocketClosedUnexpectedlyError'],
      ...['RootNodesUnavailableError', 'ReconnectStrategyError', 'MaxCommandRedirectionsError', 'NR_CLOSED'],
      ...['CONNECTION_BROKEN', 'UNCERTAIN_STATE', 'SocketTimeoutDuringMaintenanceError'],
      ...['CommandTimeoutDuringMaintenanceError'],
    ],
    message:
      /^(Connection is closed\.|Command timed out|Command aborted due to connection close|Stream isn't writeable|Socket timeout\.|Socket closed unexpectedly|The client is closed|Connection timeout$|Failed to refresh slots cache|None of startup nodes is available|All sentinels are unreachable)/,
    source: 'https://github.com/redis/ioredis/tree/main/lib/errors',
  },
  {
    client: 'Redis: the server, by the first word of its answer',
    message:
      /^(LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|READONLY|NOREPLICAS|MISCONF|OOM|NOAUTH|NOPERM|WRONGPASS|UNBLOCKED|NOMASTERLINK) /,
    source: 'https://github.com/redis/redis/blob/unstable/src/server.c',
  },
  {
    client: 'OpenSearch, Elasticsearch',
    names: ['ConnectionError', 'NoLivingConnectionsError', 'RequestAbortedError', 'NoConnectionsError'],
    source: 'https://github.com/opensearch-project/opensearch-js/blob/main/lib/errors.js',
  },
  {
    client: 'Stripe',
    names: [
      ...['StripeConnectionError', 'StripeAPIError', 'StripeRateLimitError', 'StripeAuthenticationError'],
      ...['StripePermissionError'],
    ],
    source: 'https://docs.stripe.com/error-handling?lang=node',
  },
  {
    client: 'Prisma',
    names: ['PrismaClientInitializationError', 'PrismaClientRustPanicError'],
    code: /^(P1000|P1001|P1002|P1003|P1008|P1009|P1010|P1011|P1017|P2021|P2024|P2028|P2034|P2037|P500[0-9]|P501[01]|P6004|P6005|P6008)$/,
    source: 'https://www.prisma.io/docs/orm/reference/error-reference',
  },
  {
    client: 'Sequelize',
    names: [
      ...['SequelizeConnectionError', 'SequelizeConnectionRefusedError', 'SequelizeConnectionTimedOutError'],
      ...['SequelizeConnectionAcquireTimeoutError', 'SequelizeAccessDeniedError', 'SequelizeHostNotFoundError'],
      ...['SequelizeHostNotReachableError', 'SequelizeInvalidConnectionError', 'SequelizeTimeoutError'],
    ],
    source: 'https://github.com/sequelize/sequelize/tree/v6/src/errors',
  },
  {
    client: 'Knex',
    names: ['KnexTimeoutError'],
    source: 'https://github.com/knex/knex/blob/master/lib/util/timeout.js',
  },
  {
    client: 'oracledb: the driver (connections, pool, time-outs, certificates, services that are not registered)',
    code: /^NJS-(003|040|064|065|076|123|500|501|503|504|505|506|507|508|509|510|511|513|517|518|519|521|530)$/,
    source: 'https://github.com/oracle/node-oracledb/blob/main/lib/errors.js',
  },
  {
    client: 'oracledb: the server (listener, start-up, shutdown, sessions, conflict, access, missing table)',
    code: /^ORA-(00018|00020|00054|00060|00942|01017|01031|01033|01034|01089|01090|01109|03113|03114|03135|08177|12170|12505|12514|12516|12518|12519|12520|12528|12541|12543|12545|16000|28000|28001)$/,
    source: 'https://docs.oracle.com/en/error-help/db/',
  },
  {
    client: 'nodemailer: connections, and the account it sends with',
    code: /^(ECONNECTION|ESOCKET|EDNS|ETLS|EPROXY|EAUTH|ENOAUTH|EOAUTH2)$/,
    source: 'https://github.com/nodemailer/nodemailer/blob/master/lib/errors.js',
  },
  {
    client: 'cassandra-driver',
    names: ['NoHostAvailableError', 'OperationTimedOutError', 'BusyConnectionError', 'AuthenticationError'],
    source: 'https://github.com/datastax/nodejs-driver/blob/master/lib/errors.js',
  },
  {
    client: 'Cassandra: the server, by its codes',
    names: ['ResponseError'],
    // Server error, credentials, unavailable, overloaded, bootstrapping, time-outs and failures of replicas, unauthorized.
    numbers: [0x0000, 0x0100, 0x1000, 0x1001, 0x1002, 0x1100, 0x1200, 0x1300, 0x1500, 0x2100],
    source: 'https://github.com/datastax/nodejs-driver/blob/master/lib/types/index.js',
  },
  {
    client: 'RDS Data API: a database that resumes, is away or is missing, and its secret',
    names: [
      ...['DatabaseResumingException', 'DatabaseUnavailableException', 'DatabaseNotFoundException'],
      ...['HttpEndpointNotEnabledException', 'SecretsErrorException', 'InvalidSecretException'],
    ],
    source: 'https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html',
  },
  {
    client:
      '@kafkajs/confluent-schema-registry: no answer came, which it calls status 400, with what Node.js says behind',
    // Nothing behind: several addresses, none reached. The 400 of a registry has words of its own.
    message:
      /^[^\n]*- Error, status 400($|: ((connect|read|write|getaddrinfo|query[A-Z][A-Za-z]*) E[A-Z_]+|socket hang up|Client network socket disconnected|Parse Error|Timeout \(\d+ms\)|[^\n]*:SSL routines:|certificate |self[- ]signed certificate|unable to (get|verify) |Hostname\/IP does not match))/,
    source: 'https://github.com/kafkajs/confluent-schema-registry/blob/master/src/api/middleware/errorMiddleware.ts',
  },
  {
    client: 'kafkajs',
    names: [
      ...['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSTimeout'],
      ...['KafkaJSNumberOfRetriesExceeded', 'KafkaJSBrokerNotFound', 'KafkaJSLockTimeout', 'KafkaJSMetadataNotLoaded'],
      ...['KafkaJSNoBrokerAvailableError', 'KafkaJSGroupCoordinatorNotFound', 'KafkaJSSASLAuthenticationError'],
      ...['KafkaJSTopicMetadataNotLoaded'],
    ],
    message: /^(Broker not connected|Closed connection)/,
    source: 'https://github.com/tulios/kafkajs/blob/master/src/errors.js',
  },
  {
    client: 'librdkafka (@confluentinc/kafka-javascript, node-rdkafka)',
    names: ['LibrdKafkaError', 'KafkaJSError', 'KafkaJSProtocolError', 'Error'],
    // Local: transport, resolve, timed out, all brokers down, queue full, authentication, and the like.
    numbers: [-195, -193, -192, -187, -185, -184, -181, -180, -169, -168, -167, -153, -152, -144],
    source: 'https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka.h',
  },
];

/** Of HTTP: too early, too late, too many; credentials of the caller; and whatever is the server's fault. */
export const isOutageStatus = (status: number): boolean => status >= 500 || [401, 407, 408, 425, 429].includes(status);

/** gRPC: cancelled, deadline, resources, aborted, internal, unavailable, permission, credentials. https://grpc.io/docs/guides/status-codes/ */
export const GRPC_OUTAGES: ReadonlySet<number> = new Set([1, 4, 7, 8, 10, 13, 14, 16]);
export const GRPC_UNAVAILABLE = 14;
