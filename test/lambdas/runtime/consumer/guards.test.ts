import { json } from '../../../../lambdas/runtime/event/decode';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { environment, kafkaEvent, reported, simulation, type Given } from '../simulation';

jest.setTimeout(60_000);

type World = ReturnType<typeof simulation>;
type Update = World['tables']['update'];
interface Context {
  readonly event: { readonly id: string };
}

const A: Given = { offset: 5, id: 'a', key: 'k' };
const B: Given = { offset: 6, id: 'b', key: 'l' };
const C: Given = { offset: 9, id: 'c', key: 'm', partition: 1 };
const orders = ({ tables }: World) =>
  tables
    .items('orders')
    .map(({ id }) => id)
    .sort();
const applies = {
  decode: json(),
  write: (_: unknown, { event: { id } }: Context) => [put({ TableName: 'orders', Item: { id } })],
};
const never = () => new Promise<never>(() => undefined);

/** What becomes of the updates that `isMeant`, instead of being carried out. */
function inPlaceOf(all: World, isMeant: (input: Parameters<Update>[0]) => boolean, answer: Update): void {
  const update = all.tables.update.bind(all.tables);
  all.tables.update = (input) => (isMeant(input) ? answer(input) : update(input));
}
const isLedger = ({ Key }: Parameters<Update>[0], partition = '') =>
  Key?.['key']?.S?.startsWith('ledger/') === true && Key['key'].S.endsWith(partition);

describe('events whose ledger is not confirmed are settled by nobody, whatever was applied', () => {
  const refused = { kind: 'refused', detail: 'AccessDeniedException: ' } as const;

  test.each<[string, Update]>([
    ['refuses', () => Promise.resolve(refused)],
    ['does not answer', never],
    ['rejects', () => Promise.reject(new Error('socket'))],
  ])('the table %s: all of that partition is delivered again, and nothing of the other', async (_, answer) => {
    const all = simulation();
    let isAway = true;
    const isEnd = (input: Parameters<Update>[0]) => isAway && isLedger(input, '/0') && orders(all).length > 0;
    inPlaceOf(all, isEnd, answer);
    const event = kafkaEvent(A, B, C);
    expect(reported(await all.deliver(event, applies))).toEqual(['orders-0@5', 'orders-0@6']);
    expect(orders(all)).toEqual(['a', 'b', 'c']);
    expect([all.ledger(0)?.['applied'] ?? 0, all.ledger(1)?.['applied']]).toEqual([0, 1]);
    isAway = false;
    expect(reported(await all.deliver(kafkaEvent(A, B), applies))).toEqual([]);
    expect(all.ledger(0)).toMatchObject({ applied: 2 });
  });
});

test('a redelivery is worked on though its events cannot be looked up in the time there is: reads of twenty seconds each', async () => {
  const all = simulation();
  const event = kafkaEvent(...Array.from({ length: 300 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` })));
  const late = { decode: json(), write: never };
  expect(reported(await all.deliver(event, late, 12_000))).toHaveLength(300);
  const readMany = all.tables.readMany.bind(all.tables);
  all.tables.readMany = async (table, keys) => {
    await all.clock.sleep(Math.ceil(keys.length / 100) * 20_000);
    return readMany(table, keys);
  };
  expect(reported(await all.deliver(event, applies))).toEqual([]);
  expect(orders(all)).toHaveLength(300);
});

describe('an event whose write is confirmed after the time margin, while the others are counted', () => {
  // Its transaction is sent 7 ms before the margin and takes 12; the others are counted within 10 of the margin.
  const appliesLate = ({ clock }: World) => ({
    ...applies,
    write: async (data: unknown, context: Context) => {
      if (context.event.id === 'late') await clock.sleep(49_983);
      return applies.write(data, context);
    },
  });

  test.each([
    ['after', 7, [7], 2],
    ['before', 4, [4, 5, 6], 0],
  ])('%s the others in the log: is delivered again, and counted then', async (_, offset, left, counted) => {
    const all = simulation();
    const given = [A, B, { offset, id: 'late', key: 'late' }].sort((a, b) => a.offset - b.offset);
    const answer = await all.deliver(kafkaEvent(...given), appliesLate(all));
    expect(orders(all)).toEqual(['a', 'b', 'late']);
    expect(reported(answer)).toEqual(left.map((each) => `orders-0@${each}`));
    expect(all.ledger()).toMatchObject({ applied: counted });
    const again = given.filter((each) => left.includes(each.offset));
    expect(reported(await all.deliver(kafkaEvent(...again), applies))).toEqual([]);
    expect(all.ledger()).toMatchObject({ applied: 3 });
  });
});

describe('whatever hangs, the events are answered for with half the time margin to spare', () => {
  test.each<[string, (all: World) => (input: Parameters<Update>[0]) => boolean]>([
    ['the end of their ledger', (all) => (input) => isLedger(input) && orders(all).length > 0],
    ['a handler, and the table for every update after that', (all) => () => all.clock.monotonic() >= 51_000],
  ])('%s', async (_, isHanging) => {
    const all = simulation();
    inPlaceOf(all, isHanging(all), never);
    const started = all.clock.monotonic();
    const write = (data: unknown, context: Context) =>
      context.event.id === 'b' ? never() : applies.write(data, context);
    const answer = await all.deliver(kafkaEvent(A, B), { ...applies, write });
    expect(all.clock.monotonic() - started).toBeLessThanOrEqual(55_000);
    expect(reported(answer)).toEqual(['orders-0@5', 'orders-0@6']);
    expect(orders(all)).toEqual(['a']);
  });
});

test('an event that an open circuit breaker holds for the writes of its handler is applied by the same delivery once the handler returns better ones', async () => {
  const all = simulation();
  const given = Array.from({ length: 30 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` }));
  const recoversAt = all.clock.monotonic() + 20_000;
  const write = (data: unknown, context: Context) =>
    all.clock.monotonic() < recoversAt
      ? [put({ TableName: 'orders', Item: { noKey: context.event.id } })]
      : applies.write(data, context);
  expect(reported(await all.deliver(kafkaEvent(...given), { ...applies, write }))).toEqual([]);
  expect(all.meter.counts.breakerOpen).toBeGreaterThan(0);
  expect(all.records('parked').map(({ reason }) => reason)).toEqual(Array(20).fill('write-refused'));
  expect(orders(all)).toHaveLength(10);
});

