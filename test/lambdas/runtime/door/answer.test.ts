/** What the caller of the HTTP door hears, by which it knows what to do. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { httpDoor } from '../../../../lambdas/runtime/door';
import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { RecordingLog } from '../../../../simulation/watching/recording-log';

const SHOP = 'arn:aws:iam::111122223333:user/shop';
const requestContext = { requestId: 'JKJa/+LvHcE=', authorizer: { iam: { userArn: SHOP } } };
const BATCH = 'application/cloudevents-batch+json';

const acked: Partial<Outcome> = { kind: 'acked', topic: 'orders', partition: 0, offset: 7 };
const spilled: Partial<Outcome> = { kind: 'spilled', object: 'o' };
const unknown: Partial<Outcome> = { kind: 'unknown', reason: 'r' };
const rejected = (code: string, reason = 'r'): Partial<Outcome> => ({ kind: 'rejected', code, reason });

interface Body {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly results?: readonly { readonly outcome: string; readonly status: number }[];
}

/** The answer to a batch whose events ended so. */
async function answered(outcomes: readonly Partial<Outcome>[], request: object = {}) {
  const publishAll = (events: readonly NewEvent[]) =>
    Promise.resolve(events.map(({ id }, n) => ({ id, source: `${SHOP}#x`, ...outcomes[n] }) as Outcome));
  const log = new RecordingLog();
  const body = JSON.stringify(outcomes.map((_, n) => ({ id: `e${n}`, type: 'order.placed', data: n })));
  const event = { headers: { 'Content-Type': BATCH }, body, isBase64Encoded: false, requestContext, ...request };
  const answer = await httpDoor({ publishAll }, { log })(event, { getRemainingTimeInMillis: () => 28_000 });
  return { ...answer, text: answer.body ?? '', body: JSON.parse(answer.body ?? '') as Body, log };
}

describe('the status says what to do', () => {
  test.each<[status: number, outcomes: Partial<Outcome>[], each?: number[]]>([
    [202, []],
    [202, [acked, acked]],
    [202, [spilled]],
    [202, [acked, spilled]],
    [202, [{ kind: 'parked', object: 'o', code: 'MESSAGE_TOO_LARGE', reason: 'r' }]],
    [202, [{ kind: 'forwarded', functionName: 'f', code: 'MESSAGE_TOO_LARGE', reason: 'r' }]],
    [202, [{ kind: 'sent', acks: 0, topic: 'orders', partition: 0 }]],
    [422, [rejected('INVALID_EVENT')]],
    [422, [rejected('INVALID_EVENT'), rejected('INVALID_RECORD')]],
    [413, [rejected('MESSAGE_TOO_LARGE')]],
    [413, [rejected('RECORD_LIST_TOO_LARGE')]],
    [413, [{ kind: 'dropped', because: 'b', code: 'MESSAGE_TOO_LARGE', reason: 'r' }]],
    [503, [rejected('UNAVAILABLE')]],
    [503, [rejected('TOPIC_AUTHORIZATION_FAILED')]],
    [503, [unknown, unknown]],
    [503, [rejected('UNAVAILABLE'), unknown]],
    [207, [acked, unknown], [202, 503]],
    [207, [spilled, rejected('UNAVAILABLE')], [202, 503]],
    [
      207,
      [rejected('INVALID_EVENT'), rejected('MESSAGE_TOO_LARGE'), rejected('BUFFER_EXHAUSTED'), acked],
      [422, 413, 503, 202],
    ],
  ])('%d', async (status, outcomes, each = outcomes.map(() => status)) => {
    const { statusCode, headers, body } = await answered(outcomes);
    expect(statusCode).toBe(status);
    expect(body.results?.map((result) => result.status)).toEqual(each);
    // Each event has its outcome, in the order of the request, in every answer to events.
    expect(body.results?.map(({ outcome }) => outcome)).toEqual(outcomes.map(({ kind }) => kind));
    const contentType = status < 400 ? 'application/json' : 'application/problem+json';
    expect([headers?.['content-type'], body.status]).toEqual([contentType, status < 400 ? undefined : status]);
  });
});

describe('an answer of 503 says when to send again', () => {
  test.each<[seconds: string | undefined, outcomes: Partial<Outcome>[]]>([
    ['5', [unknown]],
    ['5', [rejected('UNAVAILABLE'), rejected('BUFFER_EXHAUSTED')]],
    ['60', [rejected('UNAVAILABLE'), rejected('TOPIC_AUTHORIZATION_FAILED')]],
    [undefined, [rejected('MESSAGE_TOO_LARGE')]],
    [undefined, [acked]],
  ])('after %s seconds', async (seconds, outcomes) => {
    expect((await answered(outcomes)).headers?.['retry-after']).toBe(seconds);
  });
});

