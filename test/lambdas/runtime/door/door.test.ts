import type { CallerContext } from '../../../../lambdas/runtime/door/caller';
import { httpDoor, type DoorOptions } from '../../../../lambdas/runtime/door';
import { headerText } from '../../../../lambdas/runtime/event/event';
import { scriptedProducer } from '../simulation/scripted-producer';
import type { Step } from '../simulation/scripted-port';

const CLOUDEVENT = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const SHOP = 'arn:aws:iam::111122223333:user/shop';
const unnamedCallers = { environment: { unnamedCallers: 'a test' } };
const good = { id: 'a', type: 'order.placed', data: { amount: 1 } };

/** One request to a door before a scripted Kafka. */
async function post(
  body: unknown,
  {
    headers = {},
    kafka,
    base64,
    userArn = SHOP,
  }: { headers?: Record<string, string>; kafka?: () => Step; base64?: boolean; userArn?: string } = {},
) {
  const { clock, port, producer } = scriptedProducer({ kafka });
  const text =
    typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const event = { headers, body: text.toString(base64 ? 'base64' : 'utf8'), isBase64Encoded: base64 ?? false };
  const requestContext = { authorizer: { iam: { userArn } } };
  const response = await clock.run(
    httpDoor(producer)({ ...event, requestContext }, { getRemainingTimeInMillis: () => 28_000 }),
  );
  const answer = JSON.parse(response.body ?? '') as { detail?: string; results?: Record<string, unknown>[] };
  const [record] = [...port.log.values()].flat();
  return {
    status: response.statusCode,
    answer,
    record,
    ids: port.ids(),
    header: (name: string) => record && headerText(record.headers, name),
  };
}

test('an event in the body is acknowledged with its place', async () => {
  const { status, answer, header, record } = await post({
    ...good,
    source: 'urn:me',
    partitionkey: 'k',
    region: 'eu',
    retry: 3,
  });
  expect(status).toBe(202);
  expect(answer.results).toEqual([{ id: 'a', outcome: 'acked', status: 202, topic: 'orders', partition: expect.any(Number) as number, offset: 0 }]); // prettier-ignore
  expect(header('ce_source')).toBe(`${SHOP}#urn:me`);
  expect([header('ce_type'), header('ce_region'), header('ce_retry'), header('content-type')]).toEqual(['order.placed', 'eu', '3', 'application/json']); // prettier-ignore
  expect([String(record?.key), String(record?.value)]).toEqual(['k', '{"amount":1}']);
});

test('an event without an id takes it from the Idempotency-Key, its own id comes first', async () => {
  const headers = { 'Idempotency-Key': 'key-1' };
  expect((await post({ ...good, id: undefined }, { headers })).ids).toEqual(['key-1']);
  expect((await post(good, { headers })).ids).toEqual(['a']);
});

test("an event's source is the caller's own, and what it says lies beneath: nobody speaks for another", async () => {
  const claimed = await post({ ...good, source: 'arn:aws:iam::111122223333:user/bank' });
  expect(claimed.header('ce_source')).toBe(`${SHOP}#arn:aws:iam::111122223333:user/bank`);
  expect((await post(good)).header('ce_source')).toBe(SHOP);
});

test('who has a token speaks for its subject, whatever else the token or the event says', async () => {
  const { clock, port, producer } = scriptedProducer();
  const claims = { iss: 'https://login.example.com', sub: 'alice', client_id: 'app', source: 'bank' };
  const requestContext = { authorizer: { jwt: { claims, scopes: ['orders/write'] } } };
  const body = JSON.stringify([good, { ...good, id: 'b', source: 'https://login.example.com/bob' }]);
  const event = { headers: { 'content-type': BATCH }, body, isBase64Encoded: false, requestContext };
  await clock.run(httpDoor(producer)(event, { getRemainingTimeInMillis: () => 28_000 }));
  const sources = [...port.log.values()].flat().map(({ headers }) => headerText(headers, 'ce_source'));
  const own = 'https://login.example.com/alice';
  expect(sources.sort()).toEqual([own, `${own}#https://login.example.com/bob`]);
});

