import fc from 'fast-check';
import { isFrom, recordBatch } from '../../../../lambdas/runtime/event/records';
import { timeOf } from '../../../../lambdas/runtime/event/event';

const record = {
  topic: 'a-b',
  partition: 0,
  offset: 15,
  timestamp: 1_545_084_650_987,
  key: 'aw==',
  value: 'dg==',
  headers: [],
};
const event = (given: object, name = 'a-b-0') => ({
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn',
  records: { [name]: [given] },
});
const only = (given: object) => [...recordBatch(event(given)).partitions.values()].flat()[0];

test('a record keeps its coordinates, key and value', () => {
  expect(only(record)).toEqual({
    topic: 'a-b',
    partition: 0,
    offset: 15,
    timestamp: 1_545_084_650_987,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [],
  });
});

test('records of a self-managed cluster are taken as well', () => {
  const { eventSourceArn, partitions } = recordBatch({
    eventSource: 'SelfManagedKafka',
    records: { 'a-b-0': [record] },
  });
  expect(eventSourceArn).toBeUndefined();
  expect(partitions.get('a-b-0')).toHaveLength(1);
});

test('null is not empty: a key or value that is absent or null is null, an empty text is empty', () => {
  expect(only({ ...record, key: undefined, value: undefined })).toMatchObject({ key: null, value: null });
  expect(only({ ...record, key: null, value: null })).toMatchObject({ key: null, value: null });
  expect(only({ ...record, key: '', value: '' })).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
});

test('headers keep their order, repeats and bytes, signed or not', () => {
  const headers = [{ b: [1, 255] }, { a: [] }, { b: [-1] }];
  expect(only({ ...record, headers })).toMatchObject({
    headers: [
      ['b', Buffer.from([1, 255])],
      ['a', Buffer.alloc(0)],
      ['b', Buffer.from([255])],
    ],
  });
  expect(only({ ...record, headers: null })).toMatchObject({ headers: [] });
});

test.each([
  ['nothing', undefined, /event: got nothing, want an object/],
  ['an API call', { httpMethod: 'GET' }, /eventSource: got undefined, want 'aws:kafka' or 'SelfManagedKafka'/],
  ['no records', { eventSource: 'aws:kafka' }, /event.records: got nothing, want an object/],
])('%s is refused as a whole, so that nothing of it is committed', (_, given, message) => {
  const refused = () => recordBatch(given);
  expect(refused).toThrow(message);
  expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_RECORD_BATCH' }) as Error);
});

describe('an entry that cannot be told apart', () => {
  test.each([
    ['a record of another topic', { ...record, topic: 'x' }, /got "x-0", want a record of a-b-0/],
    ['a record of another partition', { ...record, partition: 1 }, /got "a-b-1", want a record of a-b-0/],
    ['a partition in words', { ...record, partition: '0' }, /got "a-b-0", want a record of a-b-0/],
    ['no offset', { ...record, offset: undefined }, /offset: got nothing, want a whole number from 0/],
    ['an offset in words', { ...record, offset: '16' }, /offset: got "16", want a whole number/],
    ['an offset beyond exact numbers', { ...record, offset: 2 ** 53 }, /offset: got 9007199254740992/],
    ['a negative offset', { ...record, offset: -1 }, /offset: got -1/],
    ['nothing', null, /\[1\]: got nothing, want a record of a-b-0/],
    ['a list', [], /\[1\]: got a list of 0, want a record of a-b-0/],
  ])('%s: of its partition every other offset is reported, nothing taken up', (_, entry, message) => {
    const records = { 'a-b-0': [{ ...record, offset: 16 }, entry, record], 'a-b-1': [{ ...record, partition: 1 }] };
    const { partitions, refused } = recordBatch({ eventSource: 'aws:kafka', records });
    expect([...partitions.keys()]).toEqual(['a-b-1']);
    expect([...refused]).toEqual([
      ['a-b-0', { offsets: [15, 16], error: expect.objectContaining({ code: 'INVALID_RECORD_BATCH' }) as Error }],
    ]);
    expect(refused.get('a-b-0')?.error.message).toMatch(message);
  });

  test.each(['a-b', '', '-0', 'a-b-00', 'a-b--1', 'a-b-1e3'])('no record is of the partition %p', (name) => {
    const { refused } = recordBatch(event(record, name));
    expect([...refused.keys()]).toEqual([name]);
  });

  test('records that are no list cannot be reported', () => {
    const { refused } = recordBatch({ eventSource: 'aws:kafka', records: { 'a-b-0': record } });
    expect(refused.get('a-b-0')).toMatchObject({ offsets: [] });
    expect(refused.get('a-b-0')?.error.message).toMatch(/got an object, want a list of records/);
  });

  test('the highest exact offset is one', () => {
    expect(only({ ...record, offset: Number.MAX_SAFE_INTEGER })).toMatchObject({ offset: 2 ** 53 - 1 });
  });
});

