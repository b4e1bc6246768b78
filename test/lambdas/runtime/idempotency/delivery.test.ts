import { conflictKeyOf, deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { doneUpdate } from '../../../../lambdas/runtime/idempotency/done';
import { foundBy } from '../../../../lambdas/runtime/idempotency/record';
import { hashOf } from '../../../../lambdas/runtime/event/event';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { kafkaEvent, type Given } from '../simulation';

const of = (given: Given, at = { cluster: 'c', group: 'g' }) =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0] as never, at);

test('two events, groups or clusters never share a record', () => {
  const keys = [
    of({ offset: 1, id: 'a', source: 'bc' }),
    of({ offset: 1, id: 'ab', source: 'c' }),
    of({ offset: 1, id: 'a', source: 'bc' }, { cluster: 'c', group: 'h' }),
    of({ offset: 1, id: 'a', source: 'bc' }, { cluster: 'd', group: 'g' }),
    of({ offset: 1, id: 'a', source: 'bc' }, { cluster: 'cg', group: '' }),
  ].flatMap((delivery) => [delivery.key, conflictKeyOf(delivery)]);
  expect(new Set(keys).size).toBe(keys.length);
});

test('an event keeps its record wherever it is delivered from', () => {
  expect(of({ offset: 1, id: 'a' }).key).toBe(of({ partition: 7, offset: 99, id: 'a' }).key);
});

test('a foreign record without an id is its own event', () => {
  expect(of({ offset: 1 }).key).toBe(of({ offset: 1 }).key);
  expect(of({ offset: 1 }).key).not.toBe(of({ offset: 2 }).key);
});

test.each([
  ['g:3', 3],
  ['g:0', 0],
  ['g:-1', 0],
  ['g:1.5', 0],
  ['other:3', 0],
  ['h:3', 0],
  ['g', 0],
  ['g:1000000', 1_000_000],
  ['g:1000001', 0],
  ['g:9007199254740991', 0],
  ['g:1e3', 0],
  ['g: 3', 0],
  ['g:0x3', 0],
])('the redrive header %s is generation %p of this group', (value, generation) => {
  expect(of({ offset: 1, headers: [['lossless-redrive', value]] }).generation).toBe(generation);
});

test('of several redrive headers the latest of this group counts, also where groups hold a colon', () => {
  const headers = ['a:b:1', 'a:4', 'a:b:2'].map((value) => ['lossless-redrive', value] as const);
  expect(of({ offset: 1, headers }, { cluster: 'c', group: 'a:b' }).generation).toBe(2);
});

const withHeaders = (...headers: readonly [name: string, bytes: number[] | null][]) =>
  deliveryOf(
    { topic: 'orders', partition: 0, offset: 1, timestamp: 5, key: null, value: null, headers: headers.map(([name, bytes]) => [name, bytes && Buffer.from(bytes)]) },
    { cluster: 'c', group: 'g' },
  ); // prettier-ignore

test.each(['ce_id', 'ce_source', 'ce_type'])(
  'two events whose %s differs only in bytes that are no UTF-8 are two',
  (name) => {
    const given = { ce_id: [97], ce_source: [98], ce_type: [99] };
    const of = (last: number) => withHeaders(...Object.entries({ ...given, [name]: [0, 255, last] }));
    const [one, two] = [of(0xfe), of(0xff)];
    expect([one.key, one.content]).not.toEqual([two.key, two.content]);
    expect(hashOf(...Object.values(one.event).filter((part) => typeof part === 'string'))).not.toBe(
      hashOf(...Object.values(two.event).filter((part) => typeof part === 'string')),
    );
  },
);

test('an event of an id in bytes has no record in common with one whose id is their text', () => {
  const bytes = withHeaders(['ce_id', [0, 0xff]]);
  const text = withHeaders(['ce_id', [...Buffer.from('0x00ff')]]);
  expect([bytes.event.id, text.event.id]).toEqual(['0x00ff', '0x00ff']);
  expect(bytes.key).not.toBe(text.key);
});

test('an event of a time in nanoseconds is recorded so that its record can be read again', () => {
  const { Update } = doneUpdate(of({ offset: 1, timestamp: 1_700_000_000_000_000_000 }), {
    table: 't',
    nowMs: 1,
    doneSeconds: 1,
  });
  const values = Object.entries(unmarshall(Update!.ExpressionAttributeValues!));
  const item = Object.fromEntries(values.map(([name, value]) => [name.slice(1), value as unknown]));
  expect(item).toMatchObject({ timestamp: '1700000000000000000' });
  expect(foundBy(of({ offset: 1, timestamp: 1_700_000_000_000_000_000 }), item)).toMatchObject({ byThisRecord: true });
});

test('an event keeps the record that its id, well formed, has always had', () => {
  expect(of({ offset: 1, id: 'é\ufffd', source: 'shop' }).key).toBe(hashOf('c', 'g', 'shop', 'é\ufffd'));
  expect(of({ offset: 1 }).key).toBe(hashOf('c', 'g', 'orders', 'orders-0-1-1700000000000'));
});
