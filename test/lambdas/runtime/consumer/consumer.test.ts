import { consumer } from '../../../../lambdas/runtime/consumer';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put, update, type WriteOperation } from '../../../../lambdas/runtime/idempotency/operations';
import type { ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { CLUSTER, environment, invoke, kafkaEvent, reported, simulation, VirtualClock } from '../simulation';
import { oneMore } from '../../../../testing';

/** Shows a second application, and the order within a customer. */
const additive = {
  decode: json(),
  write: (
    _data: unknown,
    { event, record }: { event: { id: string; key: Uint8Array | null }; record: ConsumerRecord },
  ) =>
    [
      oneMore('orders', event.id, { attribute: 'timesApplied' }),
      ...(event.key === null ? [] : [appendTo(Buffer.from(event.key).toString(), record.offset)]),
    ] satisfies WriteOperation[],
};
const appendTo = (customer: string, offset: number): WriteOperation =>
  update({
    TableName: 'customers',
    Key: { id: customer },
    UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :none), :this)',
    ExpressionAttributeValues: { ':none': [], ':this': [offset] },
  });

describe('what is reported', () => {
  test('a batch in which everything is settled reports nothing', async () => {
    const { deliver, tables, records } = simulation();
    const response = await deliver(kafkaEvent({ offset: 1, id: 'a' }, { offset: 2, id: 'b' }), additive);
    expect(response).toEqual({ batchItemFailures: [] });
    expect(tables.items('orders')).toEqual([
      { id: 'a', timesApplied: 1 },
      { id: 'b', timesApplied: 1 },
    ]);
    expect(records('done')).toHaveLength(2);
  });

  test('a done record says which record applied it, with what content, and until when it is kept', async () => {
    const { deliver, records } = simulation();
    await deliver(kafkaEvent({ partition: 3, offset: 7, id: 'a', timestamp: 1_700_000_000_123 }), additive);
    expect(records('done')).toEqual([
      {
        key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        state: 'done',
        content: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        topic: 'orders',
        partition: 3,
        offset: 7,
        timestamp: 1_700_000_000_123,
        settledAt: 1_767_225_600_010,
        expiresAt: 1_767_225_600 + 86_400,
      },
    ]);
  });

  test('of each partition everything from the lowest unsettled offset is reported, of the others nothing', async () => {
    const { deliver, tables } = simulation();
    tables.script = (items) =>
      JSON.stringify(items).includes('"stuck"') ? { kind: 'busy', detail: 'ThrottlingException' } : undefined;
    const event = kafkaEvent(
      { partition: 0, offset: 1, id: 'a', key: 'k1' },
      { partition: 0, offset: 2, id: 'stuck', key: 'k2' },
      { partition: 0, offset: 3, id: 'c', key: 'k3' },
      { partition: 1, offset: 9, id: 'd', key: 'k4' },
    );
    const response = await deliver(event, { ...additive, concurrency: 4 });
    expect(reported(response)).toEqual(['orders-0@2', 'orders-0@3']);
  });

  test('an invocation that begins inside its time margin starts nothing and reports all', async () => {
    const { deliver, tables } = simulation();
    const response = await deliver(kafkaEvent({ offset: 1, id: 'a' }, { offset: 2, id: 'b' }), additive, 10_000);
    expect(reported(response)).toEqual(['orders-0@1', 'orders-0@2']);
    expect(tables.calls).toHaveLength(0);
  });

  test('a write that never ends is reported at the time margin, before the function would be killed', async () => {
    const { deliver, clock, entries } = simulation();
    const before = clock.now();
    const write = (_: unknown, { event }: { event: { id: string } }) =>
      event.id === 'hangs' ? new Promise<never>(() => undefined) : [];
    const response = await deliver(
      kafkaEvent({ offset: 1, id: 'a', key: 'x' }, { offset: 2, id: 'hangs', key: 'y' }),
      { decode: json(), write },
      60_000,
    );
    expect(reported(response)).toEqual(['orders-0@2']);
    // At the margin; then its attempt and the end of the delivery are written down.
    expect(clock.now() - before).toBe(50_020);
    expect(entries()).toMatchObject([{ state: 'done' }, { attempts: 1 }]);
  });

  test('nothing new is started after the answer', async () => {
    const { deliver, tables, clock } = simulation();
    tables.script = () => ({ kind: 'unknown', detail: 'TimeoutError' });
    await deliver(kafkaEvent({ offset: 1, id: 'a' }), additive);
    const calls = tables.calls.length;
    await clock.run(clock.sleep(600_000));
    expect(tables.calls).toHaveLength(calls);
  });

  test('what waits for a free transaction when the answer leaves is not started after it', async () => {
    let requests = 0;
    const { deliver, tables, clock } = simulation({ latencyMs: () => (requests++ < 2 ? 5 : 30_000) });
    const write = (_: unknown, { event: { id } }: { event: { id: string } }) =>
      Array.from({ length: 60 }, (_, i) => put({ TableName: 'orders', Item: { id: `${id}-${i}` } }));
    const event = kafkaEvent({ offset: 1, id: 'a' }, { offset: 2, id: 'b' });
    const response = await deliver(event, { decode: json(), write, concurrency: 1 });
    expect(reported(response)).toEqual(['orders-0@1', 'orders-0@2']);
    await clock.run(clock.sleep(600_000));
    expect(tables.calls).toHaveLength(1);
  });
});

