import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { heed, PARTIAL_ANSWERS } from '../../../../lambdas/runtime/consumer/effects/answers';
import { blameOf } from '../../../../lambdas/runtime/consumer/blame';
import { bytes, json } from '../../../../lambdas/runtime/event/decode';
import { kafkaEvent, reported, simulation } from '../simulation';

jest.setTimeout(60_000);

const blameFor = (answer: unknown, unknown: 'attempt' | 'wait' = 'attempt'): string => {
  try {
    heed(answer);
    return 'done';
  } catch (error) {
    return blameOf(error, unknown);
  }
};
const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });

describe('an event is not done whose call answers', () => {
  test.each<[string, unknown, string]>([
    ['a Response 503', new Response('', { status: 503 }), 'circumstances'],
    ['a Response 500', new Response('', { status: 500 }), 'circumstances'],
    ['a Response 429', new Response('', { status: 429 }), 'circumstances'],
    ['a Response 404', new Response('', { status: 404 }), 'attempt'],
    ['a Response 302 that was not followed', new Response(null, { status: 302 }), 'attempt'],
    ['Response.error()', Response.error(), 'attempt'],
    ['undici, 503', { statusCode: 503, headers: {}, body: Readable.from(['x']) }, 'circumstances'],
    ['axios that throws for no status, 409', { status: 409, statusText: 'Conflict', data: {}, headers: {} }, 'attempt'],
    ['ok: false', { ok: false, error: 'channel_not_found' }, 'attempt'],
    [
      'PutEvents, one of two throttled',
      { FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }] },
      'circumstances',
    ],
    [
      'PutEvents, one malformed and one throttled',
      { FailedEntryCount: 2, Entries: [{ ErrorCode: 'MalformedDetail' }, { ErrorCode: 'InternalFailure' }] },
      'attempt',
    ],
    ['PutEvents without a code', { FailedEntryCount: 1 }, 'attempt'],
    [
      'Firehose',
      { FailedPutCount: 1, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }] },
      'circumstances',
    ],
    [
      'Kinesis',
      { FailedRecordCount: 1, Records: [{ ErrorCode: 'ProvisionedThroughputExceededException' }] },
      'circumstances',
    ],
    ['IoT and others, a small letter first', { failedEntries: [{ errorCode: 'InvalidInput' }] }, 'attempt'],
    [
      'a small letter first, throttled',
      { failedEntryCount: 1, entries: [{ errorCode: 'ThrottlingException' }] },
      'circumstances',
    ],
    [
      'BatchExecuteStatement, one of two refused',
      { Responses: [{ TableName: 'orders' }, { Error: { Code: 'ConditionalCheckFailed', Message: 'x' } }] },
      'attempt',
    ],
    [
      'BatchExecuteStatement, throttled',
      { Responses: [{ Error: { Code: 'ThrottlingException', Message: 'x' } }] },
      'circumstances',
    ],
    ['GraphQL', { data: null, errors: [{ message: 'x' }] }, 'attempt'],
    ['a state machine that was stopped', { executionArn: 'arn', status: 'ABORTED' }, 'attempt'],
    ['BatchWriteItem', { UnprocessedItems: { orders: [{}] } }, 'circumstances'],
    ['BatchGetItem', { UnprocessedKeys: { orders: { Keys: [{}] } } }, 'circumstances'],
    ['Invoke', { StatusCode: 200, FunctionError: 'Unhandled' }, 'attempt'],
    [
      'SendMessageBatch',
      { Successful: [], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] },
      'circumstances',
    ],
    [
      'SendMessageBatch, our fault',
      { Failed: [{ Id: '1', Code: 'InvalidMessageContents', SenderFault: true }] },
      'attempt',
    ],
    [
      'SES, one of two throttled',
      { BulkEmailEntryResults: [{ Status: 'SUCCESS', MessageId: '1' }, { Status: 'ACCOUNT_THROTTLED' }] },
      'circumstances',
    ],
    [
      'SES, one of two rejected',
      { BulkEmailEntryResults: [{ Status: 'MESSAGE_REJECTED', Error: 'x' }, { Status: 'TRANSIENT_FAILURE' }] },
      'attempt',
    ],
    [
      'SES with templates, a failure that passes',
      { $metadata: {}, Status: [{ Status: 'Success' }, { Status: 'TransientFailure' }] },
      'circumstances',
    ],
    ['SES with templates, rejected', { $metadata: {}, Status: [{ Status: 'MessageRejected' }] }, 'attempt'],
    [
      'IoT SiteWise, throttled',
      { errorEntries: [{ entryId: '1', errors: [{ errorCode: 'ThrottlingException', errorMessage: 'x' }] }] },
      'circumstances',
    ],
    [
      'IoT SiteWise, one of two values out of range',
      {
        errorEntries: [
          { entryId: '1', errors: [{ errorCode: 'InternalFailureException' }] },
          { entryId: '2', errors: [{ errorCode: 'TimestampOutOfRangeException' }] },
        ],
      },
      'attempt',
    ],
    ['IoT Events, its failure', { errorEntries: [{ errorCode: 'InternalFailureException' }] }, 'circumstances'],
    ['IoT Events, an alarm', { errorEntries: [{ requestId: '1', errorCode: 'ThrottlingException' }] }, 'circumstances'],
    ...['BatchPutMessage', 'batchUpdateDetector', 'batchDeleteDetector'].map((action): [string, unknown, string] => [
      `IoT Events, ${action}`,
      { [`${action}ErrorEntries`]: [{ messageId: '1', errorCode: 'ServiceUnavailableException' }] },
      'circumstances',
    ]),
    [
      'Comprehend, one of two',
      { ResultList: [{ Index: 0 }], ErrorList: [{ Index: 1, ErrorCode: 'INTERNAL_SERVER_ERROR' }] },
      'attempt',
    ],
    ['SSM', { DeletedParameters: ['a'], InvalidParameters: ['b'] }, 'attempt'],
    [
      'Pinpoint, an address throttled',
      {
        MessageResponse: { Result: { '+1': { DeliveryStatus: 'SUCCESSFUL' }, '+2': { DeliveryStatus: 'THROTTLED' } } },
      },
      'circumstances',
    ],
    [
      'Pinpoint, an address opted out',
      { MessageResponse: { Result: { '+1': { DeliveryStatus: 'OPT_OUT' }, '+2': { DeliveryStatus: 'THROTTLED' } } } },
      'attempt',
    ],
    [
      'Pinpoint, a user',
      { SendUsersMessageResponse: { Result: { u: { e: { DeliveryStatus: 'TEMPORARY_FAILURE' } } } } },
      'circumstances',
    ],
    ['DeleteObjects', { Deleted: [], Errors: [{ Code: 'SlowDown' }] }, 'circumstances'],
    ['a state machine', { executionArn: 'arn', status: 'FAILED', error: 'x' }, 'attempt'],
    ['a bulk request', { body: { errors: true, items: [] }, statusCode: 200 }, 'attempt'],
    ['an error that was caught and returned', down, 'circumstances'],
    [
      'allSettled, one of two rejected',
      [
        { status: 'fulfilled', value: 1 },
        { status: 'rejected', reason: down },
      ],
      'circumstances',
    ],
    ['several, one of them 503', [new Response('x'), new Response('', { status: 503 })], 'circumstances'],
    [
      'several, one of them 503 and one 404',
      [new Response('', { status: 404 }), new Response('', { status: 503 })],
      'attempt',
    ],
  ])('%s', (_, answer, blame) => {
    expect(blameFor(answer)).toBe(blame);
  });
});

