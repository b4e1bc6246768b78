import { z } from 'zod';
import { bytes, json, text } from '../../../../lambdas/runtime/event/decode';
import type { Event } from '../../../../lambdas/runtime/event/event';

const event = (value: string | Uint8Array | null): Event => ({
  id: 'a',
  source: 's',
  type: 't',
  attributes: {},
  key: null,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: [],
});
const order = z.object({ id: z.string(), lines: z.array(z.object({ count: z.number() })) });
const BROKEN_UTF8 = new Uint8Array([0x22, 0xff, 0x22]);

test('JSON without a schema is handed on as it is', async () => {
  expect(await json().decode(event('{"a":[1,null]}'))).toEqual({ data: { a: [1, null] } });
});

test('JSON that satisfies its schema is handed on as the schema makes it', async () => {
  const trimmed = z.object({ id: z.string().trim() });
  expect(await json(trimmed).decode(event('{"id":" a ","more":1}'))).toEqual({ data: { id: 'a' } });
});

test('a schema that takes its time is waited for', async () => {
  const slow = z.object({ id: z.string() }).refine(async ({ id }) => Promise.resolve(id !== 'b'), 'no b');
  expect(await json(slow).decode(event('{"id":"a"}'))).toEqual({ data: { id: 'a' } });
  expect(await json(slow).decode(event('{"id":"b"}'))).toEqual({
    undecodable: 'value does not satisfy its schema: value: no b',
  });
});

test('what does not satisfy its schema is told by path and message, without its values', async () => {
  const decoded = await json(order).decode(event('{"id":4711,"lines":[{"count":"secret"}]}'));
  expect(decoded).toEqual({
    undecodable:
      'value does not satisfy its schema: id: Invalid input: expected string, received number; ' +
      'lines.0.count: Invalid input: expected number, received string',
  });
});

test('of many issues ten are told', async () => {
  const lines = Array.from({ length: 12 }, () => ({}));
  const decoded = await json(order).decode(event(JSON.stringify({ id: 'a', lines })));
  expect((decoded as { undecodable: string }).undecodable).toMatch(/lines\.9\.count: [^;]*; and 2 more$/);
});

test.each([
  ['no JSON', '{"card":4111', 'value is not JSON (12 bytes)'],
  ['an empty value', '', 'value is not JSON (0 bytes)'],
  ['no UTF-8', BROKEN_UTF8, 'value is not UTF-8 (3 bytes)'],
])('%s is undecodable, and not quoted', async (_, value, undecodable) => {
  expect(await json().decode(event(value))).toEqual({ undecodable });
});

test.each([
  ['{"id":1524831183200260097}', 6, 26],
  ['1e400', 0, 5],
  ['[1, 9007199254740993.0]', 4, 23],
])('a number that JavaScript would change is undecodable, and never another number: %s', async (value, at, of) => {
  const undecodable = `value holds a number that JavaScript does not keep (at byte ${at} of ${of})`;
  expect(await json().decode(event(value))).toEqual({ undecodable });
  expect(await json(z.any()).decode(event(value))).toEqual({ undecodable });
});

test('whole numbers up to 2^53 - 1, fractions and floats are decoded', async () => {
  expect(await json().decode(event('[9007199254740991,0.1,1e300,"1524831183200260097"]'))).toEqual({
    data: [9007199254740991, 0.1, 1e300, '1524831183200260097'],
  });
});

test('a tombstone is null, and the schema decides whether it may be', async () => {
  expect(await json().decode(event(null))).toEqual({ data: null });
  expect(await json(order.nullable()).decode(event(null))).toEqual({ data: null });
  expect(await json(order).decode(event(null))).toEqual({
    undecodable: 'value does not satisfy its schema: value: Invalid input: expected object, received null',
  });
});

test('text and bytes', () => {
  expect(text.decode(event('größer'))).toEqual({ data: 'größer' });
  expect(text.decode(event(null))).toEqual({ data: null });
  expect(text.decode(event(BROKEN_UTF8))).toEqual({ undecodable: 'value is not UTF-8 (3 bytes)' });
  expect(bytes.decode(event(BROKEN_UTF8))).toEqual({ data: BROKEN_UTF8 });
  expect(bytes.decode(event(null))).toEqual({ data: null });
});