describe('a record whose content cannot be read', () => {
  test.each([
    ['a value that is an object', { value: {} }, 'value: got an object, want base64 or null'],
    ['a value of no base64', { value: 'd*==' }, 'value: got text of 4 characters, want base64 or null'],
    ['a value without its padding', { value: 'dg=' }, 'value: got text of 3 characters, want base64 or null'],
    [
      'a value with text after its padding',
      { value: 'dg==dg==' },
      'value: got text of 8 characters, want base64 or null',
    ],
    ['a value of the other base64', { value: '_-8=' }, 'value: got text of 4 characters, want base64 or null'],
    ['a value with bits to spare after no base64', { value: 'd_==' }, 'value: got text of 4 characters'],
    ['a value with white space', { value: 'dg= =' }, 'value: got text of 5 characters, want base64 or null'],
    ['a value beyond Latin', { value: 'šg==' }, 'value: got text of 4 characters, want base64 or null'],
    ['a key that is a number', { key: 7 }, 'key: got a number, want base64 or null'],
    ['headers that are an object', { headers: {} }, 'headers: got an object, want a list of names'],
    ['a header of text', { headers: [{ a: 'text' }] }, 'headers: got a list of 1, want a list of names'],
    ['a header without a name', { headers: [{}] }, 'headers: got a list of 1'],
    ['a header byte of 256', { headers: [{ a: [256] }] }, 'headers: got a list of 1'],
    ['a header byte of -129', { headers: [{ a: [-129] }] }, 'headers: got a list of 1'],
    ['a header byte in words', { headers: [{ a: ['1'] }] }, 'headers: got a list of 1'],
    ['no timestamp', { timestamp: undefined }, 'timestamp: got nothing, want a whole number'],
    ['a timestamp in words', { timestamp: 'now' }, 'timestamp: got text of 3 characters'],
    ['half a millisecond', { timestamp: 1.5 }, 'timestamp: got a number, want a whole number'],
    [
      'nothing right',
      { key: 1, value: 2, headers: 3, timestamp: [] },
      'key: got a number, want base64 or null; value: ',
    ],
  ])('%s: it keeps its place, says what is wrong, and is kept as it was', (_, wrong, detail) => {
    const given = { ...record, ...wrong };
    const read = only(given);
    expect(read).toMatchObject({ topic: 'a-b', partition: 0, offset: 15 });
    expect(read?.undecodable?.detail).toContain(detail);
    expect(JSON.parse(read?.undecodable?.raw ?? '')).toEqual(JSON.parse(JSON.stringify(given)));
  });

  test('what can be read of it is read, the rest is nothing', () => {
    expect(only({ ...record, value: 'd*==', headers: [{ ce_id: [97] }] })).toMatchObject({
      key: Buffer.from('k'),
      value: null,
      headers: [['ce_id', Buffer.from('a')]],
    });
    expect(only({ ...record, key: 7, headers: 7, timestamp: 'x' })).toMatchObject({
      ...{ key: null, value: Buffer.from('v'), headers: [], timestamp: -1 },
    });
  });

  test('text is kept character for character, half a surrogate pair too', () => {
    const value = '\ud83d half \u0000 \u2028 "quoted" \\';
    expect(JSON.parse(only({ ...record, value })?.undecodable?.raw ?? '')).toMatchObject({ value });
  });

  test('what is wrong is said without a word of the payload', () => {
    const { undecodable } =
      only({ ...record, key: 'secret!', value: ['secret'], headers: [{ secret: 'secret' }] }) ?? {};
    expect(undecodable?.detail).not.toContain('secret');
  });
});

