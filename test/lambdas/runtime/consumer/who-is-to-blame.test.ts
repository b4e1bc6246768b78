import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { simulation } from '../simulation';
import { applied, events, handling, parkedIds } from './many-events';
import { ModelMapping, type HandlerOf } from './model-mapping';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(120_000);

const good = handling(() => false);
const bad = handling(() => true);
const minutes = (mapping: ModelMapping) => mapping.billedMs / 60_000;

describe('a deploy that fails everything', () => {
  test.each([
    [60, 10],
    [60, 60],
    [20, 40],
  ])(
    'parks 20 events of a partition, and its attempts park none of the others: handed over %i at a time, then %i to the good one',
    async (window, next) => {
      const all = simulation();
      const before = new ModelMapping(all, events(60), { window, together: true });
      await before.rounds(4, bad);
      expect(parkedIds(all)).toHaveLength(20);
      const asked: string[] = [];
      const after = new ModelMapping(all, before.backlog, { window: next, together: true });
      // The good deploy fails each event once: an attempt of its own, and no more than that.
      const tried = new Set<string>();
      await after.rounds(
        60,
        handling(({ id }) => !tried.has(id) && Boolean(tried.add(id)), asked),
      );
      expect(parkedIds(all)).toHaveLength(20);
      expect(new Set(asked).size).toBe(40);
      expect(applied(all)).toHaveLength(40);
    },
  );

  test('that cannot decode what the one before decoded parks 20, also where all events have one key', async () => {
    const all = simulation();
    const log = events(120, (i) => ({ key: 'k', value: { i } }));
    const mapping = new ModelMapping(all, log, { window: 30, together: true });
    await mapping.rounds(1, good);
    await mapping.rounds(8, () => ({ decode: { decode: () => ({ undecodable: 'another schema' }) }, write: () => [] }));
    expect(parkedIds(all)).toHaveLength(20);
    await mapping.rounds(50, good);
    expect(mapping.backlog).toHaveLength(0);
    expect(parkedIds(all)).toHaveLength(20);
  });

  test('that tells one id for all events parks 20 of them as conflicts, and the good one is asked about the others', async () => {
    const all = simulation();
    const foreign = Array.from({ length: 60 }, (_, i) => ({ offset: i, key: `k${i}`, value: { i } }));
    const mapping = new ModelMapping(all, foreign, { window: 60, together: true });
    const telling =
      (eventId: (at: number) => string): HandlerOf =>
      () => ({
        decode: json(),
        eventId: ({ offset }) => eventId(offset),
        write: (_, { record: { offset } }) => [put({ TableName: 'orders', Item: { id: String(offset) } })],
      });
    await mapping.rounds(
      3,
      telling(() => 'same'),
    );
    expect(parkedIds(all)).toHaveLength(20);
    await mapping.rounds(
      20,
      telling((offset) => `id-${offset}`),
    );
    expect(mapping.backlog).toHaveLength(0);
    expect(parkedIds(all)).toHaveLength(20);
    expect(applied(all)).toHaveLength(40);
  });

  test('takes turns with a good one: each event is applied, and the bad one parks 20 at most', async () => {
    const all = simulation();
    const mapping = new ModelMapping(all, events(120), { window: 20, together: true });
    for (let turn = 0; turn < 40 && mapping.backlog.length > 0; turn++) {
      if (turn % 2 === 0) await mapping.round(bad, 'bad');
      else await mapping.round(good, 'good');
    }
    expect(mapping.backlog).toHaveLength(0);
    expect(parkedIds(all).length).toBeLessThanOrEqual(20);
  });

  test('after other such deploys parks three, then two, then one by one: a poison at the head must not hold up a good one', async () => {
    const all = simulation();
    const mapping = new ModelMapping(all, events(100), { window: 100, together: true });
    const counts: number[] = [];
    for (const code of ['bad-1', 'bad-2', 'bad-3', 'bad-4', 'bad-5']) {
      await mapping.rounds(2, bad, code);
      counts.push(parkedIds(all).length);
    }
    expect(counts).toEqual([20, 23, 25, 26, 27]);
  });

  test.each([1, 10])(
    'leaves room for a poison that stands before all else when the good one comes (window %i, of one key)',
    async (window) => {
      const all = simulation();
      const log = events(60, (i) => ({ key: `k${Math.floor(i / 10)}` }));
      const mapping = new ModelMapping(all, log, { window, together: true });
      await mapping.rounds(30, bad, 'bad');
      expect(parkedIds(all)).toHaveLength(20);
      await mapping.rounds(
        60,
        handling(({ id }) => id === 'e20'),
        'good',
      );
      expect(applied(all)).toHaveLength(39);
    },
  );
});

describe('a downstream that refuses everything from a moment on', () => {
  test.each([4, 100])(
    'parks 20 events of a partition at most, and goes on when it is back (%i calls at once)',
    async (concurrency) => {
      const all = simulation();
      const log = events(160, (i) => ({ partition: i % 2, offset: Math.floor(i / 2), source: `s${i % 3}` }));
      const mapping = new ModelMapping(all, log, { window: 100, together: false });
      let away = false;
      let calls = 0;
      const handler: HandlerOf = () => ({
        decode: json(),
        concurrency,
        call: async () => {
          if (++calls === 50) away = true;
          const refused = away;
          await all.clock.sleep(all.clock.random() * 400);
          if (refused) throw new Error('422');
        },
      });
      await mapping.rounds(5, handler);
      const counted = [0, 1].map((partition) =>
        all.records('parked').filter((record) => record['partition'] === partition),
      );
      expect(Math.max(...counted.map(({ length }) => length))).toBeLessThanOrEqual(20);
      expect(mapping.backlog.length).toBeGreaterThan(0);
      away = false;
      calls = 1_000;
      const before = parkedIds(all).length;
      await mapping.rounds(60, handler);
      expect(mapping.backlog).toHaveLength(0);
      expect(parkedIds(all)).toHaveLength(before);
    },
  );
});

