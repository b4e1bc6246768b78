import { consumer, Park, type CallContext } from '../../../../lambdas/runtime';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { json } from '../../../../lambdas/runtime/event/decode';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { environment, kafkaEvent, reported, simulation, type Given } from '../simulation';
import { deliverMortal } from '../simulation/mortal';

jest.setTimeout(60_000);

/** One test for each cell of DESIGN.md's table, column `call`, and for what may happen to a claim. */

const A: Given = { offset: 5, id: 'a', key: 'k', value: { amount: 1 } };
const redrive = (n: number) => ({ headers: [['lossless-redrive', `billing:${n}`]] as const });
const deliveryFor = (given: Given) => {
  const [record] = [...recordBatch(kafkaEvent(given)).partitions.values()].flat();
  return deliveryOf(record as never, environment);
};

/** Another system, which remembers what reached it. */
function calling(act: (id: string, context: CallContext, times: number) => unknown = () => undefined) {
  const reached: string[] = [];
  return {
    reached,
    options: {
      decode: json(),
      call: async (_: unknown, context: CallContext) => {
        reached.push(context.event.id);
        await act(context.event.id, context, reached.filter((id) => id === context.event.id).length);
      },
    },
  };
}
function tableWith(state: string, more: Record<string, unknown> = {}, given: Given = A) {
  const all = simulation();
  const { key, content } = deliveryFor(given);
  const { offset, partition = 0, timestamp = 1_700_000_000_000 } = given;
  all.tables.write('idempotency', { key, state, content, topic: 'orders', partition, offset, timestamp, ...more });
  return all;
}
const fails = () => Promise.reject(new Error('the other system says no'));

test('nothing in the table: the event is claimed, called once and done', async () => {
  const { deliver, records } = simulation();
  const { reached, options } = calling();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a']);
  expect(records('done')).toMatchObject([{ offset: 5, key: deliveryFor(A).key }]);
  expect(records('claimed')).toEqual([]);
});

test.each(['done', 'parked'])('%s, same content: settled, and not called', async (state) => {
  const { deliver } = tableWith(state);
  const { reached, options } = calling();
  expect(reported(await deliver(kafkaEvent({ ...A, offset: 9 }), options))).toEqual([]);
  expect(reached).toEqual([]);
});

test.each(['done', 'parked', 'redriven', 'claimed'])(
  '%s, other content: parked as id-conflict, and not called',
  async (state) => {
    const { deliver, letters } = tableWith(state, { owner: 'x', beat: 0, generation: 1 });
    const { reached, options } = calling();
    expect(reported(await deliver(kafkaEvent({ ...A, offset: 6, value: { amount: 2 } }), options))).toEqual([]);
    expect(reached).toEqual([]);
    expect(letters()).toMatchObject([{ reason: 'id-conflict', offset: 6 }]);
  },
);

test('redriven (2), delivery of generation 2: called, and done', async () => {
  const { deliver, records } = tableWith('redriven', { generation: 2, object: 'o' });
  const { reached, options } = calling();
  await deliver(kafkaEvent({ ...A, offset: 80, ...redrive(2) }), options);
  expect(reached).toEqual(['a']);
  expect(records('done')).toMatchObject([{ offset: 80 }]);
});

test('redriven (2), delivery of generation 2 that fails: parked again, and its letter says that the effect is not known', async () => {
  const { deliver, records, letters } = tableWith('redriven', { generation: 2, object: 'o' });
  expect(reported(await deliver(kafkaEvent({ ...A, offset: 80, ...redrive(2) }), calling(fails).options))).toEqual([]);
  expect(records('parked')).toMatchObject([{ offset: 80, generation: 2 }]);
  expect(letters()).toMatchObject([{ offset: 80, effect: 'unknown', reason: 'handler-error' }]);
});

test('redriven (2), older delivery: may be called, and done', async () => {
  const { deliver, records } = tableWith('redriven', { generation: 2, object: 'o' });
  const { reached, options } = calling();
  await deliver(kafkaEvent(A), options);
  expect(reached).toEqual(['a']);
  expect(records('done')).toHaveLength(1);
});

test('redriven (2), older delivery that fails: settled, and the event is left to the redrive as it was', async () => {
  const { deliver, records } = tableWith('redriven', { generation: 2, object: 'o' });
  expect(reported(await deliver(kafkaEvent(A), calling(fails).options))).toEqual([]);
  expect(records('redriven')).toMatchObject([{ generation: 2, object: 'o' }]);
  expect(records('redriven')[0]).not.toHaveProperty('owner');
});