test('what an answer does not say is a question of the setting', () => {
  expect(blameFor({ FunctionError: 'Unhandled' }, 'wait')).toBe('circumstances');
  expect(blameFor(new Response('', { status: 404 }), 'wait')).toBe('attempt');
});

test.each<[string, unknown]>([
  ...([
    ['nothing', undefined],
    ['null', null],
    ['false', false],
    ['text', 'FAILED'],
    ['a number', 503],
  ] as [string, unknown][]),
  ...([
    ['a Response 200', new Response('x')],
    ['a Response 204', new Response(null, { status: 204 })],
  ] as [string, unknown][]),
  ['PutEvents, none failed', { FailedEntryCount: 0, Entries: [{ EventId: '1' }] }],
  ['BatchWriteItem, all', { UnprocessedItems: {} }],
  ['BatchGetItem, all', { UnprocessedKeys: {} }],
  ['SendMessageBatch, all', { Successful: [{}], Failed: [] }],
  ['Invoke', { StatusCode: 202, $metadata: { httpStatusCode: 202 } }],
  ['a bulk request', { body: { errors: false }, statusCode: 200 }],
  ['counts of the user', { done: 3, failed: 1, errors: ['skipped'], Responses: [{ Item: {} }] }],
  ['GraphQL without errors', { data: {}, errors: [] }],
  ['SES, all', { BulkEmailEntryResults: [{ Status: 'SUCCESS', MessageId: '1' }] }],
  ['SES with templates, all', { $metadata: {}, Status: [{ Status: 'Success', MessageId: '1' }] }],
  ['IoT SiteWise, all', { errorEntries: [] }],
  ['IoT Events, all', { BatchPutMessageErrorEntries: [] }],
  ['Comprehend, all', { ResultList: [{ Index: 0 }], ErrorList: [] }],
  ['SSM, all', { DeletedParameters: ['a'], InvalidParameters: [] }],
  [
    'Pinpoint, all',
    { MessageResponse: { Result: { '+1': { DeliveryStatus: 'SUCCESSFUL' }, '+2': { DeliveryStatus: 'DUPLICATE' } } } },
  ],
  [
    'fields of the user by such names',
    { Status: [{ Status: 'Failed' }], ErrorList: ['x'], errorList: ['x'], invalidParameters: ['x'], errorEntries: 3 },
  ],
  ['a record of the user', { id: 'order-7', status: 'FAILED', state: 503 }],
  ['allSettled, all', [{ status: 'fulfilled', value: 1 }]],
])('an event is done whose call answers %s', (_, answer) => {
  expect(blameFor(answer)).toBe('done');
});

