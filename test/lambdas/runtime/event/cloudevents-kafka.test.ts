import fc from 'fast-check';
import { eventOf, identifiedEvent } from '../../../../lambdas/runtime/event/event';
import type { KafkaHeader } from '../../../../lambdas/runtime/event/message';
import { membersOf } from '../../../../lambdas/runtime/event/json/members';

const at = { topic: 'orders', partition: 3, offset: 17, timestamp: 5 };
const COORDINATES = 'orders-3-17-5';
const header = ([name, value]: readonly [string, string | null]): KafkaHeader => [name, value === null ? null : Buffer.from(value)]; // prettier-ignore
const headersOf = (...headers: readonly (readonly [string, string | null])[]) => headers.map(header);
const TYPE = ['content-type', 'application/cloudevents+json; charset=UTF-8'] as const;
const ATTRIBUTES = { specversion: '1.0', id: 'e7', source: '/w', type: 'moved' };

const record = (value: string | Uint8Array | null, ...headers: readonly (readonly [string, string | null])[]) => ({
  ...at,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: headersOf(...headers),
});
const structured = (value: unknown, contentType: string = TYPE[1]) =>
  identifiedEvent(record(typeof value === 'string' ? value : JSON.stringify(value), ['content-type', contentType]));
const text = (bytes: Uint8Array | null | undefined) => bytes && Buffer.from(bytes).toString();

