import { Retry } from '../../../../lambdas/runtime';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation, type Given } from '../simulation';

jest.setTimeout(60_000);

/** Milliseconds that the handler takes on an event. */
type TakesMs = (id: string, partition: number) => number;

interface World {
  readonly count?: number;
  readonly takesMs: TakesMs;
  readonly effect?: 'call' | 'write';
  /** What the handler does when its time is over. */
  readonly after?: () => void;
  readonly random?: () => number;
}

/**
 * Partitions with a record each in every batch, on which one handler works after the other; what is reported is delivered again with the
 * next of the others.
 */
function partitions({ count = 3, takesMs, effect = 'call', random = seeded(), after }: World) {
  const all = simulation({ random });
  const began: string[] = [];
  const act = async (id: string, partition: number) => {
    began.push(id);
    await all.clock.sleep(takesMs(id, partition));
    after?.();
  };
  const call = (_: unknown, { event: { id }, record }: Context) => act(id, record.partition);
  const write = async (_: unknown, { event: { id }, record }: Context) => {
    await act(id, record.partition);
    return [put({ TableName: 'orders', Item: { id } })];
  };
  const options = { decode: json(), concurrency: 1, ...(effect === 'call' ? { call } : { write }) } as never;
  const heads = Array.from({ length: count }, () => 0);
  const given = (offset: number, partition: number): Given => ({
    ...{ partition, offset, id: `p${partition}-${offset}`, key: `k${partition}` },
  });
  const batch = (...of: readonly number[]) =>
    kafkaEvent(...heads.map(given).filter(({ partition = 0 }) => of.includes(partition)));
  return {
    ...{ all, began, heads, options, batch },
    /** Fifty seconds to work in, or less. */
    deliver: async (timeoutMs = 60_000) => {
      const left = new Set(reported(await all.deliver(batch(...heads.keys()), options, timeoutMs)));
      heads.forEach((offset, partition) => {
        if (!left.has(`orders-${partition}@${offset}`)) heads[partition]!++;
      });
    },
    attempts: () => all.entries().flatMap((item) => (item['attempts'] === undefined ? [] : [item['attempts']])),
  };
}

interface Context {
  readonly event: { readonly id: string };
  readonly record: { readonly partition: number };
}

