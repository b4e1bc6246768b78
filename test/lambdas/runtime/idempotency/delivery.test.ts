import { conflictKeyOf, deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { recordBatch } from '../../../../lambdas/runtime/consumer/records';
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
])('the redrive header %s is generation %p of this group', (value, generation) => {
  expect(of({ offset: 1, headers: [['lossless-redrive', value]] }).generation).toBe(generation);
});

test('of several redrive headers the latest of this group counts, also where groups hold a colon', () => {
  const headers = ['a:b:1', 'a:4', 'a:b:2'].map((value) => ['lossless-redrive', value] as const);
  expect(of({ offset: 1, headers }, { cluster: 'c', group: 'a:b' }).generation).toBe(2);
});