test('claimed by another, live: waited for and never called; when the other is done it is settled', async () => {
  const { deliver, tables, clock } = tableWith('claimed', { owner: 'other', beat: 0 });
  const { reached, options } = calling();
  const { key, content } = deliveryFor(A);
  const other = (async () => {
    for (let beat = 1; beat <= 8; beat++) {
      await clock.sleep(3_000);
      tables.write('idempotency', { key, content, state: 'claimed', owner: 'other', beat });
    }
    tables.write('idempotency', { key, content, state: 'done', offset: 900 });
  })();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual([]);
  await other;
  expect(reached).toEqual([]);
});

test('claimed by another for longer than the invocation lasts: reported, never settled', async () => {
  const { deliver, tables, clock } = tableWith('claimed', { owner: 'other', beat: 0 });
  const { reached, options } = calling();
  const { key, content } = deliveryFor(A);
  const other = (async () => {
    for (let beat = 1; beat <= 20; beat++) {
      await clock.sleep(3_000);
      tables.write('idempotency', { key, content, state: 'claimed', owner: 'other', beat });
    }
  })();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual(['orders-0@5']);
  await clock.run(other);
  expect(reached).toEqual([]);
});

test('claimed by one that was killed: taken over after a lease, by this clock alone', async () => {
  const { deliver, records, clock } = tableWith('claimed', { owner: 'dead', beat: 3 });
  const { reached, options } = calling();
  const before = clock.now();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a']);
  expect(clock.now() - before).toBeGreaterThanOrEqual(10_000);
  expect(records('done')).toHaveLength(1);
});

test('two deliveries at once call once', async () => {
  const all = simulation();
  const { reached, options } = calling((_, { signal }) => all.clock.sleep(15_000, signal));
  const both = [1, 2].map(() => all.invoke(kafkaEvent(A), options));
  const responses = await all.clock.run(Promise.all(both));
  expect(responses.flatMap(reported)).toEqual([]);
  expect(reached).toEqual(['a']);
});

test('a crash after the call and before its record repeats the call, once for each crash', async () => {
  const all = simulation();
  const { reached, options } = calling();
  const crashed = await deliverMortal(all.parts, kafkaEvent(A), (kill) => {
    all.tables.script = (items) =>
      items[0]?.Update?.ExpressionAttributeValues?.[':state']?.S === 'done' ? (void kill(), 'lost') : undefined;
    return options;
  });
  expect(crashed).toBe('killed');
  all.tables.script = () => undefined;
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached.length).toBeLessThanOrEqual(2);
  expect(all.records('done')).toHaveLength(1);
});

test('a completion whose answer is lost does not repeat the call', async () => {
  const { deliver, tables, records } = simulation();
  tables.script = (_, call) => (call < 3 ? 'lost' : undefined);
  const { reached, options } = calling();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a']);
  expect(records('done')).toHaveLength(1);
});

