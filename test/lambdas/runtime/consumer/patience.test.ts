import { commit } from '../../../../lambdas/runtime/consumer/effects/commit';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { doneUpdate } from '../../../../lambdas/runtime/idempotency/done';
import { VirtualClock } from '../simulation';
import { dynamoDbTransactions } from '../../../../lambdas/runtime/stores/dynamodb';

const record = {
  topic: 'orders',
  partition: 0,
  offset: 7,
  timestamp: 1_790_000_000_000,
  key: null,
  value: null,
  headers: [],
};
const delivery = deliveryOf({ ...record, timestampType: 'LOG_APPEND_TIME' } as Parameters<typeof deliveryOf>[0], {
  cluster: 'arn:cluster',
  group: 'billing',
});

async function patienceAfter(troubles: number): Promise<number | undefined> {
  let given: number | undefined;
  await commit([{ delivery, writes: [], troubles, record: (to) => doneUpdate(delivery, to) }], {
    environment: { table: 'idempotency', doneSeconds: 60 },
    transactions: {
      transact: (_items, patienceMs) => {
        given = patienceMs;
        return Promise.resolve({ kind: 'committed' });
      },
      update: () => Promise.resolve({ kind: 'written', item: {} }),
      read: () => Promise.resolve(undefined),
      readMany: () => Promise.resolve(new Map()),
    },
    clock: Object.assign(new VirtualClock(), { sleep: () => Promise.resolve() }),
    signal: new AbortController().signal,
  });
  return given;
}

test('a store that is merely slow is given longer with every try, so that it can finish in the end', async () => {
  expect([await patienceAfter(0), await patienceAfter(1), await patienceAfter(2)]).toEqual([5_000, 10_000, 20_000]);
  expect(await patienceAfter(3)).toBe(40_000);
  expect(await patienceAfter(30)).toBe(40_000);
});

test('the time a store is given reaches the request itself', async () => {
  const asked: unknown[] = [];
  const client = {
    send: (_command: unknown, options: unknown) => {
      asked.push(options);
      return Promise.resolve({});
    },
  };
  await dynamoDbTransactions(client).transact([], 10_000);
  expect(asked).toEqual([{ requestTimeout: 10_000 }]);
});
