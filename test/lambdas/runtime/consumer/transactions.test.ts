import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation, type Given } from '../simulation';
import { counting } from '../counting';
import { oneMore } from '../../../../testing';

const onePut = {
  decode: json(),
  write: (_: unknown, { event }: { event: { id: string } }) => [put({ TableName: 'orders', Item: { id: event.id } })],
};
const many = (count: number, given: (i: number) => Partial<Given> = () => ({})) =>
  kafkaEvent(
    ...Array.from({ length: count }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}`, ...given(i) })),
  );
const sizes = (calls: readonly (readonly unknown[])[]) => calls.map(({ length }) => length);

// Thousands of items in memory, on a machine that may be busy.
jest.setTimeout(60_000);

test('1,000 events of one put each take 20 requests, 4 at once, and no read', async () => {
  const { deliver, tables } = simulation();
  tables.read = () => Promise.reject(new Error('no read'));
  await deliver(many(1_000), onePut);
  expect(sizes(tables.calls)).toEqual(Array(20).fill(100));
  expect(tables.atOnce).toBe(4);
  expect(tables.items('orders')).toHaveLength(1_000);
});

test('a redelivery of 1,000 settled events is read, and nothing of it is asked to be written again', async () => {
  const { deliver, tables } = simulation();
  await deliver(many(1_000), onePut);
  expect(tables.calls).toHaveLength(20);
  expect(reported(await deliver(many(1_000), onePut))).toEqual([]);
  expect(tables.calls).toHaveLength(20);
});

test('no more transactions than asked for are under way at once', async () => {
  const { deliver, tables } = simulation();
  await deliver(many(500), { ...onePut, concurrency: 2 });
  expect(tables.atOnce).toBe(2);
});

test('a transaction holds no more than 100 items', async () => {
  const { deliver, tables } = simulation();
  const write = (_: unknown, { event: { id } }: { event: { id: string } }) =>
    ['orders', 'customers'].map((TableName) => put({ TableName, Item: { id } }));
  await deliver(many(50), { decode: json(), write });
  expect(sizes(tables.calls)).toEqual([99, 51]);
});

test('a transaction stays below 4 MB', async () => {
  const { deliver, tables } = simulation();
  const write = (_: unknown, { event }: { event: { id: string } }) => [
    put({ TableName: 'orders', Item: { id: event.id, text: 'x'.repeat(390_000) } }),
  ];
  await deliver(many(20), { decode: json(), write });
  expect(sizes(tables.calls)).toEqual([14, 14, 12]);
});

test('the same event id twice in a batch is never under way twice, and applied once', async () => {
  const { deliver, tables, records } = simulation();
  // Same id and content at two offsets and partitions, as after a producer's lost answer.
  const event = kafkaEvent(
    { partition: 0, offset: 1, id: 'a' },
    { partition: 0, offset: 2, id: 'a' },
    { partition: 1, offset: 1, id: 'a' },
  );
  expect(reported(await deliver(event, counting))).toEqual([]);
  expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
  expect(records('done')).toHaveLength(1);
  expect(tables.atOnce).toBe(1);
});

test('events with a common target item are not sent together', async () => {
  const { deliver, tables } = simulation();
  const count = () => [oneMore('orders', 'total')];
  await deliver(many(10), { decode: json(), write: count });
  expect(tables.items('orders')).toEqual([{ id: 'total', n: 10 }]);
  expect(sizes(tables.calls)).toEqual(Array(10).fill(2));
  expect(tables.atOnce).toBe(1);
});

test('puts of one item by two events, which nobody can foresee, are taken apart and both applied', async () => {
  const { deliver, tables, records } = simulation();
  const write = () => [put({ TableName: 'orders', Item: { id: 'same' } })];
  expect(reported(await deliver(many(8), { decode: json(), write }))).toEqual([]);
  expect(records('done')).toHaveLength(8);
  expect(tables.items('orders')).toHaveLength(1);
});

test('an event that is refused is taken out by its reason, and the rest is sent again at once', async () => {
  const { deliver, tables, letters } = simulation();
  const write = (_: unknown, { event }: { event: { id: string } }) => [
    put({ TableName: 'orders', Item: { id: event.id } }),
    ...(event.id === 'e3'
      ? [put({ TableName: 'customers', Item: { id: 'x' }, ConditionExpression: 'attribute_exists(id)' })]
      : []),
  ];
  expect(reported(await deliver(many(10), { decode: json(), write }))).toEqual([]);
  expect(letters()).toMatchObject([
    { id: 'e3', reason: 'write-refused', detail: 'operation 1 (put in table customers): its condition failed' },
  ]);
  expect(tables.items('orders')).toHaveLength(9);
  // All, then the nine, and the parked record of the tenth.
  expect(sizes(tables.calls).sort((a, b) => a - b)).toEqual([1, 18, 21]);
});

test('two operations of one event on one item park that event alone', async () => {
  const { deliver, tables, letters } = simulation();
  const write = (_: unknown, { event }: { event: { id: string } }) =>
    Array.from({ length: event.id === 'e3' ? 2 : 1 }, () => put({ TableName: 'orders', Item: { id: event.id } }));
  await deliver(many(10), { decode: json(), write });
  expect(letters()).toMatchObject([{ id: 'e3', reason: 'write-refused' }]);
  expect(tables.items('orders')).toHaveLength(9);
});

test('a missing table of one event holds back its key, parks nothing, and lets its neighbours through', async () => {
  const { deliver, tables, letters } = simulation();
  const write = (_: unknown, { event }: { event: { id: string } }) => [
    put({ TableName: event.id === 'e3' ? 'not-deployed-yet' : 'orders', Item: { id: event.id } }),
  ];
  const event = many(100, (i) => ({ key: `k${i % 5}` }));
  // One at a time, so that it would meet its neighbours again.
  expect(reported(await deliver(event, { decode: json(), write, concurrency: 1 }))[0]).toBe('orders-0@3');
  expect(letters()).toEqual([]);
  expect(tables.items('orders')).toHaveLength(80);
  // Found by halving once; from then on it is kept out of its neighbours' transactions.
  const withMissing = tables.calls.filter((items) => items.some(({ Put }) => Put?.TableName === 'not-deployed-yet'));
  expect(sizes(withMissing).slice(0, 3)).toEqual([10, 4, 2]);
  expect(new Set(sizes(withMissing).slice(3))).toEqual(new Set([2]));
});

test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded', 'a code of tomorrow'])(
  'a %s of one event is tried again after a pause and never parked',
  async (code) => {
    const { deliver, tables, letters } = simulation();
    tables.script = (items, call) =>
      call < 5 && items.length > 2
        ? { kind: 'cancelled', reasons: items.map((_, i) => (i === 3 ? { code } : { code: 'None' })) }
        : undefined;
    expect(reported(await deliver(many(4), onePut))).toEqual([]);
    expect(letters()).toEqual([]);
    expect(tables.items('orders')).toHaveLength(4);
  },
);

test('a cancellation that blames nobody is sent again with pauses, not in a busy loop', async () => {
  const { deliver, tables } = simulation();
  tables.script = (items) => ({ kind: 'cancelled', reasons: items.map(() => ({ code: 'None' })) });
  expect(reported(await deliver(many(2), onePut))).toEqual(['orders-0@0', 'orders-0@1']);
  expect(tables.calls.length).toBeLessThan(200);
});

test('an answer lost after the commit applies nothing twice and parks nothing', async () => {
  const { deliver, tables, letters } = simulation();
  tables.script = (_, call) => (call === 0 ? 'lost' : undefined);
  expect(reported(await deliver(many(3), counting))).toEqual([]);
  expect(tables.items('orders').map(({ n }) => n)).toEqual([1, 1, 1]);
  expect(letters()).toEqual([]);
});

test('an answer lost after a conditional put does not take its own write for a refusal', async () => {
  const { deliver, tables, letters } = simulation();
  tables.script = (_, call) => (call === 0 ? 'lost' : undefined);
  const write = () => [
    put({ TableName: 'orders', Item: { id: 'new' }, ConditionExpression: 'attribute_not_exists(id)' }),
  ];
  expect(reported(await deliver(many(1), { decode: json(), write }))).toEqual([]);
  expect(letters()).toEqual([]);
});

test('a store that is away longer than the invocation parks nothing and reports everything', async () => {
  const { deliver, tables, letters } = simulation();
  tables.script = () => ({ kind: 'unknown', detail: 'TimeoutError' });
  expect(reported(await deliver(many(3), onePut))).toHaveLength(3);
  expect(letters()).toEqual([]);
  // Back again: the next delivery settles all.
  tables.script = () => undefined;
  expect(reported(await deliver(many(3), onePut))).toEqual([]);
});