test('each row of the table has a source that can be looked up', () => {
  expect(PARTIAL_ANSWERS.filter(({ source }) => !source.startsWith('https://docs.aws.amazon.com/'))).toEqual([]);
});

test('an answer that says no is in the log by its status or field, and none of what it holds is', async () => {
  const all = simulation();
  const secret = 'card 4111111111111111';
  const call = () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail', ErrorMessage: secret }] });
  expect(reported(await all.deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), call }))).toEqual([]);
  expect(all.letters()).toMatchObject([
    { detail: '5 attempts: call failed, last with FailedEntryCount in the answer: MalformedDetail' },
  ]);
  expect(JSON.stringify([all.letters(), all.log.lines])).not.toContain('4111');
});

describe('the body of an answer that nobody reads', () => {
  let server: Server;
  let respond: (response: ServerResponse) => void;
  beforeAll(async () => {
    server = createServer((_, response) => respond(response));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const settle = async (until: () => boolean) => {
    for (let i = 0; i < 100 && !until(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  test.each([200, 503])('that never ends (%i) is let go of, and holds nobody up', async (status) => {
    let isClosed = false;
    respond = (response) => {
      response.on('close', () => (isClosed = true));
      response.writeHead(status).write('the first part');
    };
    const answer = await fetch(url());
    expect(blameFor(answer)).toBe(status === 200 ? 'done' : 'circumstances');
    await settle(() => isClosed);
    expect(isClosed).toBe(true);
  });

  test('that the call has read, or is reading, is left alone', async () => {
    respond = (response) => void response.writeHead(200).end('{"id":1}');
    const read = await fetch(url());
    await read.json();
    const reading = await fetch(url());
    const reader = reading.body!.getReader();
    expect([blameFor(read), blameFor(reading)]).toEqual(['done', 'done']);
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
  });

  test('that fails to be let go of fails no event', async () => {
    const body = { locked: false, cancel: () => Promise.reject(new Error('no')) };
    expect(blameFor({ status: 200, ok: true, body, bodyUsed: false })).toBe('done');
    const all = simulation();
    const options = { decode: bytes, call: () => ({ status: 204, body }) };
    expect(reported(await all.deliver(kafkaEvent({ offset: 1 }), options))).toEqual([]);
  });
});
