import { spillFolder } from '../../../lambdas/runtime/contract';
import { parseSpillObject, spill } from '../../../lambdas/runtime/spill';
import { ScriptedStore, type PutAct } from './simulation/scripted-store';
import { VirtualClock } from './simulation/virtual-clock';

const at = { bucket: 'spill', cluster: 'arn:aws:kafka:eu:1:cluster/a', topic: 'orders', timeMs: 5_000 };
const message = { key: null, value: Buffer.from([0, 255]), headers: [['n', Buffer.alloc(0)]] as const };

async function spilling(...acts: PutAct[]) {
  const clock = new VirtualClock();
  const store = new ScriptedStore(() => acts.shift() ?? 'ok');
  const result = await clock.run(spill([{ message, partition: null }], { ...at, store, clock }));
  return { result, store };
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
    const result = await clock.run(spill([{ message, partition: 1 }], { ...at, store, clock }));
    if (result.kind === 'spilled') names.push(result.object);
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
  const { result, store } = await spilling(...acts);
  expect([result.kind, store.puts]).toEqual([kind, puts]);
  expect(store.objects.size).toBe(kind === 'spilled' ? 1 : 0);
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