describe('order', () => {
  test('records of one key are applied in offset order, each after the commit of the one before', async () => {
    const { deliver, tables, entries } = simulation();
    const given = Array.from({ length: 30 }, (_, i) => ({ offset: i, id: `e${i}`, key: `k${i % 3}` }));
    const seen: number[] = [];
    await deliver(kafkaEvent(...given), {
      ...additive,
      write: (data, context) => {
        seen.push(entries().length);
        return additive.write(data, context);
      },
    });
    for (const { applied } of tables.items('customers'))
      expect(applied).toEqual([...(applied as number[])].sort((a, b) => a - b));
    // The write of a key's second record is not even asked for before the first is in the table.
    expect(seen.slice(0, 4)).toEqual([0, 0, 0, 3]);
  });

  test('a record that is not settled holds back the later ones of its key, and of no other', async () => {
    const { deliver, tables } = simulation();
    tables.script = (items) => (JSON.stringify(items).includes('"stuck"') ? { kind: 'busy', detail: 'x' } : undefined);
    const response = await deliver(
      kafkaEvent(
        { offset: 1, id: 'stuck', key: 'k1' },
        { offset: 2, id: 'b', key: 'k1' },
        { offset: 3, id: 'c', key: 'k2' },
      ),
      { ...additive, concurrency: 2 },
    );
    expect(reported(response)).toEqual(['orders-0@1', 'orders-0@2', 'orders-0@3']);
    expect(tables.items('orders').map(({ id }) => id)).toEqual(['c']);
  });

  test('a parked record lets the later ones of its key go on', async () => {
    const { deliver, tables, records } = simulation();
    const response = await deliver(
      kafkaEvent({ offset: 1, id: 'a', key: 'k', value: '{broken' }, { offset: 2, id: 'b', key: 'k' }),
      additive,
    );
    expect(reported(response)).toEqual([]);
    expect(records('parked')).toHaveLength(1);
    expect(tables.items('customers')).toEqual([{ id: 'k', applied: [2] }]);
  });

  test('records that arrive out of order are applied in offset order', async () => {
    const { deliver, tables } = simulation();
    await deliver(kafkaEvent({ offset: 2, id: 'b', key: 'k' }, { offset: 1, id: 'a', key: 'k' }), additive);
    expect(tables.items('customers')).toEqual([{ id: 'k', applied: [1, 2] }]);
  });

  test('records without a key wait for none, an empty key is a key', async () => {
    const { deliver, tables } = simulation();
    await deliver(kafkaEvent({ offset: 1, id: 'a' }, { offset: 2, id: 'b' }), { decode: json(), write: () => [] });
    expect(tables.calls).toHaveLength(1);
    await deliver(kafkaEvent({ offset: 3, id: 'c', key: '' }, { offset: 4, id: 'd', key: '' }), {
      decode: json(),
      write: () => [],
    });
    expect(tables.calls).toHaveLength(3);
  });
});

