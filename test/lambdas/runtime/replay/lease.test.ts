import { LEASES } from '../../../../lambdas/runtime/contract';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { Lease, LEASE_MS } from '../../../../lambdas/runtime/replay/lease';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';
import { world } from './world';

const nothing = { replayed: 0, parked: 0, left: 0 };
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `e${String(n).padStart(3, '0')}`);
const twice = (ids: readonly string[]) => ids.filter((id, n) => ids.indexOf(id) !== n);

/** A world with so many objects that a sweep, which reads 64 of them in 15 seconds, takes longer than the next one needs to begin. */
async function slowWorld(given: Parameters<typeof world>[0] = {}) {
  const all = world(given);
  const ids = numbered(450);
  for (const id of ids) await all.spilled([id]);
  all.store.latencyMs = (call) => (call === 'get' ? 15_000 : 1);
  const atWork = async () => {
    while (all.leases().length === 0) await all.clock.sleep(1_000);
  };
  return { ...all, spilledIds: ids, untilAtWork: () => all.clock.run(atWork()) };
}

describe('of two sweeps', () => {
  test('that begin at once, one works and the other leaves', async () => {
    const { spilled, sweep, left, leases, ids, log, renew } = world();
    for (const id of numbered(100)) await spilled([id]);
    const first = sweep();
    renew();
    const counts = await Promise.all([first, sweep()]);
    expect(counts).toEqual(expect.arrayContaining([[{ replayed: 100, parked: 0, left: 0 }], [nothing]]));
    expect([ids(), left(), leases()]).toEqual([numbered(100), [], []]);
    expect(log.of('another sweep is at work: this one leaves')).toHaveLength(1);
  });

  test.each([0, 86_400_000, -86_400_000])(
    'the second leaves while the first works, the wall clock set by %i ms in between',
    async (stepMs) => {
      const { sweep, left, leases, ids, clock, renew, spilledIds, untilAtWork } = await slowWorld();
      const first = sweep();
      renew();
      await untilAtWork();
      clock.step(stepMs);
      expect(await sweep()).toEqual([nothing]);
      expect(ids().length).toBeLessThan(spilledIds.length);
      await first;
      expect([ids(), left(), leases()]).toEqual([spilledIds, [], []]);
    },
  );

  test('the second takes over from one that was killed, after it stood still for a lease, and nothing is lost', async () => {
    let kills = 0;
    const all = await slowWorld({
      kafka: ({ ids }) => void (ids.includes('e200') && (kills += 1) === 1 && all.kill()),
    });
    expect(await all.sweep()).toBe('killed');
    expect(all.leases()).toHaveLength(1);
    all.renew();
    const began = all.clock.monotonic() + 60_000;
    await all.sweep();
    expect(all.clock.monotonic() - began).toBeGreaterThan(LEASE_MS);
    expect([[...new Set(all.ids())].sort(), all.left(), all.leases()]).toEqual([all.spilledIds, [], []]);
  });

  test('the first stops once the second has taken over, as nobody heard of it for a lease; nothing is lost or stuck', async () => {
    const { sweep, left, leases, ids, store, log, renew, spilledIds, untilAtWork } = await slowWorld();
    const put = store.putIfAbsent.bind(store);
    const owners: string[] = [];
    store.putIfAbsent = async (bucket, name, body) => {
      if (!name.startsWith(LEASES)) return put(bucket, name, body);
      if (!owners.includes(body)) owners.push(body);
      beats += 1;
      if (beats > 10 && body === owners[0] && owners.length === 1)
        throw new LosslessError('STORE_UNAVAILABLE', 'no connection');
      return put(bucket, name, body);
    };
    let beats = 0;
    const first = sweep();
    renew();
    await untilAtWork();
    const counts = await Promise.all([first, sweep()]);
    expect(owners).toHaveLength(2);
    expect(counts.flat()).toEqual(Array(2).fill({ replayed: expect.any(Number) as number, parked: 0, left: 0 }));
    expect([[...new Set(ids())].sort(), left(), leases()]).toEqual([spilledIds, [], []]);
    // No more than the group that the first had in hand.
    expect(twice(ids()).length).toBeLessThanOrEqual(64);
    expect(log.of('another sweep is at work: this one leaves')).toEqual([]);
  });
});