test('a store that is away after the call does not repeat it, as long as nobody takes the event over', async () => {
  const { deliver, tables } = simulation();
  tables.script = (_, call) => (call < 6 ? { kind: 'unknown', detail: 'away' } : undefined);
  const { reached, options } = calling();
  expect(reported(await deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a']);
});

test('what has been called is decoded and claimed once, however often its record is not confirmed', async () => {
  const { deliver, tables } = simulation();
  tables.script = (_, call) => (call < 6 ? { kind: 'busy', detail: 'throttled' } : undefined);
  const { reached, options } = calling();
  let decoded = 0;
  const decode = { decode: () => ({ data: ++decoded }) };
  expect(reported(await deliver(kafkaEvent(A), { ...options, decode }))).toEqual([]);
  expect({ decoded, reached: reached.length }).toEqual({ decoded: 1, reached: 1 });
  const claims = tables.updates.filter(({ UpdateExpression = '' }) => UpdateExpression.includes(':claimed'));
  expect(claims).toHaveLength(1);
});

test('a completion that waits for the store keeps its claim: another invocation does not call', async () => {
  const all = simulation();
  const { reached, options } = calling();
  all.tables.script = (items) =>
    all.clock.now() < started + 40_000 && items[0]?.Update?.ExpressionAttributeValues?.[':state']?.S === 'done'
      ? { kind: 'busy', detail: 'throttled' }
      : undefined;
  const started = all.clock.now();
  const first = all.invoke(kafkaEvent(A), options);
  const second = all.clock.sleep(1_000).then(() => all.invoke(kafkaEvent(A), options));
  const responses = await all.clock.run(Promise.all([first, second]));
  expect(responses.flatMap(reported)).toEqual([]);
  expect(reached).toEqual(['a']);
});

test('an event that another has taken over after its call is not called again by the first', async () => {
  const all = simulation();
  const { reached, options } = calling();
  const { key, content } = deliveryFor(A);
  all.tables.script = (_, call) => {
    if (call > 0) return undefined;
    all.tables.write('idempotency', { key, content, state: 'claimed', owner: 'another', beat: 0 });
    return { kind: 'busy', detail: 'throttled' };
  };
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a']);
  expect(all.records('done')).toHaveLength(1);
});

test('a call that outlasts its lease is kept alive by its beat', async () => {
  const all = simulation();
  const { reached, options } = calling((_, { signal }) => all.clock.sleep(35_000, signal));
  const first = all.invoke(kafkaEvent(A), options);
  const second = all.clock.sleep(1_000).then(() => all.invoke(kafkaEvent(A), options));
  await all.clock.run(Promise.all([first, second]));
  expect(reached).toEqual(['a']);
  expect(all.records('done')).toHaveLength(1);
});

test('a call whose claim cannot be renewed is told to stop before another may take it over', async () => {
  const all = simulation();
  let toldAt: number | undefined;
  const started = all.clock.now();
  const { options } = calling((_, { signal }, times) => {
    if (times > 1) return undefined;
    signal.addEventListener('abort', () => (toldAt ??= all.clock.now()));
    return all.clock.sleep(30_000, signal).then(() => Promise.reject(new Error('stopped')));
  });
  all.tables.updateScript = ({ UpdateExpression = '' }) =>
    UpdateExpression === 'ADD #beat :one' && all.clock.now() - started < 20_000
      ? { kind: 'busy', detail: 'throttled' }
      : undefined;
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect((toldAt ?? 0) - started).toBeLessThan(13_000);
});

test('a call that fails four times and then succeeds is done; a fifth failure parks it', async () => {
  const good = simulation();
  const four = calling((_, __, times) => (times < 5 ? fails() : undefined));
  expect(reported(await good.deliver(kafkaEvent(A), four.options))).toEqual([]);
  expect(four.reached).toHaveLength(5);
  expect(good.records('done')).toHaveLength(1);
  const bad = simulation();
  const five = calling(fails);
  expect(reported(await bad.deliver(kafkaEvent(A), five.options))).toEqual([]);
  expect(five.reached).toHaveLength(5);
  expect(bad.letters()).toMatchObject([{ effect: 'unknown', reason: 'handler-error' }]);
});

test('a thrown Park parks at once, in the words of the handler', async () => {
  const { deliver, letters } = simulation();
  const { reached, options } = calling(() => Promise.reject(new Park('the account is closed')));
  await deliver(kafkaEvent(A), options);
  expect(reached).toEqual(['a']);
  expect(letters()).toMatchObject([{ detail: 'the account is closed', effect: 'unknown' }]);
});

test('calls of one key are made in offset order, each after the one before is done', async () => {
  const all = simulation();
  const done: number[] = [];
  const { options } = calling(() => void done.push(all.records('done').length));
  const given = Array.from({ length: 4 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: 'k' }));
  await all.deliver(kafkaEvent(...given), options);
  expect(done).toEqual([0, 1, 2, 3]);
});

test('completions share transactions, ten events at most in one', async () => {
  const all = simulation();
  const given = Array.from({ length: 100 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` }));
  await all.deliver(kafkaEvent(...given), { ...calling().options, concurrency: 100 });
  expect(Math.max(...all.tables.calls.map(({ length }) => length))).toBe(10);
  expect(all.records('done')).toHaveLength(100);
});

test('the signal of a call aborts at the time margin, and the event is reported', async () => {
  const all = simulation();
  let aborted = false;
  const { options } = calling((_, { signal }) => {
    signal.addEventListener('abort', () => (aborted = true));
    return new Promise(() => undefined);
  });
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual(['orders-0@5']);
  expect(aborted).toBe(true);
});

test('a call that hangs gives its claim up at the time margin: the next delivery takes the event over', async () => {
  const all = simulation();
  const { reached, options } = calling((_, __, times) => (times === 1 ? new Promise(() => undefined) : undefined));
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual(['orders-0@5']);
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(reached).toEqual(['a', 'a']);
  expect(all.records('done')).toHaveLength(1);
});

test('what an unpack sweep finds claimed by a killed invocation is parked, and its letter says that the effect is not known', async () => {
  const all = tableWith('claimed', { owner: 'dead', beat: 1 });
  const payload = JSON.stringify(kafkaEvent(A));
  all.objects.content.set(
    'on-failure/one',
    JSON.stringify({ requestContext: { condition: 'RetriesExhausted' }, payload }),
  );
  const sweep = unpack(all.parts);
  await all.clock.run(sweep({}, { getRemainingTimeInMillis: () => 60_000 }));
  expect(all.records('parked')).toHaveLength(1);
  expect(all.letters()).toMatchObject([{ effect: 'unknown' }]);
  expect(all.objects.names('on-failure')).toEqual([]);
});

test.each([
  ['neither', {}],
  ['both', { write: () => [], call: () => undefined }],
])('%s of write and call is refused', (_, effect) => {
  expect(() => consumer({ decode: json(), ...effect } as never)).toThrow(/want exactly one/);
});