describe('events that fail while others succeed are parked, however many, and the others go on without a person', () => {
  test.each([500, 7])(
    'a thousand undecodable ones under one key, before anything was ever applied (%i at a time)',
    async (window) => {
      const all = simulation();
      const flood = events(1_000, () => ({ key: 'one', value: '{' }));
      const mapping = new ModelMapping(all, [...flood, ...events(50, () => ({}), 1_000)], { window, together: true });
      await mapping.rounds(200, good);
      expect(mapping.backlog).toHaveLength(0);
      expect(applied(all)).toHaveLength(50);
      expect(parkedIds(all)).toHaveLength(1_000);
      expect(minutes(mapping)).toBeLessThan(5);
    },
  );

  test.each([
    ['that cannot be decoded', { value: '{' }],
    ['that the handler refuses', {}],
  ])('those of one caller in all partitions at once, %s', async (_, of) => {
    const all = simulation();
    const log = (partition: number) => [
      ...events(20, (i) => ({ partition, id: `a${partition}-${i}` })),
      ...events(100, (i) => ({ partition, source: 'rogue', id: `r${partition}-${i}`, ...of }), 20),
      ...events(50, (i) => ({ partition, id: `b${partition}-${i}` }), 120),
    ];
    const mapping = new ModelMapping(all, [...log(0), ...log(1)], { window: 20, together: false });
    await mapping.rounds(
      200,
      handling(({ source }) => source === 'rogue'),
    );
    expect(mapping.backlog).toHaveLength(0);
    expect(applied(all)).toHaveLength(140);
    expect(parkedIds(all)).toHaveLength(200);
    expect(minutes(mapping)).toBeLessThan(10);
  });

  test('those of one caller that names a part of its own for each of them, in all partitions at once', async () => {
    const all = simulation();
    const log = (partition: number) => [
      ...events(10, (i) => ({ partition, id: `a${partition}-${i}` })),
      ...events(50, (i) => ({ partition, source: `rogue#${i}`, key: `r${i}`, id: `r${partition}-${i}` }), 10),
      ...events(10, (i) => ({ partition, id: `b${partition}-${i}` }), 60),
    ];
    const mapping = new ModelMapping(all, [...log(0), ...log(1)], { window: 30, together: false });
    await mapping.rounds(
      30,
      handling(({ source }) => source.startsWith('rogue#')),
    );
    expect(mapping.backlog).toHaveLength(0);
    expect(applied(all)).toHaveLength(40);
    expect(parkedIds(all)).toHaveLength(100);
    expect(minutes(mapping)).toBeLessThan(10);
  });

  test.each([true, false])(
    'those of one partition, of keys and a source that others succeed with (together: %s)',
    async (together) => {
      const all = simulation();
      const bad = events(150, (i) => ({ id: `bad-${i}` }));
      const behind = events(20, () => ({}), 150);
      const elsewhere = events(600, (i) => ({ partition: 1, id: `other-${i}`, key: `o${i % 50}` }));
      const mapping = new ModelMapping(all, [...bad, ...behind, ...elsewhere], { window: 50, together });
      await mapping.rounds(
        60,
        handling(({ id }) => id.startsWith('bad')),
      );
      expect(mapping.backlog).toHaveLength(0);
      expect(applied(all)).toHaveLength(620);
      expect(parkedIds(all)).toHaveLength(150);
      expect(minutes(mapping)).toBeLessThan(15);
    },
  );

  test('those of one key that the handler refuses, while other keys had been applied', async () => {
    const all = simulation();
    const log = [...events(10), ...events(150, () => ({ key: 'one' }), 10), ...events(20, () => ({}), 160)];
    const mapping = new ModelMapping(all, log, { window: 50, together: true });
    await mapping.rounds(
      100,
      handling(({ id }) => Number(id.slice(1)) >= 10 && Number(id.slice(1)) < 160),
    );
    expect(mapping.backlog).toHaveLength(0);
    expect(applied(all)).toHaveLength(30);
    expect(minutes(mapping)).toBeLessThan(15);
  });

  test('of many keys of a known source, in a partition of which nothing else is left, while another partition goes on', async () => {
    const all = simulation();
    const isBad = ({ id }: { readonly id: string }) => id.startsWith('bad');
    const stuck = new ModelMapping(
      all,
      [...events(10), ...events(300, (i) => ({ id: `bad${i}` }), 10), ...events(10, (i) => ({ id: `after${i}` }), 310)],
      { window: 100, together: true },
    );
    const fluent = new ModelMapping(
      all,
      events(2_000, (i) => ({ partition: 1, id: `other${i}` })),
      { window: 1, together: true },
    );
    await Promise.all([stuck.rounds(30, handling(isBad)), fluent.rounds(2_000, handling(isBad))]);
    expect(applied(all).filter((id) => !id.startsWith('other'))).toHaveLength(20);
    expect(parkedIds(all)).toHaveLength(300);
    expect(stuck.deliveries).toBeLessThan(6);
    expect(minutes(stuck)).toBeLessThan(1);
  });

  test('every second one, in a partition that is alone', async () => {
    const all = simulation();
    const mapping = new ModelMapping(all, events(200), { window: 100, together: true });
    await mapping.rounds(
      20,
      handling(({ id }) => Number(id.slice(1)) % 2 === 1),
    );
    expect(mapping.backlog).toHaveLength(0);
    expect(parkedIds(all)).toHaveLength(100);
  });
});
