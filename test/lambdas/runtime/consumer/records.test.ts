import { recordBatch } from '../../../../lambdas/runtime/consumer/records';

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
  ['nothing', undefined, /event: got "undefined", want an object/],
  ['an API call', { httpMethod: 'GET' }, /eventSource: got undefined, want 'aws:kafka' or 'SelfManagedKafka'/],
  ['no records', { eventSource: 'aws:kafka' }, /event.records: got "undefined", want an object/],
  ['records that are no list', { eventSource: 'aws:kafka', records: { 'a-0': {} } }, /want a list of records/],
  ['a record of another topic', event({ ...record, topic: 'x' }), /got "x-0", want a record of a-b-0/],
  ['a record of another partition', event({ ...record, partition: 1 }), /got "a-b-1", want a record of a-b-0/],
  ['a partition in words', event({ ...record, partition: '0' }), /partition: got "0", want a whole number/],
  ['no offset', event({ ...record, offset: undefined }), /offset: got undefined, want a whole number from 0/],
  ['an offset beyond exact numbers', event({ ...record, offset: 2 ** 53 }), /offset: got/],
  ['a negative offset', event({ ...record, offset: -1 }), /offset: got -1/],
  ['a value that is an object', event({ ...record, value: {} }), /value: got "object", want base64 text or null/],
  ['a header of text', event({ ...record, headers: [{ a: 'text' }] }), /want a list of bytes/],
  ['a header byte of 256', event({ ...record, headers: [{ a: [256] }] }), /want a list of bytes/],
])('%s is refused as a whole, so that nothing of it is committed', (_, given, message) => {
  const refused = () => recordBatch(given);
  expect(refused).toThrow(message);
  expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_RECORD_BATCH' }) as Error);
});
