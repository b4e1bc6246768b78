import { spillFolder, type SpillObject } from '../../../../lambdas/runtime/contract';
import { parseSpillObject, spill, SPILL_OBJECT_BYTES, type SpillResult } from '../../../../lambdas/runtime/spill';
import { ScriptedStore, type PutAct } from '../simulation/scripted-store';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

const at = { bucket: 'spill', cluster: 'arn:aws:kafka:eu:1:cluster/a', topic: 'orders', timeMs: 5_000 };
const message = { key: null, value: Buffer.from([0, 255]), headers: [['n', Buffer.alloc(0)]] as const };

async function spilling(...acts: PutAct[]) {
  const clock = new VirtualClock();
  const store = new ScriptedStore(() => acts.shift() ?? 'ok');
  const results: SpillResult[] = [];
  await clock.run(spill([{ message, partition: null }], { ...at, store, clock }, (_, result) => results.push(result)));
  return { result: results[0], results, store };
}

test('an object is read back as it was written: bytes, null and empty', async () => {
  const { store } = await spilling();
  const [text] = [...store.objects.values()];
  expect(parseSpillObject(text ?? '')).toMatchObject({
    kind: 'spilled',
    spilled: { topic: 'orders', events: [{ partition: null, key: null, value: 'AP8=', headers: [['n', '']] }] },
  });
});

test('objects of one topic list oldest first', async () => {
  const clock = new VirtualClock();
  const store = new ScriptedStore();
  const names: string[] = [];
  for (const pause of [0, 5, 900_000]) {
    await clock.run(clock.sleep(pause));
    await clock.run(
      spill([{ message, partition: 1 }], { ...at, store, clock }, (_, result) => {
        if (result.kind === 'spilled') names.push(result.object);
      }),
    );
  }
  expect(names).toEqual([...names].sort());
  expect(names.every((name) => name.startsWith(spillFolder(at.cluster, at.topic)))).toBe(true);
});

test.each<[string, PutAct[], string, number]>([
  ['confirmed', [], 'spilled', 1],
  ['not reached at first', ['failed', 'failed'], 'spilled', 3],
  ['written with the answer lost', ['lost'], 'spilled', 2],
  ['refused', ['refused'], 'refused', 1],
  ['refused after a try in doubt', ['failed', 'refused'], 'unknown', 2],
  ['silent', ['silent'], 'unknown', 1],
])('a put that is %s', async (_what, acts, kind, puts) => {
  const { results, store } = await spilling(...acts);
  expect([results.map((result) => result.kind), store.puts]).toEqual([[kind], puts]);
  expect(store.objects.size).toBe(kind === 'spilled' ? 1 : 0);
});

describe('a flush too large for one object', () => {
  const MB = 1024 * 1024;
  const events = (count: number, bytes = MB) =>
    Array.from({ length: count }, (_, n) => ({
      message: { key: null, value: Buffer.alloc(bytes, n), headers: [] },
      partition: n % 3,
    }));
  const first = (bytes: string | null) => Buffer.from(bytes ?? '', 'base64')[0];

  async function spillAll(
    flush: ReturnType<typeof events>,
    script: (n: number) => PutAct = () => 'ok',
    timeMs = 5_000,
  ) {
    const clock = new VirtualClock();
    let puts = 0;
    const store = new ScriptedStore(() => script((puts += 1)));
    const told: { event: number; kind: string }[] = [];
    await clock.run(
      spill(flush, { ...at, timeMs, store, clock }, (inside, { kind }) =>
        told.push(...inside.map((event) => ({ event: flush.indexOf(event), kind }))),
      ),
    );
    told.sort((a, b) => a.event - b.event);
    const objects = store.bodies<SpillObject>('spill');
    return {
      told,
      store,
      objects,
      stored: objects.flatMap((object) => object.events.map(({ value }) => first(value))),
    };
  }

  test('is spilled as several of bounded size, which list in the order of the events', async () => {
    const { told, stored, store } = await spillAll(events(20));
    expect(told).toEqual(told.map((_, event) => ({ event, kind: 'spilled' })));
    expect(stored).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const sizes = [...store.objects.values()].map((text) => Buffer.byteLength(text));
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThan(SPILL_OBJECT_BYTES + 1_000);
  });

  test('that of an event larger than an object is one of its own', async () => {
    const { objects } = await spillAll([...events(1), ...events(1, 5 * MB), ...events(1)]);
    expect(objects.map((object) => object.events.length)).toEqual([1, 1, 1]);
  });

  test('is told object by object: an event is spilled only when its own object is confirmed', async () => {
    const { told, stored } = await spillAll(events(20), (put) => (put === 2 ? 'refused' : 'ok'));
    const kept = told.filter(({ kind }) => kind === 'spilled').map(({ event }) => event);
    expect(kept).toEqual(stored);
    expect(told.filter(({ kind }) => kind === 'refused')).toHaveLength(20 - kept.length);
    expect(kept.length).toBeGreaterThan(10);
  });

  test('ends in time also when the store is silent; what was never tried is refused, not unknown', async () => {
    const { told } = await spillAll(events(60), () => 'silent');
    const counts = (kind: string) => told.filter((one) => one.kind === kind).length;
    expect(told).toHaveLength(60);
    expect([counts('unknown'), counts('refused')]).toEqual([16, 44]);
  });

  test('keeps names of headers that look like a replacement pattern, byte for byte', async () => {
    const headers = [["$&$`$'$$[]}", Buffer.from([1])]] as const;
    const { objects } = await spillAll([{ message: { key: null, value: Buffer.alloc(1), headers: headers as never }, partition: 0 }]); // prettier-ignore
    expect(objects[0]?.events[0]?.headers).toEqual([["$&$`$'$$[]}", 'AQ==']]);
  });
});

test.each([
  ['no JSON', '{', 'undecodable'],
  ['null', 'null', 'undecodable'],
  ['no events', '{"version":1,"topic":"orders","spilledAt":"2026-01-01T00:00:00Z"}', 'undecodable'],
  [
    'an event without headers',
    '{"version":1,"topic":"orders","spilledAt":"2026-01-01T00:00:00Z","events":[{"partition":0,"key":null,"value":null}]}',
    'undecodable',
  ],
  [
    'a partition below 0',
    '{"version":1,"topic":"orders","spilledAt":"2026-01-01T00:00:00Z","events":[{"partition":-1,"key":null,"value":null,"headers":[]}]}',
    'undecodable',
  ],
  ['a later version', '{"version":2}', 'newer'],
])('an object with %s is not taken for spilled events', (_what, text, kind) => {
  expect(parseSpillObject(text).kind).toBe(kind);
});