describe('a caller whom nobody names', () => {
  const request = { headers: {}, body: JSON.stringify({ ...good, source: 'urn:me' }), isBase64Encoded: false };
  const nobody = { authorizer: { jwt: { claims: { iss: 'https://id.example' } } } };
  const posted = async (options?: DoorOptions, requestContext: CallerContext = nobody) => {
    const { clock, port, producer } = scriptedProducer();
    const door = httpDoor(producer, options);
    const { statusCode } = await clock.run(door({ ...request, requestContext }, { getRemainingTimeInMillis: () => 28_000 })); // prettier-ignore
    const [record] = [...port.log.values()].flat();
    return { statusCode, ids: port.ids(), source: record && headerText(record.headers, 'ce_source') };
  };

  test('is refused, and nothing of theirs is published', async () => {
    expect(await posted()).toEqual({ statusCode: 403, ids: [], source: undefined });
    expect(await posted({}, {})).toEqual({ statusCode: 403, ids: [], source: undefined });
  });

  test('is anonymous where the stack takes unnamed callers', async () => {
    expect(await posted(unnamedCallers)).toEqual({ statusCode: 202, ids: ['a'], source: 'anonymous#urn:me' });
  });

  test('is named where the stack says what of a Lambda authorizer names them', async () => {
    const context = { authorizer: { lambda: { userId: 'u/1' } } };
    expect(await posted({}, context)).toMatchObject({ statusCode: 403 });
    const named = await posted({ environment: { callerKey: 'userId' } }, context);
    expect(named).toEqual({ statusCode: 202, ids: ['a'], source: 'lambda-authorizer/u%2F1#urn:me' });
  });
});

test('headers of our own are not taken from outside', async () => {
  const headers = { 'Lossless-Redrive': 'billing:1', 'lossless-x': 'y' };
  const { status, record } = await post(good, { headers });
  expect(status).toBe(202);
  expect(record?.headers.map(([name]) => name).filter((name) => name.startsWith('lossless'))).toEqual([]);
  const attributes = { 'ce-id': 'a', 'ce-type': 't', 'content-type': 'text/plain' };
  expect((await post('x', { headers: { ...attributes, 'ce-lossless-redrive': 'billing:1' } })).status).toBe(422);
});

test('attributes as headers leave the body as it is', async () => {
  const headers = { 'ce-id': 'a', 'ce-type': 'order.placed', 'ce-source': '/%C3%BC', 'content-type': 'image/png' };
  const { status, record, header } = await post(Buffer.from([0, 255, 10]), { headers, base64: true });
  expect([status, header('ce_source'), header('content-type')]).toEqual([202, `${SHOP}#/ü`, 'image/png']);
  expect(record?.value).toEqual(Buffer.from([0, 255, 10]));
});

test.each<[string, object, string | null]>([
  ['base64', { data: undefined, data_base64: 'AP8=' }, '00ff'],
  ['text of another type', { datacontenttype: 'text/plain', data: 'ü' }, 'c3bc'],
  ['a JSON string', { data: 'ü' }, Buffer.from('"ü"').toString('hex')],
  ['nothing', { data: undefined }, null],
  ['null', { data: null }, null],
])('data given as %s is the value of the record', async (_what, data, hex) => {
  const { record } = await post({ ...good, ...data }, { headers: { 'content-type': CLOUDEVENT } });
  expect(record?.value === null ? null : Buffer.from(record?.value ?? '').toString('hex')).toBe(hex);
});

