import { deadLetterName } from '../../../../lambdas/runtime/dead-letters/letter';
import { json } from '../../../../lambdas/runtime/event/decode';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { conflictKeyOf, deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { environment, kafkaEvent, reported, simulation, type Given } from '../simulation';
import { oneMore } from '../../../../testing';

/** One test for each cell of DESIGN.md's table, column `write`. */

const counting = {
  decode: json(),
  write: (data: unknown, { event }: { event: { id: string } }) => {
    if ((data as { fails?: boolean } | null)?.fails) throw new Error('handler');
    return [oneMore('orders', event.id)];
  },
};
const A: Given = { offset: 5, id: 'a', key: 'k', value: { amount: 1 } };
const FAILING: Given = { ...A, value: { fails: true } };
const redrive = (n: number, group = 'billing') => ({ headers: [['lossless-redrive', `${group}:${n}`]] as const });

const deliveryFor = (given: Given) => {
  const [record] = [...recordBatch(kafkaEvent(given)).partitions.values()].flat();
  return deliveryOf(record as never, environment);
};
/** A table that holds the given state of the event. */
function tableWith(state: string, given: Given = A, more: Record<string, unknown> = {}) {
  const all = simulation();
  const { key, content } = deliveryFor(given);
  const { offset, partition = 0, timestamp = 1_700_000_000_000 } = given;
  all.tables.write('idempotency', { key, state, content, topic: 'orders', partition, offset, timestamp, ...more });
  return all;
}

describe('nothing in the table', () => {
  test('the event is applied and recorded as done together', async () => {
    const { deliver, tables, records } = simulation();
    await deliver(kafkaEvent(A), counting);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(records('done')).toMatchObject([{ key: deliveryFor(A).key, offset: 5 }]);
  });

  test('a record without a state decides nothing: the event is applied', async () => {
    const { deliver, tables, records } = simulation();
    tables.write('idempotency', { key: deliveryFor(A).key, attempts: 3 });
    await deliver(kafkaEvent(A), counting);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(records('done')).toHaveLength(1);
  });

  test('an event that fails is parked: dead letter first, then its record, which names it', async () => {
    const { deliver, records, letters } = simulation();
    await deliver(kafkaEvent(FAILING), counting);
    const [letter] = letters();
    expect(records('parked')).toMatchObject([
      {
        object: deadLetterName(letter as never),
        reason: 'handler-error',
        source: 'shop',
        id: 'a',
        settledAt: expect.any(Number) as number,
      },
    ]);
    expect(records('parked')[0]).not.toHaveProperty('expiresAt');
  });
});

describe('done, same content', () => {
  test.each([
    ['by this record', A],
    ['by another record', { ...A, offset: 900, partition: 4 }],
  ])('%s: settled, and not applied again', async (_, redelivered) => {
    const { deliver, tables, records } = tableWith('done');
    expect(reported(await deliver(kafkaEvent(redelivered), counting))).toEqual([]);
    expect(tables.items('orders')).toEqual([]);
    expect(records('done')).toMatchObject([{ offset: 5 }]);
  });

  test('expired but not yet deleted: it still counts, no clock decides', async () => {
    const { deliver, tables } = tableWith('done', A, { expiresAt: 1 });
    expect(reported(await deliver(kafkaEvent(A), counting))).toEqual([]);
    expect(tables.items('orders')).toEqual([]);
  });

  test('an event that cannot be parked any more because it is done stays done', async () => {
    const { deliver, records } = tableWith('done', FAILING);
    expect(reported(await deliver(kafkaEvent(FAILING), counting))).toEqual([]);
    expect(records('parked')).toEqual([]);
    expect(records('done')).toHaveLength(1);
  });
});

test('parked, same content: settled, not applied, and still parked by the first', async () => {
  const { deliver, tables, records } = tableWith('parked', A, { object: 'first' });
  expect(reported(await deliver(kafkaEvent(A, { ...A, offset: 6 }), counting))).toEqual([]);
  expect(tables.items('orders')).toEqual([]);
  expect(records('parked')).toMatchObject([{ object: 'first' }]);
});

describe.each(['discarded', 'amended'])('%s, same content: a person ended the event', (state) => {
  test.each([
    ['the record that was parked', A],
    ['another record of it', { ...A, offset: 900, partition: 4 }],
    ['a copy of a redrive', { ...A, offset: 80, ...redrive(9) }],
  ])('%s is settled, not applied, and changes nothing', async (_, given) => {
    const { deliver, tables, entries } = tableWith(state, A, { object: 'first', generation: 1 });
    const before = entries();
    expect(reported(await deliver(kafkaEvent(given), counting))).toEqual([]);
    expect(tables.items('orders')).toEqual([]);
    expect(entries()).toEqual(before);
  });

  test('nor is it called', async () => {
    const { deliver, entries } = tableWith(state, A, { object: 'first' });
    const before = entries();
    const call = () => Promise.reject(new Error('called'));
    expect(reported(await deliver(kafkaEvent({ ...A, offset: 80, ...redrive(9) }), { decode: json(), call }))).toEqual([]); // prettier-ignore
    expect(entries()).toEqual(before);
  });

  test('one that fails is not parked again', async () => {
    const { deliver, entries } = tableWith(state, FAILING, { object: 'first' });
    const before = entries();
    expect(reported(await deliver(kafkaEvent({ ...FAILING, offset: 80, ...redrive(9) }), counting))).toEqual([]);
    expect(entries()).toEqual(before);
  });
});

describe('redriven (2)', () => {
  test('the delivery of generation 2 is applied', async () => {
    const { deliver, tables, records } = tableWith('redriven', A, { generation: 2 });
    await deliver(kafkaEvent({ ...A, offset: 80, ...redrive(2) }), counting);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(records('done')).toMatchObject([{ offset: 80 }]);
    expect(records('redriven')).toEqual([]);
  });

  test('the delivery of generation 2 that fails is parked again, and remembers its generation', async () => {
    const { deliver, records } = tableWith('redriven', FAILING, { generation: 2 });
    expect(reported(await deliver(kafkaEvent({ ...FAILING, offset: 80, ...redrive(2) }), counting))).toEqual([]);
    expect(records('parked')).toMatchObject([{ offset: 80, generation: 2 }]);
  });

  test.each([
    ['the first delivery', {}],
    ['the delivery of generation 1', redrive(1)],
    ['a redrive of another group', redrive(2, 'shipping')],
    ['a redrive that names no number', { headers: [['lossless-redrive', 'billing:x']] as const }],
  ])('%s may still be the one that is applied', async (_, headers) => {
    const { deliver, tables, records } = tableWith('redriven', A, { generation: 2 });
    await deliver(kafkaEvent({ ...A, ...headers }), counting);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(records('done')).toHaveLength(1);
  });

  test.each([
    ['the first delivery', {}],
    ['the delivery of generation 1', redrive(1)],
  ])('%s is settled if it fails, and leaves the event to the redrive', async (_, headers) => {
    const { deliver, records } = tableWith('redriven', FAILING, { generation: 2 });
    expect(reported(await deliver(kafkaEvent({ ...FAILING, ...headers }), counting))).toEqual([]);
    expect(records('redriven')).toMatchObject([{ generation: 2 }]);
    expect(records('parked')).toEqual([]);
  });
});

describe('other content', () => {
  const other: Given = { ...A, offset: 6, value: { amount: 2 } };

  test.each(['done', 'parked', 'redriven', 'claimed', 'discarded', 'amended'])(
    '%s: parked as id-conflict under a key of its own',
    async (state) => {
      const { deliver, tables, records, letters, entries } = tableWith(state, A, { generation: 1 });
      expect(reported(await deliver(kafkaEvent(other), counting))).toEqual([]);
      expect(tables.items('orders')).toEqual([]);
      expect(entries()).toHaveLength(2);
      expect(records('parked')).toContainEqual(
        expect.objectContaining({ key: conflictKeyOf(deliveryFor(other)), reason: 'id-conflict', id: 'a' }),
      );
      expect(letters()).toMatchObject([{ reason: 'id-conflict', offset: 6 }]);
    },
  );

  test('a redelivery of the conflict is settled', async () => {
    const { deliver, entries } = tableWith('done');
    await deliver(kafkaEvent(other), counting);
    expect(reported(await deliver(kafkaEvent(other), counting))).toEqual([]);
    expect(entries()).toHaveLength(2);
  });

  test('one that fails by itself is parked as well', async () => {
    const { deliver, records } = tableWith('done');
    expect(reported(await deliver(kafkaEvent({ ...FAILING, offset: 6 }), counting))).toEqual([]);
    expect(records('parked')).toMatchObject([{ reason: 'id-conflict', key: conflictKeyOf(deliveryFor(FAILING)) }]);
  });

  test.each([
    ['key', { ...A, key: 'other' }],
    ['no key', { ...A, key: null }],
    ['type', { ...A, type: 'order.paid' }],
    ['tombstone', { ...A, value: null }],
  ])('another %s is other content', async (_, given) => {
    const { deliver, letters } = tableWith('done');
    await deliver(kafkaEvent({ ...given, offset: 6 }), counting);
    expect(letters()).toMatchObject([{ reason: 'id-conflict' }]);
  });

  test('another time or header is not', async () => {
    const { deliver, letters } = tableWith('done');
    await deliver(
      kafkaEvent({
        ...A,
        offset: 6,
        timestamp: 5,
        headers: [
          ['ce_time', '2026-02-02'],
          ['x', 'y'],
        ],
      }),
      counting,
    );
    expect(letters()).toEqual([]);
  });
});

describe('claimed, same content: a deploy that made calls has left it', () => {
  const DEAD = { owner: 'dead', beat: 3 };

  test('by an invocation that lives: waited for, and settled when that one is done', async () => {
    const { deliver, tables, clock } = tableWith('claimed', A, { owner: 'other', beat: 0 });
    const { key, content } = deliveryFor(A);
    const other = (async () => {
      for (let beat = 1; beat <= 8; beat++) {
        await clock.sleep(3_000);
        tables.write('idempotency', { key, content, state: 'claimed', owner: 'other', beat });
      }
      tables.write('idempotency', { key, content, state: 'done', offset: 900 });
    })();
    expect(reported(await deliver(kafkaEvent(A), counting))).toEqual([]);
    await other;
    expect(tables.items('orders')).toEqual([]);
  });

  test('by one that lives longer than the invocation lasts: reported, never settled', async () => {
    const { deliver, tables, clock } = tableWith('claimed', A, { owner: 'other', beat: 0 });
    const { key, content } = deliveryFor(A);
    const other = (async () => {
      for (let beat = 1; beat <= 20; beat++) {
        await clock.sleep(3_000);
        tables.write('idempotency', { key, content, state: 'claimed', owner: 'other', beat });
      }
    })();
    expect(reported(await deliver(kafkaEvent(A), counting))).toEqual(['orders-0@5']);
    await clock.run(other);
    expect(tables.items('orders')).toEqual([]);
  });

  test('by one that was killed: applied after a lease, by this clock alone', async () => {
    const { deliver, tables, records, clock } = tableWith('claimed', A, DEAD);
    const before = clock.now();
    expect(reported(await deliver(kafkaEvent(A), counting))).toEqual([]);
    expect(clock.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(records('done')).toMatchObject([{ offset: 5 }]);
    expect(records('claimed')).toEqual([]);
  });

  test('by one that was killed: its neighbours do not wait for it', async () => {
    const { deliver, tables, clock } = tableWith('claimed', A, DEAD);
    const seen: number[] = [];
    const started = clock.now();
    const write = (data: unknown, context: { event: { id: string } }) => {
      if (context.event.id === 'b2') seen.push(clock.now() - started);
      return counting.write(data, context);
    };
    const others: Given[] = [1, 2].map((n) => ({ offset: 5 + n, id: `b${n}`, key: 'other' }));
    await deliver(kafkaEvent(A, ...others), { ...counting, write });
    expect(seen[0]).toBeLessThan(2_000);
    expect(tables.items('orders')).toHaveLength(3);
  });

  test('by one that was killed, from a redrive: applied, or parked with its generation', async () => {
    for (const given of [A, FAILING]) {
      const { deliver, records } = tableWith('claimed', given, { ...DEAD, generation: 2, object: 'o' });
      expect(reported(await deliver(kafkaEvent({ ...given, offset: 80, ...redrive(2) }), counting))).toEqual([]);
      const [settled] = [...records('done'), ...records('parked')];
      expect(settled).toMatchObject(
        given === A ? { state: 'done', offset: 80 } : { state: 'parked', offset: 80, generation: 2 },
      );
    }
  });

  test('by one that was killed, from a redrive, and an older delivery that fails: given back to the redrive', async () => {
    const { deliver, records } = tableWith('claimed', FAILING, { ...DEAD, generation: 2, object: 'o' });
    expect(reported(await deliver(kafkaEvent(FAILING), counting))).toEqual([]);
    expect(records('redriven')).toMatchObject([{ generation: 2, object: 'o' }]);
    expect(records('redriven')[0]).not.toHaveProperty('owner');
  });

  test('by one that was killed, and it fails here: its attempts are counted and it is parked', async () => {
    const { deliver, records, letters } = tableWith('claimed', FAILING, DEAD);
    expect(reported(await deliver(kafkaEvent(FAILING), counting))).toEqual([]);
    expect(records('parked')).toMatchObject([{ effect: 'unknown' }]);
    const named = letters().find((letter) => deadLetterName(letter) === records('parked')[0]?.['object']);
    expect(named).toMatchObject({ reason: 'handler-error', effect: 'unknown' });
  });

  test('by one that was killed, and it cannot be decoded: parked, and its letter says that the effect is not known', async () => {
    const undecodable: Given = { ...A, value: '{' };
    const { deliver, records, letters } = tableWith('claimed', undecodable, DEAD);
    expect(reported(await deliver(kafkaEvent(undecodable), counting))).toEqual([]);
    const [parked] = records('parked');
    const named = letters().find((letter) => deadLetterName(letter) === parked?.['object']);
    expect(named).toMatchObject({ reason: 'undecodable', effect: 'unknown' });
  });

  test('an answer lost while the claim is taken over or given back changes nothing', async () => {
    for (const lost of [1, 2, 3, 4, 12, 13, 14]) {
      const { deliver, tables, records } = tableWith('claimed', A, DEAD);
      tables.updateScript = (_, call) => (call === lost ? 'lost' : undefined);
      expect(reported(await deliver(kafkaEvent(A), counting))).toEqual([]);
      expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
      expect(records('done')).toHaveLength(1);
    }
  });

  test('two invocations that wait for the same dead claim apply it once', async () => {
    const all = tableWith('claimed', A, DEAD);
    const both = [1, 2].map(() => all.invoke(kafkaEvent(A), counting));
    expect((await all.clock.run(Promise.all(both))).flatMap(reported)).toEqual([]);
    expect(all.tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
  });
});

test('a state of a later version is neither applied nor parked: it is reported', async () => {
  const { deliver, tables, entries } = tableWith('of tomorrow');
  expect(reported(await deliver(kafkaEvent(A), counting))).toEqual(['orders-0@5']);
  expect(tables.items('orders')).toEqual([]);
  expect(entries()).toMatchObject([{ state: 'of tomorrow' }]);
});

describe('parking', () => {
  test('while S3 does not confirm, nothing is settled and nothing passes', async () => {
    const { deliver, objects, entries } = simulation();
    objects.failing = (call) => call === 'put';
    const response = await deliver(kafkaEvent(FAILING, { ...A, id: 'b', offset: 6 }), counting);
    expect(reported(response)).toEqual(['orders-0@5', 'orders-0@6']);
    expect(entries()).toEqual([
      { key: deliveryFor(FAILING).key, attempts: 5, attemptsBy: expect.any(String) as string },
    ]);
  });

  test('while the table does not confirm, nothing is settled and nothing passes', async () => {
    const { deliver, tables } = simulation();
    tables.script = (items) =>
      items[0]?.Put?.Item?.['state']?.S === 'parked' ? { kind: 'busy', detail: 'throttled' } : undefined;
    expect(reported(await deliver(kafkaEvent(FAILING, { ...A, id: 'b', offset: 6 }), counting))).toEqual([
      'orders-0@5',
      'orders-0@6',
    ]);
  });

  test('an answer lost while parking leaves one object and one record', async () => {
    const { deliver, tables, letters, records } = simulation();
    tables.script = (_, call) => (call === 0 ? 'lost' : undefined);
    expect(reported(await deliver(kafkaEvent(FAILING), counting))).toEqual([]);
    expect(letters()).toHaveLength(1);
    expect(records('parked')).toHaveLength(1);
  });

  test('an event applied while its parking was under way is not parked', async () => {
    const { deliver, tables, records, objects } = simulation();
    objects.failing = () => {
      const { key, content } = deliveryFor(FAILING);
      tables.write('idempotency', { key, content, state: 'done' });
      return false;
    };
    expect(reported(await deliver(kafkaEvent(FAILING), counting))).toEqual([]);
    expect(records('parked')).toEqual([]);
  });
});
