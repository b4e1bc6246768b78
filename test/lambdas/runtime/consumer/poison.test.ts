import { json } from '../../../../lambdas/runtime/event/decode';
import { kafkaEvent, reported, simulation, type Given } from '../simulation';
import { oneMore } from '../../../../testing';
import { deliverMortal } from '../simulation/mortal';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(60_000);

type Simulation = ReturnType<typeof simulation>;

const counting = (kill: (id: string) => Promise<never> | undefined) => ({
  decode: json(),
  write: async (_: unknown, { event }: { event: { id: string } }) => {
    await kill(event.id);
    return [oneMore('orders', event.id)];
  },
});

/** As a mapping does, two seconds after each delivery, until nothing is left. Returns how many deliveries were killed. */
async function deliverAll(all: Simulation, given: readonly Given[], killers: (id: string, round: number) => boolean) {
  let left = [...given];
  let kills = 0;
  for (let round = 0; left.length > 0; round++) {
    if (round > 400) throw new Error('no end after 400 deliveries');
    const answer = await deliverMortal(all.parts, kafkaEvent(...left), (kill) =>
      counting((id) => (killers(id, round) ? kill() : undefined)),
    );
    if (answer === 'killed') kills++;
    else {
      const failed = new Set(reported(answer));
      left = left.filter(({ partition = 0, offset }) => failed.has(`orders-${partition}@${offset}`));
    }
    await all.clock.run(all.clock.sleep(2_000));
  }
  return kills;
}

const hundred = Array.from({ length: 100 }, (_, i): Given => ({
  ...{ partition: i % 3, offset: Math.floor(i / 3), id: `e${i}`, key: `k${i % 7}` },
}));
const applied = (all: Simulation) => all.tables.items('orders').map(({ id, n }) => `${String(id)}×${String(n)}`);

test('a record that kills the function, alone in its batch, is parked', async () => {
  const all = simulation();
  await deliverAll(all, [{ offset: 7, id: 'killer', key: 'k' }], () => true);
  expect(all.letters()).toMatchObject([{ id: 'killer', offset: 7, reason: 'killed-function' }]);
  expect(all.records('parked')).toHaveLength(1);
});

test('of a hundred records over three partitions the one that kills the function is parked, every neighbour is applied once', async () => {
  const all = simulation();
  await deliverAll(all, hundred, (id) => id === 'e50');
  expect(all.letters()).toMatchObject([{ id: 'e50', reason: 'killed-function' }]);
  expect(applied(all).sort()).toEqual(
    hundred
      .filter(({ id }) => id !== 'e50')
      .map(({ id }) => `${id}×1`)
      .sort(),
  );
});

test('two records that kill the function are both parked', async () => {
  const all = simulation();
  await deliverAll(all, hundred, (id) => id === 'e50' || id === 'e4');
  expect(
    all
      .letters()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['e4', 'e50']);
  expect(applied(all)).toHaveLength(98);
});

test.each([1, 2])('%i kills by chance park nothing', async (kills) => {
  const all = simulation();
  expect(await deliverAll(all, hundred, (id, round) => id === 'e50' && round < kills)).toBe(kills);
  expect(all.letters()).toEqual([]);
  expect(applied(all)).toHaveLength(100);
});

test('three kills by chance make the function careful, and park nothing', async () => {
  const all = simulation();
  expect(await deliverAll(all, hundred, (id, round) => id === `e${round * 30}` && round < 3)).toBe(3);
  expect(all.letters()).toEqual([]);
  expect(applied(all)).toHaveLength(100);
});

test('pollers that overlap, however often, park nothing', async () => {
  const all = simulation({ latencyMs: () => 400 });
  for (let round = 0; round < 5; round++) {
    const twice = [1, 2].map(() =>
      all.invoke(
        kafkaEvent(...hundred),
        counting(() => undefined),
      ),
    );
    await all.clock.run(Promise.all(twice));
  }
  expect(all.letters()).toEqual([]);
  expect(applied(all).every((each) => each.endsWith('×1'))).toBe(true);
  expect(all.ledger()).toMatchObject({ applied: 34, duplicate: 0, open: [] });
});