describe('an event in structured mode', () => {
  test('is known by its own id, source, type and time, and its data is what is decoded', () => {
    const { event, undecodable } = structured({ ...ATTRIBUTES, time: '2026-01-02T03:04:05Z', data: { sku: 'X' } });
    expect(undecodable).toBeUndefined();
    expect(event).toMatchObject({ id: 'e7', source: '/w', type: 'moved', time: '2026-01-02T03:04:05Z' });
    expect(text(event.value)).toBe('{"sku":"X"}');
  });

  test.each([
    'application/cloudevents+json',
    'Application/CloudEvents+JSON;charset=utf-8',
    ' application/cloudevents+json ; charset="utf-8"',
    'application/cloudevents',
  ])('is one with the content type %p', (contentType) => {
    expect(structured({ ...ATTRIBUTES, data: 1 }, contentType).event.id).toBe('e7');
  });

  test.each([
    ['no JSON', '{', /got 1 bytes that are no JSON in UTF-8/],
    ['a list', '[]', /got a list, want one event as a JSON object/],
    ['a number', '7', /got no object/],
    ['no specversion', { ...ATTRIBUTES, specversion: undefined }, /got no specversion 1.0/],
    ['another specversion', { ...ATTRIBUTES, specversion: '0.3' }, /got no specversion 1.0/],
    ['no id', { ...ATTRIBUTES, id: null }, /id: got nothing/],
    ['an id that is a number', { ...ATTRIBUTES, id: 7 }, /id: got nothing, want a text/],
    ['an empty source', { ...ATTRIBUTES, source: '' }, /source: got nothing/],
    ['no type', { ...ATTRIBUTES, type: undefined }, /type: got nothing/],
    ['an attribute that is an object', { ...ATTRIBUTES, tenant: {} }, /tenant: got object/],
    ['an attribute beyond exact numbers', `{"specversion":"1.0","n":9007199254740993}`, /n: got number/],
    ['data twice', { ...ATTRIBUTES, data: 1, data_base64: 'AA==' }, /got data and data_base64/],
    ['base64 that is none', { ...ATTRIBUTES, data_base64: 'A*==' }, /got no base64/],
  ])('with %s is not read: it keeps its value, and says why', (_, given, why) => {
    const { event, undecodable } = structured(given);
    expect(undecodable).toMatch(why);
    expect(event).toMatchObject({ id: COORDINATES, source: 'orders', type: '' });
    expect(text(event.value)).toBe(typeof given === 'string' ? given : JSON.stringify(given));
  });

  test.each([
    ['application/cloudevents-batch+json', /CloudEvents has no batched mode on Kafka/],
    ['application/cloudevents+avro', /got application\/cloudevents\+avro, want application\/cloudevents\+json/],
    ['application/cloudevents+json; charset=utf-16', /got charset utf-16, want utf-8/],
  ])('as %s is not read', (contentType, why) => {
    expect(structured('[]', contentType).undecodable).toMatch(why);
  });

  test('says what is wrong without a word of the payload', () => {
    const secret = '4111111111111111';
    for (const given of [`{${secret}`, { ...ATTRIBUTES, id: [secret] }, { ...ATTRIBUTES, data_base64: secret + '*' }]) {
      expect(structured(given).undecodable).not.toContain(secret);
    }
  });

  test('in a record without a value has no envelope: it is a tombstone of a foreign record', () => {
    const { event, undecodable } = identifiedEvent(record(null, TYPE));
    expect([event.id, event.value, undecodable]).toEqual([COORDINATES, null, undefined]);
  });

  test('that cannot be read is known by the headers beside it: so it is found again when it is sent back', () => {
    const { event, undecodable } = identifiedEvent(record('{', TYPE, ['ce_id', 'a'], ['ce_source', 's']));
    expect([event.id, event.source]).toEqual(['a', 's']);
    expect(undecodable).toMatch(/no JSON/);
  });

  test('keeps its attributes, `partitionkey` and `__proto__` too', () => {
    const value = `{"specversion":"1.0","id":"i","source":"s","type":"t","subject":"x","partitionkey":"k","n":7,"b":true,"__proto__":"p","nothing":null,"datacontenttype":"text/plain","data":"hi"}`;
    const { event } = structured(value);
    expect(Object.entries(event.attributes)).toEqual([
      ['subject', 'x'],
      ['partitionkey', 'k'],
      ['n', '7'],
      ['b', 'true'],
      ['__proto__', 'p'],
    ]);
    expect([event.contentType, text(event.value)]).toEqual(['text/plain', 'hi']);
  });

  test.each([
    ['a text', { data: 'hi' }, '"hi"'],
    ['a text in JSON', { datacontenttype: 'application/problem+json', data: 'hi' }, '"hi"'],
    ['a text of another type', { datacontenttype: 'text/plain', data: 'hi' }, 'hi'],
    ['an object of another type', { datacontenttype: 'text/plain', data: { a: 1 } }, '{"a":1}'],
    ['bytes', { data_base64: Buffer.from('hi').toString('base64') }, 'hi'],
    ['null', { data: null }, null],
    ['nothing', {}, null],
  ])('has %s as data', (_, given, data) => {
    expect(text(structured({ ...ATTRIBUTES, ...given }).event.value)).toBe(data);
  });

  test('keeps whole numbers above 2^53, and white space, as they stand', () => {
    const data = '{ "id" : 1524831183200260097,\n "a":[1.0, {"data":"}\\""}] }';
    const value = `{"specversion":"1.0","data":7,"id":"i","source":"s","type":"t", "data" : ${data} }`;
    expect(text(structured(value).event.value)).toBe(data);
  });

  test.each(['9007199254740991.4', '1.00000000000000001', '-0', '7', 'true'])(
    'keeps an attribute that is %s as it stands',
    (seq) => {
      const value = `{"specversion":"1.0","id":"i","source":"s","type":"t","seq": ${seq} ,"data":1}`;
      expect(structured(value).event.attributes).toMatchObject({ seq });
    },
  );

  test('takes its trace from its attributes', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(structured({ ...ATTRIBUTES, traceparent }).event.trace).toEqual({ traceparent });
  });
});

test('the value of a member is found as JSON.parse finds it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.string(), fc.constant('data')), fc.jsonValue()),
      fc.jsonValue(),
      fc.constantFrom(undefined, 1, '\t'),
      (before, data, space) => {
        const json = JSON.stringify({ ...before, '\\"': '}', data }, null, space);
        expect(JSON.parse(membersOf(json).get('data') ?? '')).toEqual((JSON.parse(json) as { data: unknown }).data);
        expect(membersOf(json).get('not there "}')).toBeUndefined();
      },
    ),
  );
});