/** As good as drawn, and the same each time. */
function seeded(): () => number {
  let state = 7;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

test.each(['call', 'write'] as const)(
  'a slow event that came too late behind others is settled by a later delivery, and not parked: %s',
  async (effect) => {
    // Of fifty seconds two take 24 each, so that two are left for the third.
    const { all, deliver, heads } = partitions({ takesMs: () => 24_000, effect });
    for (let delivery = 0; delivery < 12; delivery++) await deliver();
    expect(all.records('parked')).toEqual([]);
    expect(Math.min(...heads)).toBeGreaterThanOrEqual(5);
  },
);

test.each([0, 0.4, 0.999])('what came too late is begun first in the next delivery: %d is drawn', async (drawn) => {
  const takesMs: TakesMs = (_, partition) => (partition === 1 ? 10_000_000 : 30_000);
  const { deliver, began } = partitions({ takesMs, random: () => drawn });
  await deliver();
  expect(began).toEqual(['p0-0', 'p1-0']);
  await deliver();
  expect(began[2]).toBe('p1-0');
});

test('what was begun waits in its slot for the claim that was left behind: no other takes it and makes it late once more', async () => {
  const { all, deliver, attempts, heads } = partitions({ takesMs: () => 30_000 });
  for (let delivery = 0; delivery < 20; delivery++) await deliver();
  expect(all.records('parked')).toEqual([]);
  expect(attempts().filter((count) => count !== 0)).toEqual([]);
  expect(Math.min(...heads)).toBeGreaterThanOrEqual(5);
});

test('where the owner of a claim is alive, what waits for it leaves its slot to others', async () => {
  const { all, deliver, began, batch, options } = partitions({ takesMs: () => 40_000 });
  await deliver();
  expect(began).toEqual(['p0-0', 'p1-0']);
  began.length = 0;
  const { clock } = all;
  const both = async () => {
    const first = all.invoke(batch(1), options);
    await clock.sleep(20_000);
    const second = all.invoke(batch(1, 2), options);
    await clock.sleep(8_000);
    expect(began).toEqual(['p1-0', 'p2-0']);
    return Promise.all([first, second]);
  };
  await clock.run(both());
});

test('no partition stands behind others whose events take nearly all of the time', async () => {
  const { all, deliver, heads } = partitions({ count: 4, takesMs: () => 40_000 });
  for (let delivery = 0; delivery < 40; delivery++) await deliver();
  expect(all.records('parked')).toEqual([]);
  expect(Math.min(...heads)).toBeGreaterThanOrEqual(5);
});

test('an event on which the handler never ends is parked after five attempts, though slow ones come before it', async () => {
  const { all, deliver, heads, began } = partitions({ takesMs: (id) => (id === 'p2-0' ? 10_000_000 : 30_000) });
  for (let delivery = 0; delivery < 12 && heads[2] === 0; delivery++) await deliver();
  expect(all.records('parked')).toMatchObject([{ reason: 'handler-error' }]);
  expect(began.filter((id) => id === 'p2-0')).toHaveLength(5);
});

test('a call that never ends is parked also where the claim that it leaves takes half of the time', async () => {
  const { all, deliver, heads } = partitions({ count: 1, takesMs: () => 10_000_000 });
  for (let delivery = 0; delivery < 8 && heads[0] === 0; delivery++) await deliver(28_000);
  expect(all.records('parked')).toMatchObject([{ reason: 'handler-error' }]);
});

test('what began late and was stopped counts no attempt, and says so in the log', async () => {
  const { all, deliver, attempts } = partitions({ takesMs: (_, partition) => [30_000, 30_000, 0][partition]! });
  await deliver();
  expect(attempts()).toEqual([0]);
  const messages = all.log.lines.map(({ message }) => message);
  expect(messages).toContain('handler began late and was stopped at the time margin: the next delivery begins with it');
  expect(messages).not.toContain('attempt failed');
});

test('what was begun before and stands behind others of its key counts no attempt: it had what they left', async () => {
  const { all, options, began, attempts } = partitions({ takesMs: (id) => (id === 'p0-1' ? 10_000_000 : 30_000) });
  const of = (id: string): Given => ({ partition: Number(id[1]), offset: Number(id[3]), id, key: `k${id[1]}` });
  await all.deliver(kafkaEvent(of('p1-0'), of('p0-1')), options, 60_000);
  expect({ began, attempts: attempts() }).toEqual({ began: ['p1-0', 'p0-1'], attempts: [0] });
  // A batch that was given back comes once more, with an earlier event of its key that nobody had settled.
  await all.deliver(kafkaEvent(of('p0-0'), of('p0-1')), options, 60_000);
  expect({ began: began.slice(2), attempts: attempts() }).toEqual({ began: ['p0-0', 'p0-1'], attempts: [0] });
  await all.deliver(kafkaEvent(of('p0-0'), of('p0-1')), options, 60_000);
  expect({ began: began.slice(4), attempts: attempts() }).toEqual({ began: ['p0-1'], attempts: [1] });
});

test('what begins in the first half of the time and does not end is an attempt', async () => {
  const { deliver, attempts } = partitions({ takesMs: (_, partition) => [20_000, 35_000, 0][partition]! });
  await deliver();
  expect(attempts()).toEqual([1]);
});

test('where the ledgers took most of the time, an event that is stopped counts no attempt, however often: nobody gave it the time of one', async () => {
  const { all, deliver, attempts, heads } = partitions({ count: 1, takesMs: () => 20_000, effect: 'write' });
  for (let delivery = 0; delivery < 6; delivery++) {
    const busyUntil = all.clock.monotonic() + 40_000;
    all.tables.updateScript = ({ Key }) =>
      Key?.['key']?.S?.startsWith('ledger/') === true && all.clock.monotonic() < busyUntil
        ? { kind: 'busy', detail: 'ThrottlingException: …' }
        : undefined;
    await deliver();
  }
  expect(all.records('parked')).toEqual([]);
  expect(attempts()).toEqual([0]);
  await deliver();
  expect(heads).toEqual([1]);
});

test('what waits for a system that is away is stopped at the margin delivery after delivery, and never parked', async () => {
  let isAway = true;
  const { all, deliver, heads, attempts } = partitions({
    count: 1,
    takesMs: () => 12_000,
    after: () => {
      if (isAway) throw new Retry('payments are away');
    },
  });
  for (let delivery = 0; delivery < 8; delivery++) await deliver();
  expect([all.records('parked'), heads, new Set(attempts())]).toEqual([[], [0], new Set([0])]);
  isAway = false;
  await deliver();
  expect([all.records('parked'), heads]).toEqual([[], [1]]);
});