test.each(['refused', 'unavailable', 'lost', 'silent'] as const)(
  'a lease whose put is %s stops no sweep',
  async (act) => {
    const { spilled, sweep, left, ids, store, log } = world();
    store.script = (call, name) => (call === 'put' && name.startsWith(LEASES) ? act : 'ok');
    await spilled(['a']);
    expect(await sweep()).toEqual([{ replayed: 1, parked: 0, left: 0 }]);
    expect([ids(), left()]).toEqual([['a'], []]);
    expect(log.of('sweep goes on without a lease: another may send the same events')).toHaveLength(1);
  },
);

test('no lease is taken where nothing is to be replayed: an idle sweep costs one listing', async () => {
  const { sweep, store } = world();
  const calls: string[] = [];
  store.script = (call) => (calls.push(call), 'ok');
  await sweep();
  expect(calls).toEqual(['list']);
});

describe('a lease', () => {
  const at = { bucket: 'spill', folder: `${LEASES}arn/orders/`, leftMs: () => 300_000 };

  test('is kept while signs of life are lost on their way, and is given back under its last number', async () => {
    const clock = new VirtualClock();
    const store = new MemoryObjects(clock);
    const lease = await clock.run(Lease.take({ ...at, store, clock }));
    store.script = (call) => (call === 'put' ? 'lost' : 'ok');
    await clock.run(clock.sleep(8_000));
    store.script = () => 'ok';
    await clock.run(clock.sleep(20_000));
    expect([lease?.isLost, store.names('spill').length]).toEqual([false, 1]);
    await clock.run(lease?.release() ?? Promise.resolve());
    expect(store.names('spill')).toEqual([]);
  });

  test('is lost to who has taken it over, and whoever lost it knows, and does not give it back', async () => {
    const clock = new VirtualClock();
    const store = new MemoryObjects(clock);
    const ownWay = Object.assign(new MemoryObjects(clock), { content: store.content });
    const first = await clock.run(Lease.take({ ...at, store: ownWay, clock }));
    ownWay.script = (call) => (call === 'put' ? 'unavailable' : 'ok');
    const second = await clock.run(Lease.take({ ...at, store, clock }));
    ownWay.script = () => 'ok';
    await clock.run(clock.sleep(10_000));
    expect([first?.isLost, second?.isLost]).toEqual([true, false]);
    await clock.run(first?.release() ?? Promise.resolve());
    expect(store.names('spill')).toHaveLength(1);
    await clock.run(second?.release() ?? Promise.resolve());
    expect(store.names('spill')).toEqual([]);
  });

  test('is got by one alone of any number of workers that find a dead one', async () => {
    const clock = new VirtualClock();
    const store = new MemoryObjects(clock);
    store.content.set(`spill/${at.folder}000000000000007`, 'killed');
    store.latencyMs = () => 1 + Math.floor(Math.random() * 500);
    const workers = Array.from({ length: 9 }, () => Lease.take({ ...at, store, clock }));
    const taken = (await clock.run(Promise.all(workers))).filter((lease) => lease !== undefined);
    expect(taken).toHaveLength(1);
    await clock.run(clock.sleep(60_000));
    expect([taken[0]?.isLost, await clock.run(Lease.take({ ...at, store, clock }))]).toEqual([false, undefined]);
  });

  test('is not waited for by who has no time to see it stand still', async () => {
    const clock = new VirtualClock();
    const store = new MemoryObjects(clock);
    store.content.set(`spill/${at.folder}000000000000007`, 'killed');
    expect(await clock.run(Lease.take({ ...at, store, clock, leftMs: () => LEASE_MS }))).toBeUndefined();
    expect(clock.monotonic()).toBeLessThan(2_000);
  });
});
