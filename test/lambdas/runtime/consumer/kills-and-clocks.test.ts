import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { environment, kafkaEvent, simulation, type Given } from '../simulation';
import { deliverMortal } from '../simulation/mortal';
import { ModelMapping } from './model-mapping';

jest.setTimeout(60_000);

const always = (aheadMs: number) => ({ aheadMs, thenMs: aheadMs, setAfterMs: 0 });
const event = kafkaEvent({ offset: 0, id: 'slow', key: 'k' });

/** Three deliveries of it were killed by chance. */
async function struck() {
  const all = simulation();
  for (let i = 0; i < 3; i++) {
    await deliverMortal(all.parts, event, (kill) => ({ decode: json(), write: () => kill() }), 30_000);
  }
  await all.clock.run(all.clock.sleep(31_000));
  const slow = () => ({
    decode: json(),
    write: async (_: unknown, { event: { id } }: { event: { id: string } }) => {
      await all.clock.sleep(15_000);
      return [put({ TableName: 'orders', Item: { id } })];
    },
  });
  return { ...all, slow };
}

test.each([0, 120_000, 300_000, 600_000, -600_000])(
  'deliveries of one record that are under way at once are no kills of it for a sandbox whose wall clock is %i ms ahead',
  async (ahead) => {
    const all = await struck();
    const live: Promise<unknown>[] = [];
    for (let i = 0; i < 4; i++) {
      live.push(all.invoke(event, all.slow(), 40_000));
      await all.clock.run(all.clock.sleep(500));
    }
    await deliverMortal(all.parts, event, all.slow, 40_000, always(ahead));
    await all.clock.run(Promise.all(live));
    expect(all.letters()).toEqual([]);
    expect(all.tables.items('orders')).toEqual([{ id: 'slow' }]);
  },
);

test('a record that three live deliveries are at is left to them, and applied by whoever comes after one has ended', async () => {
  const all = await struck();
  let running = 0;
  let most = 0;
  const counted = () => {
    const { decode, write } = all.slow();
    const watched: typeof write = async (...given) => {
      most = Math.max(most, ++running);
      try {
        return await write(...given);
      } finally {
        running--;
      }
    };
    return { decode, write: watched };
  };
  const live = [1, 2, 3, 4, 5].map(() => all.invoke(event, counted(), 60_000));
  const answers = await all.clock.run(Promise.all(live));
  expect(most).toBe(3);
  expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
  expect(all.ledger()).toMatchObject({ applied: 1, open: [] });
});

test.each([600_000, -600_000])(
  'a killer among offsets with gaps is known after three kills of its batch, three of its own and its time, in sandboxes %i ms apart',
  async (ahead) => {
    const all = simulation();
    const given = Array.from({ length: 30 }, (_, i): Given => ({ offset: i * 7, id: `e${i}`, key: `k${i % 5}` }));
    const walls = [ahead, 0, -ahead].map(always);
    const options = { window: 30, together: true, bisect: false, timeoutMs: 30_000, walls };
    const mapping = new ModelMapping(all, given, options);
    await mapping.rounds(60, (kill) => ({
      decode: json(),
      write: async (_, { event: { id } }) => {
        if (id === 'e11') await kill();
        return [put({ TableName: 'orders', Item: { id } })];
      },
    }));
    expect(mapping.backlog).toEqual([]);
    expect(all.letters()).toMatchObject([{ id: 'e11', reason: 'killed-function' }]);
    expect(mapping.deliveries).toBeLessThanOrEqual(3 + 3 + 2);
  },
);

const leftIn = (all: ReturnType<typeof simulation>) =>
  (all.ledger()?.['open'] as { readonly leftMs: number }[]).map(({ leftMs }) => leftMs);

test('a function lives for its whole timeout, whatever its wall clock makes of what Lambda says', async () => {
  const all = simulation();
  all.parts.variables.LOSSLESS_CONSUMER_Billing = JSON.stringify({ ...environment, timeoutMs: 60_000 });
  let seen: number[] = [];
  const write = () => ((seen = leftIn(all)), []);
  await all.deliver(event, { decode: json(), write }, 30_000);
  expect(seen).toEqual([60_000]);
});

test('who begins a delivery looks on from then, though its first write comes late', async () => {
  const all = await struck();
  const free = { partition: 1, offset: 0, id: 'free', key: 'k' };
  const given = kafkaEvent({ offset: 0, id: 'slow', key: 'k' }, free);
  let seen: number[] = [];
  await all.deliver(given, {
    decode: json(),
    write: async (_, { event: { id } }) => {
      if (id === 'free') await all.clock.sleep(20_000);
      else seen = leftIn(all);
      return [];
    },
  });
  expect(seen.slice(0, 3).every((leftMs) => leftMs <= 10_000)).toBe(true);
});
