import { Park, Retry } from '../../../../lambdas/runtime';
import { AnswerError, blameOf, parkDetailOf } from '../../../../lambdas/runtime/consumer/blame';
import { OUTAGES } from '../../../../lambdas/runtime/consumer/outages';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation } from '../simulation';

jest.setTimeout(60_000);

/** Shapes of errors as their clients' source makes them; the clients themselves are asked in real-clients.test.ts. */
const error = (name: string, more: object = {}, message = 'down') =>
  Object.assign(new Error(message), { name, ...more });
class SocketClosedUnexpectedlyError extends Error {}
const grpc = (code: number) => error('Error', { code, details: 'x', metadata: {} }, `${code} X: x`);
const cancelled = (...codes: string[]) =>
  error('TransactionCanceledException', {
    $metadata: { httpStatusCode: 400 },
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

const ABORTED = 'stream has been aborted';
/** As the registry's client for kafkajs says that no answer came: as a status 400. */
const noRegistry = (said: string) =>
  error('ResponseError', { status: 400, unauthorized: false }, `my app - Error, status 400${said && `: ${said}`}`);
const REGISTRY_AWAY = [
  ...[
    '',
    'connect ECONNREFUSED 127.0.0.1:8081',
    'read ECONNRESET',
    'write EPIPE',
    'socket hang up',
    'Timeout (5000ms)',
  ],
  ...['getaddrinfo EAI_AGAIN registry.test', 'queryA ESERVFAIL registry.test', 'certificate has expired'],
  ...['Client network socket disconnected before secure TLS connection was established'],
  ...['Parse Error: Expected HTTP/, RTSP/ or ICE/', 'self-signed certificate in certificate chain'],
  ...['unable to verify the first certificate', "Hostname/IP does not match certificate's altnames: x"],
  ...['80ACD3473E7F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x'],
];

const AWAY: readonly (readonly [client: string, thrown: unknown])[] = [
  ['axios, 503', error('AxiosError', { code: 'ERR_BAD_RESPONSE', response: { status: 503 } })],
  ['axios, 429', error('AxiosError', { code: 'ERR_BAD_REQUEST', response: { status: 429 }, status: 429 })],
  ['axios, its timeout', error('AxiosError', { code: 'ECONNABORTED' })],
  ['axios, network', error('AxiosError', { code: 'ERR_NETWORK' })],
  ['axios, aborted', error('CanceledError', { code: 'ERR_CANCELED' })],
  ['axios, cut off in the body', error('AxiosError', { code: 'ERR_BAD_RESPONSE', response: { status: 200 } }, ABORTED)],
  ['axios, 502 cut off', error('AxiosError', { code: 'ERR_BAD_RESPONSE', response: { status: 502 } }, ABORTED)],
  ['an answer that is no HTTP', error('Error', { code: 'HPE_INVALID_CONSTANT' }, 'Parse Error')],
  ['an answer that is no TLS', error('Error', { code: 'EPROTO', syscall: 'write' })],
  ['fetch, no TLS', new TypeError('x', { cause: error('Error', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }) })],
  ['a name server that fails', error('Error', { code: 'ESERVFAIL', syscall: 'querySrv', hostname: 'h' })],
  ['a name server that refuses', error('Error', { code: 'EREFUSED', syscall: 'querySrv', hostname: 'h' })],
  ['a name server that is silent', error('Error', { code: 'ETIMEOUT', syscall: 'querySrv', hostname: 'h' })],
  ['a name without such records', error('Error', { code: 'ENODATA', syscall: 'querySrv', hostname: 'h' })],
  ...REGISTRY_AWAY.map((said): readonly [string, unknown] => [
    `a schema registry: ${said || 'nothing'}`,
    noRegistry(said),
  ]),
  ['got, 500', error('HTTPError', { code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 500 } })],
  ['got, its timeout', error('TimeoutError', { code: 'ETIMEDOUT', event: 'response' })],
  ['got, cut off in the answer', error('ReadError', { code: 'ERR_READING_RESPONSE_STREAM' })],
  ['ky, 502', error('HTTPError', { response: { status: 502, ok: false } })],
  ['undici, 503', error('ResponseError', { code: 'UND_ERR_RESPONSE', statusCode: 503 })],
  ['undici, body', error('BodyTimeoutError', { code: 'UND_ERR_BODY_TIMEOUT' })],
  ['fetch', new TypeError('fetch failed', { cause: error('Error', { code: 'ECONNREFUSED' }) })],
  ['pg, shut down', error('error', { code: '57P01', severity: 'FATAL' })],
  ['pg, too many connections', error('error', { code: '53300' })],
  ['pg, serialization', error('error', { code: '40001' })],
  ['pg, read-only after a failover', error('error', { code: '25006' })],
  ['pg, cut off', new Error('Connection terminated unexpectedly')],
  ['pg-pool, none free', new Error('timeout exceeded when trying to connect')],
  ['mysql2, cut off', error('Error', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })],
  ['mysql2, too many', error('Error', { code: 'ER_CON_COUNT_ERROR', errno: 1040, sqlState: '08004' })],
  ['mysql2, deadlock', error('Error', { code: 'ER_LOCK_DEADLOCK', errno: 1213, sqlState: '40001' })],
  ['mongodb, network', error('MongoNetworkError')],
  ['mongodb, no server', error('MongoServerSelectionError')],
  ['mongodb, not the primary', error('MongoServerError', { code: 10107 })],
  ['mongodb, labelled', error('MongoServerError', { code: 1, errorLabels: ['RetryableWriteError'] })],
  ['ioredis, retries', error('MaxRetriesPerRequestError')],
  ['ioredis, closed', new Error('Connection is closed.')],
  ['ioredis, loading', error('ReplyError', {}, 'LOADING Redis is loading the dataset in memory')],
  ['ioredis, read-only', error('ReplyError', {}, "READONLY You can't write against a read only replica.")],
  ['redis, closed', new SocketClosedUnexpectedlyError('Socket closed unexpectedly')],
  ['OpenSearch, none alive', error('NoLivingConnectionsError')],
  ['OpenSearch, 503', error('ResponseError', { meta: { statusCode: 503 } })],
  ['OpenSearch, 429', error('ResponseError', { meta: { statusCode: 429 } })],
  ['Stripe, connection', error('Error', { type: 'StripeConnectionError' })],
  ['Stripe, 500', error('Error', { type: 'StripeAPIError', statusCode: 500 })],
  ['Stripe, too many', error('Error', { type: 'StripeRateLimitError', statusCode: 429 })],
  ['gRPC, unavailable', error('Error', { code: 14 })],
  ['gRPC, deadline', grpc(4)],
  ['gRPC, resources', grpc(8)],
  ['Prisma, no database', error('PrismaClientInitializationError', { errorCode: 'P1001' })],
  ['Prisma, pool', error('PrismaClientKnownRequestError', { code: 'P2024' })],
  ['kafkajs', error('KafkaJSNumberOfRetriesExceeded', { retriable: false })],
  ['kafkajs, not the leader', error('KafkaJSProtocolError', { type: 'NOT_LEADER_FOR_PARTITION', retriable: true })],
  ['librdkafka', error('Error', { code: -192, origin: 'local', isFatal: false })],
  ['Sequelize, refused', error('SequelizeConnectionRefusedError', { parent: {}, original: {} })],
  ['Sequelize, none free', error('SequelizeConnectionAcquireTimeoutError')],
  ['Sequelize, deadlock', error('SequelizeTimeoutError')],
  [
    'Sequelize, around a server of pg that shuts down',
    error('SequelizeDatabaseError', { original: error('error', { code: '57P01' }), sql: 'x' }),
  ],
  ['Knex, none free', error('KnexTimeoutError', { cause: error('TimeoutError') })],
  ['postgres.js, cut off', error('Error', { code: 'CONNECTION_CLOSED', errno: 'CONNECTION_CLOSED', address: 'h' })],
  ['postgres.js, its timeout', error('Error', { code: 'CONNECT_TIMEOUT', errno: 'CONNECT_TIMEOUT', address: 'h' })],
  ['postgres.js, ended', error('Error', { code: 'CONNECTION_ENDED', errno: 'CONNECTION_ENDED', address: 'h' })],
  ['oracledb, closed', error('Error', { code: 'NJS-500', isRecoverable: true })],
  ['oracledb, refused', error('Error', { code: 'NJS-511', isRecoverable: false })],
  ['oracledb, none free', error('Error', { code: 'NJS-040', isRecoverable: false })],
  ['oracledb, DPI-1010', error('Error', { code: 'NJS-003' })],
  ['oracledb, no listener', error('Error', { code: 'ORA-12541', errorNum: 12541 })],
  ['oracledb, starting', error('Error', { code: 'ORA-01033', errorNum: 1033 })],
  ['nodemailer, cut off', error('Error', { code: 'ECONNECTION', command: 'CONN' })],
  ['nodemailer, refused', error('Error', { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' })],
  ['nodemailer, its account', error('Error', { code: 'EAUTH', responseCode: 535, permanent: true })],
  ['nodemailer, closing', error('Error', { code: 'EENVELOPE', responseCode: 421, permanent: false })],
  ['Cassandra, no host', error('NoHostAvailableError', { innerErrors: {} })],
  ['Cassandra, its timeout', error('OperationTimedOutError', { host: 'h' })],
  ['Cassandra, too few replicas', error('ResponseError', { code: 0x1000 })],
  ['RDS Data API, resuming', error('DatabaseResumingException', { $metadata: { httpStatusCode: 400 } })],
  ['DynamoDB, throttled', error('ProvisionedThroughputExceededException', { $metadata: { httpStatusCode: 400 } })],
  ['DynamoDB, in conflict', cancelled('None', 'TransactionConflict')],
  ['S3, 503', error('SlowDown', { $metadata: { httpStatusCode: 503 } })],
  [
    'an error of the user around one',
    new Error('payment', { cause: new Error('x', { cause: error('MongoNetworkError') }) }),
  ],
  ['several addresses, none reached', new AggregateError([error('Error', { code: 'ECONNREFUSED' })])],
  ['several, each away', new AggregateError([error('MongoNetworkError'), error('Error', { code: 14 })])],
];

const FAULTS: readonly (readonly [what: string, thrown: unknown])[] = [
  ['a plain error', new Error('no')],
  ['a fault in the code', new TypeError("Cannot read properties of undefined (reading 'id')")],
  ['axios, 404', error('AxiosError', { code: 'ERR_BAD_REQUEST', response: { status: 404 } })],
  ['axios, 404 cut off', error('AxiosError', { code: 'ERR_BAD_RESPONSE', response: { status: 404 } }, ABORTED)],
  ['axios, too large', error('AxiosError', { code: 'ERR_BAD_RESPONSE' }, 'maxContentLength size of 9 exceeded')],
  ['axios, a redirect', error('AxiosError', { code: 'ERR_BAD_RESPONSE', response: { status: 302 } })],
  ['headers that are too large', error('Error', { code: 'HPE_HEADER_OVERFLOW' })],
  ['a name that is none', error('Error', { code: 'EBADNAME', syscall: 'querySrv' })],
  ['a schema registry, 400', error('ResponseError', { status: 400 }, 'my app - Invalid schema id')],
  ['a schema registry, 400 in plain text', noRegistry('Bad Request')],
  ['a schema registry, 404', error('ResponseError', { status: 404 }, 'my app - Schema 7 not found')],
  ['got, 422', error('HTTPError', { code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 422 } })],
  ['ky, 400', error('HTTPError', { response: { status: 400 } })],
  ['pg, unique violation', error('error', { code: '23505' })],
  ['mysql2, duplicate', error('Error', { code: 'ER_DUP_ENTRY', errno: 1062, sqlState: '23000' })],
  ['mongodb, duplicate', error('MongoServerError', { code: 11000 })],
  ['ioredis, wrong type', error('ReplyError', {}, 'WRONGTYPE Operation against a key')],
  ['OpenSearch, mapping', error('ResponseError', { meta: { statusCode: 400 } })],
  ['Stripe, card', error('Error', { type: 'StripeCardError', statusCode: 402 })],
  ['gRPC, invalid argument', grpc(3)],
  ['a command that ended with 8', error('Error', { code: 8, killed: false, cmd: 'x' })],
  ['a command that ended with 14', error('Error', { code: 14, killed: false, cmd: 'x' })],
  ['Prisma, unique', error('PrismaClientKnownRequestError', { code: 'P2002' })],
  ['kafkajs, too large', error('KafkaJSProtocolError', { type: 'MESSAGE_TOO_LARGE', retriable: false })],
  ['Sequelize, unique', error('SequelizeUniqueConstraintError', { original: error('error', { code: '23505' }) })],
  ['postgres.js, undefined', error('Error', { code: 'UNDEFINED_VALUE' })],
  ['oracledb, unique', error('Error', { code: 'ORA-00001', errorNum: 1 })],
  ['oracledb, a bind value', error('Error', { code: 'NJS-011' })],
  ['nodemailer, a recipient', error('Error', { code: 'EENVELOPE', responseCode: 550, permanent: true })],
  ['Cassandra, invalid', error('ResponseError', { code: 0x2200 })],
  ['RDS Data API, statement timeout', error('StatementTimeoutException', { $metadata: { httpStatusCode: 400 } })],
  ['DynamoDB, condition', cancelled('None', 'ConditionalCheckFailed', 'TransactionConflict')],
  ['a file that is not there', error('Error', { code: 'ENOENT', errno: -2, syscall: 'open' })],
  [
    'several, one of them the event at fault',
    new AggregateError([error('MongoNetworkError'), error('x', { status: 404 })]),
  ],
  [
    'an answer of the event at fault, whose connection broke then',
    error('x', { status: 404, cause: error('x', { code: 'EPIPE' }) }),
  ],
  ['text', 'no'],
  ['nothing', undefined],
];

test.each(AWAY)('an event whose call meets %s waits: it is no attempt', (_, thrown) => {
  expect(blameOf(thrown)).toBe('circumstances');
});

test.each(FAULTS)('an event whose call meets %s is tried again, and parked in the end', (_, thrown) => {
  expect(blameOf(thrown)).toBe('attempt');
});

test('each row of the table says whose it is, and has a source that can be looked up', () => {
  const wrong = OUTAGES.filter(({ client, source }) => client === '' || !/^https:\/\/[^ ]+$/.test(source));
  expect(wrong).toEqual([]);
});

test('an error that has itself for a cause, or is made of a thousand, is looked at once', () => {
  const round = error('Error');
  Object.assign(round, { cause: round });
  const wide = new AggregateError(Array.from({ length: 1_000 }, () => round));
  Object.assign(wide, { errors: [...(wide.errors as unknown[]), wide, wide] });
  expect([blameOf(round), blameOf(wide)]).toEqual(['attempt', 'attempt']);
});

describe('an error that is not known', () => {
  const odd = error('OddError');
  test("waits where the consumer says so; what is known to be the event's fault does not", () => {
    expect(blameOf(odd, 'wait')).toBe('circumstances');
    expect(blameOf(error('x', { response: { status: 404 } }), 'wait')).toBe('attempt');
    expect(blameOf(new AnswerError('HTTP status 404', 'attempt'), 'wait')).toBe('attempt');
    expect(blameOf(new Park('no'), 'wait')).toBe('park');
  });

  test.each(['write', 'call'] as const)(
    'with %s: parked after five attempts, or waited for and never parked',
    async (effect) => {
      const ends = async (unknownErrors?: 'wait') => {
        const all = simulation();
        const fails = () => Promise.reject(odd);
        const handler = effect === 'write' ? { write: fails } : { call: fails };
        const answer = await all.deliver(
          kafkaEvent({ offset: 1, id: 'a' }),
          { decode: json(), unknownErrors, ...handler },
          15_000,
        );
        return [reported(answer).length, all.records('parked').length];
      };
      expect(await ends()).toEqual([0, 1]);
      expect(await ends('wait')).toEqual([1, 0]);
    },
  );

  test('a word that is none is refused when the consumer is made', () => {
    const options = { decode: json(), write: () => [], unknownErrors: 'ignore' as never };
    const { deliver } = simulation();
    expect(() => deliver(kafkaEvent({ offset: 1 }), options)).toThrow(
      /unknownErrors: got "ignore", want 'attempt' or 'wait'/,
    );
  });
});

describe("the handler's own word", () => {
  const card = 'card 4111111111111111';
  test.each([
    ['around it', new Error(card, { cause: new Park('the card is refused') })],
    ['around that', new Error(card, { cause: new Error(card, { cause: new Park('the card is refused') }) })],
    ['of several', new AggregateError([error('MongoNetworkError'), new Park('the card is refused')], card)],
    [
      'an outage around it',
      error('AxiosError', { code: 'ECONNABORTED', cause: new Park('the card is refused') }, card),
    ],
  ])('Park counts with an error %s, and its own sentence alone goes into letter and log', async (_, thrown) => {
    expect([blameOf(thrown), parkDetailOf(thrown)]).toEqual(['park', 'the card is refused']);
    const all = simulation();
    const write = () => Promise.reject(thrown);
    await all.deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), write });
    expect(all.letters()).toMatchObject([{ detail: 'the card is refused' }]);
    expect(JSON.stringify([all.letters(), all.log.lines])).not.toContain('4111111111111111');
  });

  test('Retry counts with an error around it', () => {
    expect(blameOf(error('AxiosError', { status: 404, cause: new Retry('not yet') }))).toBe('circumstances');
  });
});

test.each([
  ['nothing', undefined],
  ['text', 'x'],
  ['an object without either', {}],
  ['a reason that is no text', { undecodable: 7 }],
])(
  'an event for which the decoder answers %s is one attempt after the other, and its neighbours are applied',
  async (_, read) => {
    for (const effect of ['write', 'call'] as const) {
      const all = simulation();
      const decode = { decode: ({ id }: { id: string }) => (id === 'bad' ? (read as never) : { data: id }) };
      const event = kafkaEvent({ offset: 1, id: 'bad', key: 'a' }, { offset: 2, id: 'good', key: 'b' });
      const write = (id: string) => [put({ TableName: 'orders', Item: { id } })];
      const answer = await all.deliver(
        event,
        effect === 'write' ? { decode, write } : { decode, call: () => undefined },
      );
      expect(reported(answer)).toEqual([]);
      expect(all.letters()).toMatchObject([{ id: 'bad', reason: 'handler-error' }]);
      expect(all.records('done')).toHaveLength(1);
    }
  },
);