test('a delivery that is under way is no kill, however many there are of it', async () => {
  const all = simulation();
  const event = kafkaEvent({ offset: 1, id: 'slow', key: 'k' });
  const slow = () => all.clock.sleep(40_000) as Promise<never>;
  const three = [1, 2, 3, 4].map(() => all.invoke(event, counting(slow)));
  await all.clock.run(Promise.all(three));
  expect(all.letters()).toEqual([]);
  expect(applied(all)).toEqual(['slow×1']);
});

test('a handler that hangs is an attempt; after five of them, in five deliveries, the event is parked', async () => {
  const all = simulation();
  const event = kafkaEvent({ offset: 1, id: 'hangs', key: 'k' }, { offset: 2, id: 'fine', key: 'k' });
  const hang = (id: string) => (id === 'hangs' ? new Promise<never>(() => undefined) : undefined);
  for (let delivery = 1; delivery <= 5; delivery++) {
    expect(reported(await all.deliver(event, counting(hang)))).toEqual(['orders-0@1', 'orders-0@2']);
  }
  expect(reported(await all.deliver(event, counting(hang)))).toEqual([]);
  expect(all.letters()).toMatchObject([{ id: 'hangs', reason: 'handler-error' }]);
  expect(applied(all)).toEqual(['fine×1']);
});

test('attempts are counted over deliveries: a crash between them forgets none', async () => {
  const all = simulation();
  const event = kafkaEvent({ offset: 1, id: 'bad', key: 'k' });
  let tries = 0;
  for (let delivery = 0; delivery < 2; delivery++) {
    await deliverMortal(all.parts, event, (kill) => ({
      decode: json(),
      write: () => {
        if (++tries % 3 === 0) return kill();
        throw new Error('bad');
      },
    }));
    await all.clock.run(all.clock.sleep(2_000));
  }
  await all.deliver(event, {
    decode: json(),
    write: () => {
      tries++;
      throw new Error('bad');
    },
  });
  // Four that threw, two that were killed, and the fifth that threw.
  expect(tries).toBe(7);
  expect(all.records('parked')).toMatchObject([{ id: 'bad', reason: 'handler-error' }]);
});

describe('three kills by chance, then one event is claimed by a call that goes on in another invocation: the others have their turn', () => {
  const given: Given[] = ['claimed', 'other', 'third'].map((id, offset) => ({ offset, id, key: id }));
  const struck = async () => {
    const all = simulation();
    for (let i = 0; i < 3; i++) {
      const killed = deliverMortal(all.parts, kafkaEvent(...given), (kill) => ({ decode: json(), call: () => kill() }));
      expect(await killed).toBe('killed');
    }
    await all.clock.run(all.clock.sleep(61_000));
    const claiming = { decode: json(), call: () => all.clock.sleep(200_000) };
    // Another delivery is at it all the while: nobody waits for its end.
    void all.invoke(kafkaEvent(given[0]!), claiming, 300_000);
    // What the killed ones had claimed is taken over after a lease.
    await all.clock.run(all.clock.sleep(15_000));
    return all;
  };

  test('a call', async () => {
    const all = await struck();
    const called: string[] = [];
    const answer = await all.deliver(kafkaEvent(...given), {
      decode: json(),
      call: (_, { event }) => called.push(event.id),
    });
    expect(called.sort()).toEqual(['other', 'third']);
    expect(reported(answer)).toEqual(['orders-0@0', 'orders-0@1', 'orders-0@2']);
  });

  test('a write, after a deploy that made calls', async () => {
    const all = await struck();
    await all.deliver(
      kafkaEvent(...given),
      counting(() => undefined),
    );
    expect(all.tables.items('orders').map(({ id }) => id)).toEqual(['other', 'third']);
  });
});
