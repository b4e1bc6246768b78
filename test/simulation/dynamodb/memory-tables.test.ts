import { put, transactItem, update } from '../../../lambdas/runtime/idempotency/operations';
import { MemoryTables } from '../../../simulation/dynamodb/memory-tables';
import { VirtualClock } from '../../../simulation/time/virtual-clock';

/** What the local part of DynamoDB never shows: two writes that meet. After DynamoDB's page on transaction isolation. */
const write = (id: string, by: string) =>
  transactItem(put({ TableName: 'orders', Item: { id, by }, ConditionExpression: 'attribute_not_exists(id)' }));
const count = (id: string) => ({
  TableName: 'orders',
  Key: { id: { S: id } },
  UpdateExpression: 'ADD applied :one',
  ExpressionAttributeValues: { ':one': { N: '1' } },
});

function world(latencyMs = () => 5) {
  const clock = new VirtualClock();
  return { clock, tables: new MemoryTables({ orders: 'id' }, clock, latencyMs) };
}

test('of two transactions that touch an item at once, one is cancelled with the conflict and writes nothing', async () => {
  const { clock, tables } = world();
  const [one, other] = await clock.run(
    Promise.all([
      tables.transact([write('a', 'one'), write('b', 'one')]),
      tables.transact([write('c', 'other'), write('b', 'other')]),
    ]),
  );
  expect(one).toEqual({ kind: 'committed' });
  expect(other).toEqual({
    kind: 'cancelled',
    reasons: [{ code: 'None' }, { code: 'TransactionConflict', message: 'Transaction is ongoing for the item' }],
  });
  expect(tables.items('orders').map(({ id }) => id)).toEqual(['a', 'b']);
});

test('an update that meets a transaction on its item is refused as a conflict, and tells nothing about the item', async () => {
  const { clock, tables } = world();
  const [, met] = await clock.run(Promise.all([tables.transact([write('a', 'one')]), tables.update(count('a'))]));
  expect(met).toEqual({ kind: 'busy', detail: 'TransactionConflictException: Transaction is ongoing for the item' });
  expect(tables.conflicts).toBe(1);
});

test('a transaction that comes when the other has ended meets its item, and no conflict', async () => {
  const latencies = [1, 1, 9, 9];
  const { clock, tables } = world(() => latencies.shift() ?? 1);
  const [, later] = await clock.run(
    Promise.all([
      tables.transact([write('a', 'one')]),
      clock.sleep(20).then(() => tables.transact([write('a', 'other')])),
    ]),
  );
  expect(later).toMatchObject({ kind: 'cancelled', reasons: [{ code: 'ConditionalCheckFailed' }] });
});

test('a transaction whose caller has gone lets its items go', async () => {
  const { clock, tables } = world();
  tables.script = (_, call) => (call === 0 ? 'lost' : undefined);
  await clock.run(tables.transact([write('a', 'one')]));
  expect(
    await clock.run(
      tables.transact([
        transactItem(
          update({
            TableName: 'orders',
            Key: { id: 'a' },
            UpdateExpression: 'SET seen = :x',
            ExpressionAttributeValues: { ':x': 1 },
          }),
        ),
      ]),
    ),
  ).toEqual({ kind: 'committed' });
});