describe('the code of the user', () => {
  test('a write that fails four times is applied', async () => {
    const { deliver, tables } = simulation();
    let tries = 0;
    const response = await deliver(kafkaEvent({ offset: 1, id: 'a' }), {
      ...additive,
      write: (data, context) => {
        if (++tries < 5) throw new Error('not yet');
        return additive.write(data, context);
      },
    });
    expect(reported(response)).toEqual([]);
    expect(tables.items('orders')).toEqual([{ id: 'a', timesApplied: 1 }]);
  });

  test('a write that fails five times is parked, and the dead letter does not quote its message', async () => {
    const { deliver, letters, records, log } = simulation();
    const write = () => {
      throw new RangeError('card 4111111111111111');
    };
    const response = await deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), write });
    expect(reported(response)).toEqual([]);
    expect(records('parked')).toMatchObject([{ reason: 'handler-error', source: 'shop', id: 'a' }]);
    expect(letters()[0]?.detail).toMatch(/^5 attempts: write failed, last with RangeError at /);
    expect(JSON.stringify(letters())).not.toContain('4111');
    expect(log.of('attempt failed').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  test('more operations than one transaction holds are parked', async () => {
    const { deliver, letters } = simulation();
    const write = () => Array.from({ length: 100 }, (_, i) => put({ TableName: 'orders', Item: { id: `${i}` } }));
    await deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), write });
    expect(letters()).toMatchObject([
      { reason: 'write-refused', detail: expect.stringContaining('got 100 operations, want at most 99') as string },
    ]);
  });

  test('99 operations are applied', async () => {
    const { deliver, tables } = simulation();
    const write = () => Array.from({ length: 99 }, (_, i) => put({ TableName: 'orders', Item: { id: `${i}` } }));
    await deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), write });
    expect(tables.items('orders')).toHaveLength(99);
  });

  test('a tombstone is delivered as null, an empty value as undecodable JSON', async () => {
    const { deliver, letters } = simulation();
    const seen: unknown[] = [];
    const write = (data: unknown) => (seen.push(data), []);
    await deliver(kafkaEvent({ offset: 1, id: 'a', value: null }, { offset: 2, id: 'b', value: '' }), {
      decode: json(),
      write,
    });
    expect(seen).toEqual([null]);
    expect(letters()).toMatchObject([{ id: 'b', reason: 'undecodable', value: '' }]);
  });
});

describe('being a handler', () => {
  test('making one reads no environment and opens nothing', () => {
    expect(() => consumer(additive)).not.toThrow();
  });

  test('without its environment the whole batch is refused, so that nothing is committed', async () => {
    const handler = consumer({ ...additive, deps: { ...simulation().parts, variables: {} } });
    const { clock } = simulation();
    await expect(invoke(clock, handler, kafkaEvent({ offset: 1, id: 'a' }), 60_000)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
  });

  test('an event without records needs nothing', async () => {
    const handler = consumer({ ...additive, deps: { variables: {} } });
    await expect(invoke(new VirtualClock(), handler, kafkaEvent(), 60_000)).resolves.toEqual({ batchItemFailures: [] });
  });

  test('of two consumers of one topic name the one of the cluster that sent the records is meant', async () => {
    const { parts, clock, records } = simulation();
    const variables = {
      LOSSLESS_CONSUMER_A: JSON.stringify({ ...environment, cluster: 'another', table: 'nowhere' }),
      LOSSLESS_CONSUMER_B: JSON.stringify({ ...environment, cluster: CLUSTER }),
    };
    const handler = consumer({ ...additive, deps: { ...parts, variables } });
    await clock.run(invoke(clock, handler, kafkaEvent({ offset: 1, id: 'a' }), 60_000));
    expect(records('done')).toHaveLength(1);
  });

  test.each([0, 101, 1.5])('a concurrency of %p is refused', (concurrency) => {
    expect(() => consumer({ ...additive, concurrency })).toThrow(/want a whole number from 1 to 100/);
  });
});
