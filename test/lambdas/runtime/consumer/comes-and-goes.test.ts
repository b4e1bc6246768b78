/** Downstreams that are neither well nor away: what is parked of good events is bounded all the same. */
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { simulation } from '../simulation';
import { events, parkedIds } from './many-events';
import { ModelMapping, type HandlerOf } from './model-mapping';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(120_000);

/** Numbers from 0 to 1 that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

test.each([7_400, 15_400])(
  'a downstream that is back for a moment, after %i ms, and goes away again has no good event parked beyond 20 at each going',
  async (backAt) => {
    const all = simulation();
    const began = all.clock.monotonic();
    const isAway = () => {
      const ms = all.clock.monotonic() - began;
      return ms > 100 && !(ms > backAt && ms < backAt + 300);
    };
    const call = async () => {
      await all.clock.sleep(20);
      if (isAway()) throw new Error('422');
    };
    const mapping = new ModelMapping(all, events(300), { window: 300, together: true });
    await mapping.rounds(1, () => ({ decode: json(), concurrency: 10, call }));
    expect(parkedIds(all).length).toBeLessThanOrEqual(40);
  },
);

test('what another partition saw of a downstream that was back for a moment has 20 parked, and not all that had failed before', async () => {
  const all = simulation();
  const log = events(120, (i) => ({ partition: i % 2, offset: Math.floor(i / 2) }));
  const both = new ModelMapping(all, log, { window: 60, together: false });
  let isAway = true;
  const handler: HandlerOf = () => ({
    decode: json(),
    concurrency: 20,
    call: async () => {
      await all.clock.sleep(20);
      if (isAway) throw new Error('422');
    },
  });
  await both.rounds(2, handler);
  const later = events(5, (i) => ({ partition: 1, offset: 200 + i, id: `later${i}` }));
  isAway = false;
  await new ModelMapping(all, later, { window: 5, together: true }).round(handler);
  isAway = true;
  await both.rounds(2, handler);
  const parkedOf = (partition: number) => all.records('parked').filter((record) => record['partition'] === partition);
  expect([0, 1].map((partition) => parkedOf(partition).length)).toEqual([40, 40]);
});

test.each([
  [50, 100],
  [20, 50],
  [4, 20],
])(
  'a downstream that goes away little by little has 20 of a partition parked (%i calls at once, over %i calls)',
  async (concurrency, over) => {
    const random = numbers(7);
    const all = simulation({ random });
    let calls = 0;
    const call = async () => {
      const failing = Math.min(1, Math.max(0, (++calls - 50) / over));
      await all.clock.sleep(50 + random() * 100);
      if (random() < failing) throw new Error('422');
    };
    const mapping = new ModelMapping(all, events(400), { window: 400, together: true });
    await mapping.rounds(2, () => ({ decode: json(), concurrency, call }));
    expect(parkedIds(all).length).toBeLessThanOrEqual(20);
  },
);

test.each([
  ['write', 7],
  ['write', 8],
  ['call', 7],
  ['call', 8],
] as const)(
  'a downstream that grows worse over a second has 20 parked of four hundred events (%s, chance %i)',
  async (effect, seed) => {
    const random = numbers(seed);
    const all = simulation({ random });
    const began = all.clock.monotonic();
    const ask = async () => {
      await all.clock.sleep(10 + random() * 20);
      const failing = Math.min(1, Math.max(0, (all.clock.monotonic() - began - 50) / 1_000));
      if (random() < failing) throw new Error('422');
    };
    const write = async (_: unknown, { event }: { readonly event: { readonly id: string } }) => {
      await ask();
      return [put({ TableName: 'orders', Item: { id: event.id } })];
    };
    const handler: HandlerOf = () =>
      effect === 'call' ? { decode: json(), concurrency: 10, call: ask } : { decode: json(), write };
    await new ModelMapping(all, events(400), { window: 400, together: true }).round(handler);
    expect(parkedIds(all).length).toBeLessThanOrEqual(20);
  },
);