describe('an event that a killed call has left claimed, delivered to a handler that writes', () => {
  const claimedByTheDead = (all: World): void => {
    const [record] = [...recordBatch(kafkaEvent(A)).partitions.values()].flat();
    const { key, content } = deliveryOf(record!, environment);
    all.tables.write('idempotency', { key, content, state: 'claimed', owner: 'dead', beat: 7 });
  };

  test('and fails on it: is parked by that delivery after its attempts, as one on which a call may have been made', async () => {
    const all = simulation();
    claimedByTheDead(all);
    let tries = 0;
    const write = () => Promise.reject(new Error(`handler, ${++tries}`));
    expect(reported(await all.deliver(kafkaEvent(A), { ...applies, write, attempts: 3 }))).toEqual([]);
    expect(all.records('parked')).toMatchObject([{ reason: 'handler-error', effect: 'unknown' }]);
    // The first try met the claim and was no attempt.
    expect(tries).toBe(4);
  });

  test('and does well: is applied by that delivery', async () => {
    const all = simulation();
    claimedByTheDead(all);
    expect(reported(await all.deliver(kafkaEvent(A), applies))).toEqual([]);
    expect(orders(all)).toEqual(['a']);
  });
});

describe('an event on which the handler throws after the time margin: that it hung is its one attempt', () => {
  const throws = (all: World, ms: number) => () => all.clock.sleep(ms).then(() => Promise.reject(new Error('handler')));

  test.each([
    ['a write, while the answer is on its way', 49_995, (act: () => Promise<never>) => ({ write: act })],
    ['a write, long after the answer', 300_000, (act: () => Promise<never>) => ({ write: act })],
    ['a call, while the answer is on its way', 49_995, (act: () => Promise<never>) => ({ call: act })],
    ['a call, long after the answer', 300_000, (act: () => Promise<never>) => ({ call: act })],
  ])('%s', async (_, ms, effect) => {
    const all = simulation();
    const handler = { decode: json(), attempts: 2, ...effect(throws(all, ms)) };
    expect(reported(await all.deliver(kafkaEvent(A), handler))).toEqual(['orders-0@5']);
    await all.clock.run(all.clock.sleep(600_000));
    expect(all.entries()).toMatchObject([{ attempts: 1 }]);
    expect(all.log.of('attempt failed')).toHaveLength(1);
    // One more is due to it.
    expect(reported(await all.deliver(kafkaEvent(A), applies))).toEqual([]);
    expect([orders(all), all.letters()]).toEqual([['a'], []]);
  });
});

test('an event that waits for its turn with the handler at the time margin is not given to it after the answer', async () => {
  const all = simulation();
  const given = Array.from({ length: 21 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` }));
  const asked: string[] = [];
  const write = async (_: unknown, { event: { id } }: Context) => {
    asked.push(id);
    await all.clock.sleep(50_100);
    return [];
  };
  expect(reported(await all.deliver(kafkaEvent(...given), { ...applies, write }))).toHaveLength(21);
  await all.clock.run(all.clock.sleep(600_000));
  expect(asked).toEqual(given.slice(0, 20).map(({ id }) => id));
});

test('events that failed at first and were applied then do not hide behind which key a flood comes: all of it is parked at once', async () => {
  const all = simulation();
  const tries = new Map<string, number>();
  const late = Array.from({ length: 6 }, (_, i): Given => ({ offset: i, id: `late${i}`, key: `k${i}` }));
  const flood = Array.from({ length: 60 }, (_, i): Given => ({ offset: 6 + i, id: `bad${i}`, key: 'bad' }));
  const write = (data: unknown, context: Context) => {
    const { id } = context.event;
    tries.set(id, (tries.get(id) ?? 0) + 1);
    if (id.startsWith('bad') || tries.get(id)! < 3) throw new Error('no');
    return applies.write(data, context);
  };
  expect(reported(await all.deliver(kafkaEvent(...late, ...flood), { ...applies, write }))).toEqual([]);
  expect([orders(all).length, all.records('parked').length]).toEqual([6, 60]);
});