/** RFC 4648, section 4; the bits to spare before the padding may have any value (section 3.5). */
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

test('any base64 is read back to its bytes, and any other text is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 9, unit: 'binary' }), (content, text) => {
      expect(only({ ...record, value: Buffer.from(content).toString('base64') })?.value).toEqual(Buffer.from(content));
      expect(only({ ...record, value: text })?.undecodable === undefined).toBe(BASE64.test(text));
    }),
  );
});

test("AWS's own sample, whose base64 has bits to spare, is read", () => {
  expect(only({ ...record, key: 'Y3VzdG9tZXItMTj=', value: 'dh==' })).toMatchObject({
    key: Buffer.from('customer-18'),
    value: Buffer.from('v'),
  });
});

test('a header without a value is not one of an empty value', () => {
  const headers = [{ a: null }, { a: [] }, { b: null }];
  expect(only({ ...record, headers })).toMatchObject({
    headers: [
      ['a', null],
      ['a', Buffer.alloc(0)],
      ['b', null],
    ],
  });
});

test.each([
  ['of nanoseconds', 1_700_000_000_000_000_000, undefined],
  ['of microseconds', 1_700_000_000_000_000, undefined],
  ['before 1970', -1_000, undefined],
  ['that a producer did not set', -1, undefined],
  ['after the year 9999', 253_402_300_800_000, undefined],
  ['of the year 9999', 253_402_300_799_999, 253_402_300_799_999],
  ['of 1970', 0, 0],
])('a record with a time %s is read, and its time is known or not', (_, timestamp, known) => {
  const read = only({ ...record, timestamp });
  expect(read).toMatchObject({ timestamp, value: Buffer.from('v') });
  expect(read).not.toHaveProperty('undecodable');
  expect(timeOf(read!)).toBe(known);
});

describe('two records of one offset', () => {
  const both = (...given: object[]) =>
    recordBatch({ eventSource: 'aws:kafka', records: { 'a-b-0': given } }).partitions.get('a-b-0');

  test('equal ones are one', () => {
    expect(both(record, { ...record, offset: 16 }, { ...record })?.map(({ offset }) => offset)).toEqual([15, 16]);
  });

  test('different ones are two', () => {
    expect(both(record, { ...record, value: 'dw==' })?.map(({ value }) => value)).toEqual([Buffer.from('v'), Buffer.from('w')]); // prettier-ignore
  });
});

test.each([
  ['of the cluster', 'arn:aws:kafka:eu-west-1:1:cluster/a/1', 'arn:aws:kafka:eu-west-1:1:cluster/a/1', true],
  ['of another cluster', 'arn:aws:kafka:eu-west-1:1:cluster/b/1', 'arn:aws:kafka:eu-west-1:1:cluster/a/1', false],
  ['of a self-managed cluster', undefined, 'our-brokers', true],
  ['of a self-managed cluster, for Amazon MSK', undefined, 'arn:aws-cn:kafka:cn-north-1:1:cluster/a/1', false],
  ['of Amazon MSK, for a self-managed cluster', 'arn:aws:kafka:eu-west-1:1:cluster/a/1', 'our-brokers', false],
])('records %s are taken, or not', (_, eventSourceArn, cluster, isTaken) => {
  expect(isFrom({ eventSourceArn }, cluster)).toBe(isTaken);
});