describe('a request that holds no event to publish is answered with one clear error', () => {
  test.each<[string, unknown, string | undefined, string]>([
    ['no JSON', '{"id":', undefined, 'body: got '],
    ['nothing', '', undefined, 'body: got '],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined, 'body: got '],
    ['a batch that is none', good, BATCH, 'batch: got no JSON array'],
    [
      'an array that is no batch',
      [good],
      undefined,
      'event: got an array, want a JSON object; send several events as application/cloudevents-batch+json',
    ],
    ['a number', 7, CLOUDEVENT, 'event: got 7, want a JSON object'],
  ])('%s', async (_what, body, contentType, message) => {
    const { status, answer, ids } = await post(body, {
      headers: contentType ? { 'content-type': contentType } : {},
      base64: true,
    });
    expect([status, ids]).toEqual([400, []]);
    expect(answer.detail).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ['no id', { ...good, id: undefined }, 'event id: got nothing, want a string of 1 to 512 characters'],
    ['no type', { ...good, type: undefined }, 'event type: got nothing'],
    ['an id of another type', { ...good, id: 7 }, 'event id: got 7, want a string'],
    ['another version', { ...good, specversion: '0.3' }, `event specversion: got "0.3", want '1.0'`],
    [
      'a reserved extension',
      { ...good, losslessredrive: 'x' },
      'event extension "losslessredrive": got a reserved name',
    ],
    ['an extension that is no text', { ...good, region: {} }, 'event extension "region": got object'],
    ['two kinds of data', { ...good, data_base64: 'AA==' }, 'event data: got data and data_base64'],
    ['broken base64', { ...good, data: undefined, data_base64: 'A' }, 'event data_base64: got'],
    ['a time that is none', { ...good, time: 'noon' }, 'event time: got "noon"'],
  ])('an event with %s', async (_what, body, reason) => {
    const { status, answer, ids } = await post(body);
    expect([status, ids]).toEqual([422, []]);
    expect(answer.results).toEqual([expect.objectContaining({ outcome: 'rejected', status: 422, code: 'INVALID_EVENT', reason: expect.stringContaining(reason) as string })]); // prettier-ignore
  });
});

test.each([
  ['application/x-www-form-urlencoded', 'content-type: got "application/x-www-form-urlencoded", want application/json'],
  ['application/cloudevents+avro', 'content-type: got "application/cloudevents+avro"'],
  ['application/cloudevents-batch+xml', 'content-type: got "application/cloudevents-batch+xml"'],
  ['application/json; charset=ISO-8859-1', 'content-type: got the charset "iso-8859-1"'],
])('a body in the format %s is not guessed at', async (contentType, message) => {
  const { status, answer, ids } = await post(good, { headers: { 'content-type': contentType } });
  expect([status, ids]).toEqual([415, []]);
  expect(answer.detail).toContain(message);
});

test('an empty batch is taken, and nothing is published', async () => {
  const { status, answer, ids } = await post([], { headers: { 'content-type': BATCH } });
  expect([status, answer, ids]).toEqual([202, { results: [] }, []]);
});

test('a batch is answered one result per event, in order; an invalid one does not take its neighbours with it', async () => {
  const headers = { 'content-type': `${BATCH}; charset=utf-8` };
  const { status, answer, ids } = await post([good, 7, { ...good, id: '' }, { ...good, id: 'b' }], { headers });
  expect(status).toBe(207);
  expect(answer.results?.map(({ id, outcome }) => [id, outcome])).toEqual([['a', 'acked'], ['', 'rejected'], ['', 'rejected'], ['b', 'acked']]); // prettier-ignore
  expect(ids.sort()).toEqual(['a', 'b']);
});

test('a batch above a thousand events is refused as a whole, a thousand are taken', async () => {
  const headers = { 'content-type': BATCH };
  const events = (count: number) => Array.from({ length: count }, (_, n) => ({ ...good, id: `e${n}` }));
  expect(await post(events(1_001), { headers })).toMatchObject({ status: 413, ids: [], answer: { detail: 'batch: got 1001 events, want at most 1000; send several requests' } }); // prettier-ignore
  const { status, ids } = await post(events(1_000), { headers });
  expect([status, ids.length]).toEqual([202, 1_000]);
});

test('the time left for the function bounds the publish', async () => {
  const { clock, producer } = scriptedProducer({ kafka: () => ({ does: 'not-now' }) });
  const start = clock.now();
  const event = { headers: {}, body: JSON.stringify(good), isBase64Encoded: false };
  const response = await clock.run(
    httpDoor(producer, unnamedCallers)(event, { getRemainingTimeInMillis: () => 15_000 }),
  );
  expect([response.statusCode, clock.now() - start]).toEqual([202, 10_000]);
});