describe('a problem of the events is told apart from one of the request', () => {
  test('the events’ own have results, and of one event its reason', async () => {
    const { body } = await answered([rejected('INVALID_EVENT', 'event id: got nothing')]);
    expect(body).toEqual({
      type: 'urn:cdk-lossless-kafka:event-refused',
      title: 'The event breaks a rule and will never be taken',
      status: 422,
      detail: 'event id: got nothing',
      instance: '#JKJa%2F%2BLvHcE%3D',
      results: [{ id: 'e0', outcome: 'rejected', status: 422, code: 'INVALID_EVENT', reason: 'event id: got nothing' }],
    });
    const many = await answered([unknown, unknown]);
    expect(many.body.detail).toBe('this holds for each of the 2 events; results say why');
  });

  test.each<[status: number, type: string, request: object, detail: string]>([
    [400, 'malformed-request', { body: '[x' }, 'body: got 2 bytes that are no JSON'],
    [413, 'request-too-large', { body: `[${'0,'.repeat(1_000)}0]` }, 'batch: got 1001 events'],
    [415, 'unsupported-format', { headers: { 'content-type': 'text/plain' } }, 'content-type: got "text/plain"'],
    [403, 'unnamed-caller', { requestContext: {} }, 'caller: got nobody'],
    [
      405,
      'other-method',
      { requestContext: { ...requestContext, http: { method: 'GET' } } },
      'method: got GET, want POST',
    ],
  ])('the request’s have none: %d', async (status, type, request, detail) => {
    const { statusCode, headers, body } = await answered([acked], request);
    expect([statusCode, headers?.['content-type']]).toEqual([status, 'application/problem+json']);
    expect(body).toMatchObject({ type: `urn:cdk-lossless-kafka:${type}`, status });
    expect(body.detail).toContain(detail);
    expect([body.results, body.instance]).toEqual([undefined, status === 403 ? undefined : '#JKJa%2F%2BLvHcE%3D']);
  });

  test('by another method than POST nothing is published, and the answer says which one is', async () => {
    const publishAll = jest.fn();
    const attributes = { 'ce-id': 'a', 'ce-type': 't', 'content-type': 'text/plain' };
    const request = { headers: attributes, isBase64Encoded: false, requestContext: { ...requestContext, http: { method: 'GET' } } }; // prettier-ignore
    const answer = await httpDoor({ publishAll })(request, { getRemainingTimeInMillis: () => 28_000 });
    expect([answer.statusCode, answer.headers?.['allow']]).toEqual([405, 'POST']);
    expect(publishAll).not.toHaveBeenCalled();
  });

  test('each kind has a type and a title of its own', async () => {
    const requests = [{ body: '[x' }, { body: `[${'0,'.repeat(1_000)}0]` }, { headers: { 'content-type': 'x/y' } }, { requestContext: {} }, { requestContext: { http: { method: 'GET' } } }]; // prettier-ignore
    const answers = await Promise.all([
      ...[rejected('INVALID_EVENT'), rejected('MESSAGE_TOO_LARGE'), unknown].map((outcome) => answered([outcome])),
      ...requests.map((request) => answered([acked], request)),
    ]);
    expect(new Set(answers.map(({ body }) => body.type)).size).toBe(8);
    expect(new Set(answers.map(({ body }) => body.title)).size).toBe(8);
  });
});

test('what an answer says names no account, no ARN and no bucket, whatever the reason; the log has it', async () => {
  const arn = 'arn:aws:iam::111122223333:role/ingest is not authorized to s3:PutObject on arn:aws:s3:::spill-bucket';
  const about = { code: 'TOPIC_AUTHORIZATION_FAILED', reason: arn };
  const answer = await answered([
    { kind: 'spilled', object: 'spill-bucket/o' },
    { kind: 'rejected', ...about },
    { kind: 'rejected', ...about },
    { kind: 'unknown', reason: arn },
    { kind: 'parked', object: 'spill-bucket/o', ...about },
    { kind: 'forwarded', functionName: arn, ...about },
    { kind: 'dropped', because: arn, ...about },
    acked,
  ]);
  const mended = expect.stringContaining('mended') as string;
  expect(answer.text).not.toMatch(/arn:|111122223333|bucket/);
  expect(answer.body.results).toEqual([
    { id: 'e0', outcome: 'spilled', status: 202 },
    { id: 'e1', outcome: 'rejected', status: 503, code: 'TOPIC_AUTHORIZATION_FAILED', reason: mended },
    { id: 'e2', outcome: 'rejected', status: 503, code: 'TOPIC_AUTHORIZATION_FAILED', reason: mended },
    { id: 'e3', outcome: 'unknown', status: 503, reason: expect.stringContaining('same id') as string },
    { id: 'e4', outcome: 'parked', status: 202, code: 'TOPIC_AUTHORIZATION_FAILED' },
    { id: 'e5', outcome: 'forwarded', status: 202, code: 'TOPIC_AUTHORIZATION_FAILED' },
    { id: 'e6', outcome: 'dropped', status: 503, code: 'TOPIC_AUTHORIZATION_FAILED' },
    { id: 'e7', outcome: 'acked', status: 202, topic: 'orders', partition: 0, offset: 7 },
  ]);
  expect(answer.log.of('events not taken')).toEqual([{ ...about, events: 2 }]);
});

describe('docs/door.md', () => {
  const page = readFileSync(resolve(__dirname, '../../../../docs/door.md'), 'utf8');

  test('shows a problem as the door answers it', async () => {
    const [, shown = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    const context = { ...requestContext, requestId: 'JKJaXmPLvHcESHA=' };
    const headers = { 'content-type': 'application/json' };
    const { body } = await answered([], {
      headers,
      body: '{"id":"a","type":"t","specversion":"0.3"}',
      requestContext: context,
    });
    expect(JSON.parse(shown)).toEqual(body);
  });

  test('lists every type, with its status', async () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| `'));
    for (const code of ['INVALID_EVENT', 'MESSAGE_TOO_LARGE', 'UNAVAILABLE']) {
      const { body } = await answered([rejected(code)]);
      const type = body.type?.replace('urn:cdk-lossless-kafka:', '`');
      expect(lines.filter((line) => line.includes(`${type}\``) && line.includes(String(body.status)))).toHaveLength(1);
    }
  });
});
