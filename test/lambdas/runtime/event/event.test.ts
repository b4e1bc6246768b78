import fc from 'fast-check';
import { contentHash, eventOf, hashOf, headerText } from '../../../../lambdas/runtime/event/event';
import { encodeEvent, InvalidEventError, type NewEvent } from '../../../../lambdas/runtime/event/new-event';

const defaults = { source: 'urn:test', now: () => new Date('2026-01-02T03:04:05.678Z') };
const encode = (event: Partial<NewEvent>) =>
  encodeEvent({ id: 'a', type: 'order.placed', data: 1, ...event }, defaults);
const at = { topic: 'orders', partition: 3, offset: 17, timestamp: 5 };

test('an event that was encoded is read back with the same id, source, type, key and data', () => {
  fc.assert(
    fc.property(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 512, unit: 'grapheme' }).filter((id) => id.length <= 512),
        type: fc.string({ minLength: 1, maxLength: 80 }),
        source: fc.string({ minLength: 1, maxLength: 80 }),
        key: fc.option(fc.uint8Array({ maxLength: 20 })),
        data: fc.option(fc.uint8Array({ maxLength: 50 })),
      }),
      (given) => {
        const { id, type, source, key, value } = eventOf(encode(given), at);
        expect({ id, type, source, key, data: value }).toEqual(given);
      },
    ),
  );
});

test('null is not empty: a tombstone and an empty value stay apart', () => {
  expect(encode({ data: null }).value).toBeNull();
  expect(encode({ data: new Uint8Array(0) }).value).toEqual(new Uint8Array(0));
  expect([encode({ key: null }).key, encode({ key: '' }).key]).toEqual([null, Buffer.alloc(0)]);
});

test('what is left out is filled in: source, time and content type', () => {
  const { headers } = encode({});
  expect(headers.map(([name]) => [name, headerText(headers, name)])).toEqual([
    ['ce_specversion', '1.0'],
    ['ce_id', 'a'],
    ['ce_source', 'urn:test'],
    ['ce_type', 'order.placed'],
    ['ce_time', '2026-01-02T03:04:05.678Z'],
    ['content-type', 'application/json'],
  ]);
  expect(headerText(encode({ data: Buffer.from('x') }).headers, 'content-type')).toBe('application/octet-stream');
});

test.each<[string, Partial<NewEvent>, string]>([
  ['no id', { id: undefined }, 'event id: got nothing'],
  ['an empty id', { id: '' }, 'event id: got 0 characters'],
  ['an id of 513 characters', { id: 'x'.repeat(513) }, 'event id: got 513 characters'],
  ['no type', { type: undefined }, 'event type: got nothing'],
  ['a time that is none', { time: 'noon' }, 'event time: got "noon"'],
  ['a key that is a number', { key: 7 as never }, 'event key: got number'],
  ['data that JSON cannot hold', { data: 1n }, 'event data: got a value that JSON cannot hold'],
  ['no data', { data: undefined }, 'event data: got undefined'],
  ['an extension with capitals', { extensions: { Region: 'eu' } }, 'event extension: got the name "Region"'],
  ['an extension named as an attribute', { extensions: { id: 'b' } }, 'event extension: got the name "id"'],
  ['an extension that is no text', { extensions: { region: 7 as never } }, 'event extension region: got number'],
])('an event with %s is refused in words', (_what, event, message) => {
  expect(() => encode(event)).toThrow(InvalidEventError);
  expect(() => encode(event)).toThrow(message);
});

test('of thousands of types each event keeps its own, and half a surrogate pair is refused among them', () => {
  const types = Array.from({ length: 1_000 }, (_, n) => `type-${n % 300}`);
  const read = types.map((type) => headerText(encode({ type }).headers, 'ce_type'));
  expect(read).toEqual(types);
  expect(() => encode({ type: 'type-\ud800' })).toThrow(InvalidEventError);
});

test('an id of 512 characters is taken', () => {
  expect(eventOf(encode({ id: 'x'.repeat(512) }), at).id).toHaveLength(512);
});

test('a foreign record gets an id from its coordinates, and its topic as source', () => {
  const foreign = eventOf({ key: null, value: null, headers: [] }, at);
  expect(foreign).toMatchObject({ id: 'orders-3-17-5', source: 'orders', type: '' });
});

test('two events hash alike only with the same key, value and type', () => {
  const hash = (event: Partial<NewEvent>) => contentHash(eventOf(encode(event), at));
  expect(hash({ id: 'b', time: '2020-01-01T00:00:00Z' })).toBe(hash({}));
  const other = [{}, { data: 2 }, { data: null }, { key: '' }, { key: 'k' }, { type: 'order.paid' }].map(hash);
  expect(new Set(other).size).toBe(other.length);
});

test('parts that run into the same text hash apart', () => {
  expect(hashOf('ab', 'c')).not.toBe(hashOf('a', 'bc'));
  expect(hashOf(null)).not.toBe(hashOf('null:'));
  expect(hashOf('')).not.toBe(hashOf(null));
});
