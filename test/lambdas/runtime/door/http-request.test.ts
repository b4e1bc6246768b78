import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { eventsOf } from '../../../../lambdas/runtime/door/cloudevents-http';
import { InvalidEventError, type NewEvent } from '../../../../lambdas/runtime/event/new-event';
import { MAX_BODY_BYTES, MalformedRequestError } from '../../../../lambdas/runtime/door/http-request';

const good = Buffer.from('{"id":"a","type":"t","data":{"n":1}}');
const eventOf = (headers: Record<string, string>, body: Buffer): NewEvent => {
  const [event] = eventsOf({ headers, body }).events;
  if (event === undefined || event instanceof InvalidEventError) throw event ?? new Error('no event');
  return event;
};
const refusal = (headers: Record<string, string>, body: Buffer) => {
  try {
    eventsOf({ headers, body });
  } catch (error) {
    if (error instanceof MalformedRequestError) return { status: error.status, message: error.message };
    throw error;
  }
  return undefined;
};

describe('a body that is zipped', () => {
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(good)],
    ['X-GZIP', gzipSync(good)],
    ['deflate', deflateSync(good)],
    ['deflate', deflateRawSync(good)],
    ['br', brotliCompressSync(good)],
    ['identity', good],
    ['deflate, gzip', gzipSync(deflateSync(good))],
  ])('as %s is unzipped before it is read', (coding, body) => {
    expect(String(eventOf({ 'content-encoding': coding }, body).data)).toBe('{"n":1}');
  });

  test('is unzipped in binary mode, too: the event’s data are not the zipped bytes', () => {
    const headers = { 'ce-id': 'a', 'ce-type': 't', 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    expect(String(eventOf(headers, gzipSync('text')).data)).toBe('text');
  });

  test.each(['zstd', 'compress', 'constructor', 'gzip, gzip, gzip, gzip'])(
    'as %s is refused, not published',
    (coding) => {
      expect(refusal({ 'content-encoding': coding }, good)).toMatchObject({ status: 415, message: expect.stringContaining('want gzip, deflate or br') as string }); // prettier-ignore
    },
  );

  test.each([
    ['gzip', gzipSync(Buffer.alloc(200_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(MAX_BODY_BYTES + 1))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(200_000_000)))],
  ])('as %s, to far more than a request may be, is unzipped no further than that', (coding, bomb) => {
    expect(bomb.length).toBeLessThan(400_000);
    // Not how much it would have been: nobody has seen the rest.
    const message = expect.stringContaining('body: got more, want at most 10485760 bytes unzipped') as string;
    expect(refusal({ 'content-encoding': coding }, bomb)).toMatchObject({ status: 413, message });
  });

  test.each([
    ['is not', good],
    ['is cut off', gzipSync(good).subarray(0, -9)],
  ])('as it says, but %s, is refused', (_what, body) => {
    expect(refusal({ 'content-encoding': 'gzip' }, body)).toMatchObject({
      status: 400,
      message: expect.stringContaining('body: got bytes that are not gzip') as string,
    });
  });
});

test('a body that is not zipped has the same bound', () => {
  expect(refusal({}, Buffer.alloc(MAX_BODY_BYTES + 1, 0x20))).toMatchObject({ status: 413 });
});

describe('attributes as headers', () => {
  const binary = (headers: Record<string, string>) =>
    eventOf({ 'ce-id': 'a', 'ce-type': 't', 'content-type': 'text/plain', ...headers }, Buffer.from('x'));

  test('are read out of quotes, then percent-decoded once', () => {
    const quoted = { 'ce-specversion': '"1.0"', 'ce-id': '"r-1"', 'ce-source': '"/a \\"b\\" \\\\c"' };
    expect(binary(quoted)).toMatchObject({ id: 'r-1', source: '/a "b" \\c' });
    expect(binary({ 'ce-id': 'Euro%20%e2%82%AC%20%F0%9F%98%80' }).id).toBe('Euro € 😀');
    expect(binary({ 'ce-id': '%2525' }).id).toBe('%25');
    expect(binary({ 'ce-id': 'it"s' }).id).toBe('it"s');
  });

  test.each(['%C0%A0', '%ff', '100%'])('that are not UTF-8 in percent-encoding are refused: %s', (id) => {
    expect(() => binary({ 'ce-id': id })).toThrow(/header ce-id: got .* want percent-encoded UTF-8/);
  });

  test('tell the content type where content-type does not, and may not contradict it', () => {
    const { contentType } = eventOf({ 'ce-id': 'a', 'ce-type': 't', 'ce-datacontenttype': 'text/csv' }, good);
    expect(contentType).toBe('text/csv');
    expect(binary({ 'ce-datacontenttype': 'text/plain' }).contentType).toBe('text/plain');
    expect(() => binary({ 'ce-datacontenttype': 'text/csv' })).toThrow('event datacontenttype: got another');
  });

  test('called __proto__ are not dropped', () => {
    const headers: Record<string, string> = JSON.parse('{"ce-__proto__":"x"}') as Record<string, string>;
    expect(Object.entries(binary(headers).extensions ?? {})).toEqual([['__proto__', 'x']]);
  });
});

test('an Idempotency-Key in quotes, as its draft has it, is the same key without', () => {
  const body = Buffer.from('{"type":"t","data":1}');
  expect(eventOf({ 'idempotency-key': '"k-1"' }, body).id).toBe(eventOf({ 'idempotency-key': 'k-1' }, body).id);
});

test('partitionkey is the key and stays an attribute', () => {
  const event = eventOf({}, Buffer.from('{"id":"a","type":"t","partitionkey":"k","data":1}'));
  expect([event.key, event.extensions]).toEqual(['k', { partitionkey: 'k' }]);
});