describe('headers, as the SDKs of Java and Go read them', () => {
  const read = (...headers: readonly (readonly [string, string | null])[]) => eventOf(record('v', ...headers), at);

  test('of several of a name the last counts', () => {
    const { id, source, type, attributes } = read(
      ...([['ce_id', 'first'], ['ce_source', 'a'], ['ce_id', 'last'], ['ce_source', 'b']] as const),
      ...([['ce_type', 'x'], ['ce_subject', 'x'], ['ce_type', 'y'], ['ce_subject', 'y']] as const),
    ); // prettier-ignore
    expect({ id, source, type, ...attributes }).toEqual({ id: 'last', source: 'b', type: 'y', subject: 'y' });
  });

  test('a header without a value says nothing, though it comes last', () => {
    expect(read(['ce_id', 'a'], ['ce_id', null])).toMatchObject({ id: COORDINATES, source: 'orders' });
  });

  test('names are read whatever their case', () => {
    expect(read(['ce_ID', 'a'], ['CE_Source', 's'], ['Content-Type', 'text/plain'])).toMatchObject({
      ...{ id: 'a', source: 's', contentType: 'text/plain' },
    });
  });

  test('`content-type` is the content type, and `ce_datacontenttype` where there is none', () => {
    expect(read(['ce_datacontenttype', 'a/b']).contentType).toBe('a/b');
    expect(read(['content-type', 'c/d'], ['ce_datacontenttype', 'a/b'])).toMatchObject({
      contentType: 'c/d',
      attributes: {},
    });
  });

  test('a quotation mark is part of a value: only the HTTP binding quotes', () => {
    expect(read(['ce_id', '"r-1"']).id).toBe('"r-1"');
  });

  test('`partitionkey` is kept as an attribute', () => {
    expect(read(['ce_id', 'a'], ['ce_partitionkey', 'k']).attributes).toEqual({ partitionkey: 'k' });
  });
});

describe('the id of a foreign record that is told', () => {
  const outbox = record('v', ['id', 'u-1'], ['Id', 'other']);

  test('by a header', () => {
    const { event, undecodable } = identifiedEvent(outbox, { header: 'id' });
    expect([event.id, event.source, undecodable]).toEqual(['u-1', 'orders', undefined]);
  });

  test('by a header of bytes: it is their hexadecimal digits, as they can be sent back', () => {
    const { event, identity } = identifiedEvent({ ...outbox, headers: [['id', Buffer.from([0, 0xff])]] }, { header: 'id' }); // prettier-ignore
    expect([event.id, identity]).toEqual(['0x00ff', ['orders', '0x00ff']]);
  });

  test('by a function of the record', () => {
    expect(identifiedEvent(outbox, ({ value }) => `of ${text(value)}`).event.id).toBe('of v');
  });

  test('is not asked for of an event that brings its own', () => {
    const told = () => 'told';
    expect(identifiedEvent(record('v', ['ce_id', 'own']), told).event.id).toBe('own');
    expect(identifiedEvent(record(JSON.stringify(ATTRIBUTES), TYPE), told).event.id).toBe('e7');
    expect(identifiedEvent(record('v', ['ce_id', '']), told).event.id).toBe('told');
  });

  test('makes an event of one that cannot be read as such', () => {
    const avro = record('v', ['content-type', 'application/cloudevents+avro']);
    expect(identifiedEvent(avro, () => 'told')).toMatchObject({ event: { id: 'told' }, undecodable: undefined });
  });

  test.each([
    ['no such header', { header: 'none' }, /got no header "none"/],
    ['an empty text', () => '', /got a text that is empty/],
    ['half a surrogate pair', () => '\ud800', /has no UTF-8/],
    ['a number', (() => 7) as never, /got number, want a text from eventId/],
    ['nothing', (() => undefined) as never, /got undefined/],
    ['a promise', (() => Promise.resolve('a')) as never, /got object/],
    [
      'an error',
      () => {
        throw new RangeError('card 4111');
      },
      /^event id: eventId threw RangeError$/,
    ],
  ])('with %s: the record says why it has none', (_, eventId, why) => {
    const { event, undecodable } = identifiedEvent(outbox, eventId);
    expect(event.id).toBe(COORDINATES);
    expect(undecodable).toMatch(why);
  });
});
