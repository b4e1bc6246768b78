import { recordBatch } from '../../../../lambdas/runtime/event/records';
import {
  deadLetter,
  deadLetterName,
  messageOf,
  parseDeadLetter,
  putDeadLetter,
} from '../../../../lambdas/runtime/dead-letters/letter';
import { eventOf } from '../../../../lambdas/runtime/event/event';
import { MemoryObjects } from '../simulation';

const AT = { cluster: 'arn:aws:kafka:eu-west-1:1:cluster/c/1', nowMs: Date.UTC(2026, 0, 2) };
const WIRE = {
  topic: 'orders',
  partition: 3,
  offset: 42,
  timestamp: 1_700_000_000_000,
  key: Buffer.from([0, 255]).toString('base64'),
  value: Buffer.from([0xff, 0xfe]).toString('base64'),
  headers: [{ x: [255, 0] }, { ce_id: [97] }, { x: [] }],
};
const letterOf = (wire: object) => {
  const [record] = [
    ...recordBatch({ eventSource: 'aws:kafka', records: { 'orders-3': [wire] } }).partitions.values(),
  ].flat();
  if (!record) throw new Error('no record');
  const what = { kind: 'record', group: 'billing', record, event: eventOf(record, record) } as const;
  return deadLetter(what, { reason: 'undecodable', detail: 'value is not UTF-8 (2 bytes)' }, AT);
};

test('a dead letter holds key, value and headers byte for byte, in order and with repeats', () => {
  const letter = parseDeadLetter(JSON.stringify(letterOf(WIRE)), 'name');
  expect(messageOf(letter)).toEqual({
    key: Buffer.from([0, 255]),
    value: Buffer.from([0xff, 0xfe]),
    headers: [
      ['x', Buffer.from([255, 0])],
      ['ce_id', Buffer.from('a')],
      ['x', Buffer.alloc(0)],
    ],
  });
});

test('null is not empty in a dead letter', () => {
  expect(messageOf(letterOf({ ...WIRE, key: null, value: null }))).toMatchObject({ key: null, value: null });
  expect(messageOf(letterOf({ ...WIRE, key: '', value: '' }))).toMatchObject({
    key: Buffer.alloc(0),
    value: Buffer.alloc(0),
  });
});

test('a header without a value stays one in a dead letter, and nanoseconds stay what they are', () => {
  const given = { ...WIRE, timestamp: 1_700_000_000_000_000_000, headers: [{ x: null }, { x: [] }] };
  const letter = parseDeadLetter(JSON.stringify(letterOf(given)), 'name');
  expect(letter.timestamp).toBe(1_700_000_000_000_000_000);
  expect(messageOf(letter).headers).toEqual([
    ['x', null],
    ['x', Buffer.alloc(0)],
  ]);
});

test('a dead letter says where it comes from and why', () => {
  expect(letterOf(WIRE)).toMatchObject({
    version: 1,
    cluster: AT.cluster,
    group: 'billing',
    topic: 'orders',
    partition: 3,
    offset: 42,
    timestamp: 1_700_000_000_000,
    source: 'orders',
    id: 'a',
    reason: 'undecodable',
    detail: 'value is not UTF-8 (2 bytes)',
    effect: 'none',
    parkedAt: '2026-01-02T00:00:00.000Z',
  });
});

test('parking a record twice leaves one object, the first', async () => {
  const store = new MemoryObjects();
  const letter = letterOf(WIRE);
  const name = await putDeadLetter(store, 'letters', letter);
  expect(
    await putDeadLetter(store, 'letters', { ...letter, parkedAt: '2027-01-01T00:00:00.000Z', reason: 'handler-error' }),
  ).toBe(name);
  expect(store.names('letters')).toEqual([name]);
  expect(parseDeadLetter(store.content.get(`letters/${name}`) ?? '', name)).toEqual(letter);
});

test.each([
  ['offset', { offset: 43 }],
  ['timestamp: offsets start again when a topic is made again', { timestamp: 1 }],
  ['key', { key: null }],
  ['value', { value: '' }],
  ['header', { headers: [] }],
])('a record of another %s has another object', (_, other) => {
  expect(deadLetterName(letterOf({ ...WIRE, ...other }))).not.toBe(deadLetterName(letterOf(WIRE)));
});

test('dead letters of a partition list in log order', () => {
  const names = [100, 9, 10].map((offset) => deadLetterName(letterOf({ ...WIRE, offset })));
  expect([...names].sort()).toEqual([names[1], names[2], names[0]]);
});

test('an event put aside twice leaves one object, in the folder of events that never reached the topic', async () => {
  const store = new MemoryObjects();
  const message = { key: WIRE.key, value: null, headers: [['ce_id', 'YQ==']] as const };
  const what = { kind: 'event', topic: 'orders', message, timestamp: WIRE.timestamp } as const;
  const letter = deadLetter(what, { reason: 'rejected-at-replay', detail: 'too large' }, AT);
  expect(letter).toMatchObject({ group: '-', partition: -1, offset: -1, source: '', id: 'a', effect: 'none' });
  expect(parseDeadLetter(JSON.stringify(letter), 'name')).toEqual({ ...letter, raw: undefined });
  const name = await putDeadLetter(store, 'letters', letter);
  expect(await putDeadLetter(store, 'letters', { ...letter, parkedAt: '2027-01-01T00:00:00.000Z' })).toBe(name);
  expect(name).toMatch(/\/-\/orders\/-\/001700000000000-[0-9a-f]{64}$/);
  expect(store.names('letters')).toEqual([name]);
});

test('an object that holds no events is kept as its text, under its own name', () => {
  const what = { kind: 'object', topic: 'orders', name: 'c/orders/1-x', text: 'no JSON', timestamp: 1 } as const;
  expect(deadLetter(what, { reason: 'undecodable', detail: 'got no JSON' }, AT)).toEqual({
    ...{ version: 1, cluster: AT.cluster, group: '-', topic: 'orders', partition: -1, offset: -1, timestamp: 1 },
    ...{ key: null, value: null, headers: [], raw: 'no JSON', source: '', id: 'c/orders/1-x' },
    ...{ reason: 'undecodable', detail: 'got no JSON', effect: 'none', parkedAt: '2026-01-02T00:00:00.000Z' },
  });
});

test.each([
  ['no JSON', '{', /got no JSON/],
  ['no object', 'null', /got no object/],
  ['another version', JSON.stringify({ ...letterOf(WIRE), version: 2 }), /got an unfit version/],
  ['no value', JSON.stringify({ ...letterOf(WIRE), value: undefined }), /got an unfit value/],
  ['a header without value', JSON.stringify({ ...letterOf(WIRE), headers: [['x']] }), /got an unfit headers/],
])('an object with %s is no dead letter', (_, text, message) => {
  expect(() => parseDeadLetter(text, 'name')).toThrow(message);
});
