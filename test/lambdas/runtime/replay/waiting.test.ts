import { parkedObject, unsentObject } from '../../../../lambdas/runtime/contract';
import { waiting } from '../../../../lambdas/runtime/replay/waiting';
import type { Listed, ObjectStore } from '../../../../lambdas/runtime/stores/object-store';
import { emfWaitingMeter } from '../../../../lambdas/runtime/watching/metrics';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { cluster, folder, topic } from './world';

/** What waits is counted where it waits, whatever the brokers do. */

const hash = 'f'.repeat(64);
const letter = (of: string, offset: number, group = 'billing') =>
  parkedObject({ cluster, group, topic: of, partition: 3, offset, hash });

/** By bucket: objects and the oldest's age in seconds. */
function counted() {
  const clock = new VirtualClock();
  const memory = new MemoryObjects(clock);
  const log = new RecordingLog();
  const found: Record<string, readonly [objects: number, oldestSeconds: number]> = {};
  const putAt = new Map<string, number>();
  const store: ObjectStore = {
    putIfAbsent: memory.putIfAbsent.bind(memory),
    get: memory.get.bind(memory),
    delete: memory.delete.bind(memory),
    list: async function* (bucket, prefix): AsyncIterable<Listed> {
      for await (const one of memory.list(bucket, prefix)) yield { ...one, putAtMs: putAt.get(one.name) };
    },
  };
  const variables = {
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill: 'spill', deadLetters: 'dead-letters' }),
  };
  const meter = {
    waiting: (at: { bucket: string; topic: string }, objects: number, oldestSeconds: number) => {
      found[`${at.bucket} of ${at.topic}`] = [objects, oldestSeconds];
    },
  };
  const count = waiting({ clock, store, log, variables, meter });
  return {
    ...{ clock, memory, log, found, meter, variables },
    count: (event: unknown = {}) => clock.run(count(event)),
    put: (bucket: string, name: string, secondsAgo: number) => {
      memory.content.set(`${bucket}/${name}`, '{}');
      putAt.set(name, clock.now() - secondsAgo * 1_000);
    },
  };
}

test('spilled objects of the topic are counted, and how long the oldest has waited', async () => {
  const { put, count, found } = counted();
  put('spill', `${folder}000000000000001-a`, 7_200);
  put('spill', `${folder}000000000000002-b`, 60);
  put('spill', `leases/${folder}1`, 90_000);
  await count();
  expect(found).toEqual({ 'spill of orders': [2, 7_200], 'dead-letters of orders': [0, 0] });
});

test('woken by a notification replay counts nothing: each would cost as many listings as a scheduled sweep', async () => {
  const { put, count, found } = counted();
  put('spill', `${folder}000000000000001-a`, 7_200);
  await count({ Records: [{ eventSource: 'aws:sqs' }] });
  expect(found).toEqual({});
});

test("dead letters of every group are counted, and of what never reached the topic; not those of other topics, nor people's notes", async () => {
  const { put, count, found } = counted();
  put('dead-letters', letter(topic, 5), 300);
  put('dead-letters', letter(topic, 5, 'audit'), 86_400);
  put('dead-letters', unsentObject({ cluster, topic, atMs: 1, hash }), 20);
  put('dead-letters', letter('payments', 5), 999_999);
  put('dead-letters', `ended/${letter(topic, 4)}`, 999_999);
  await count();
  expect(found['dead-letters of orders']).toEqual([3, 86_400]);
});

test('a bucket that cannot be listed is told of, and the other one is counted', async () => {
  const { memory, put, count, found, log } = counted();
  put('dead-letters', letter(topic, 5), 300);
  memory.script = (_call, _name, bucket) => (bucket === 'spill' ? 'unavailable' : 'ok');
  await count();
  expect(found).toEqual({ 'dead-letters of orders': [1, 300] });
  expect(log.lines).toMatchObject([
    { level: 'warn', message: 'what waits was not counted', fields: { bucket: 'spill' } },
  ]);
});

test('a store that does not answer holds the sweep up for five seconds a bucket, and no longer', async () => {
  const { clock, memory, count, found } = counted();
  memory.latencyMs = () => 60_000;
  const before = clock.monotonic();
  await count();
  expect(clock.monotonic() - before).toBe(10_000);
  expect(found).toEqual({});
});

test('no more than ten pages of a listing are paid for', async () => {
  const { found, log, meter, variables } = counted();
  let asked = 0;
  const list = async function* (bucket: string): AsyncIterable<Listed> {
    for (; bucket === 'spill' && asked < 10_500; asked += 1) {
      await Promise.resolve();
      yield { name: `${folder}${asked}`, bytes: 1, putAtMs: 0 };
    }
  };
  const store = { list } as Partial<ObjectStore> as ObjectStore;
  await waiting({ store, log, variables, meter })({});
  expect(found['spill of orders']?.[0]).toBe(10_000);
  expect(asked).toBe(9_999);
});

test('a bucket in which nothing waits is told of, too: no word means that nobody has looked', () => {
  const lines: string[] = [];
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  emfWaitingMeter().waiting({ bucket: 'spill', topic }, 0, 0);
  stdout.mockRestore();
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { service: 'spill', topic, ObjectsWaiting: 0, OldestObjectAge: 0 },
  ]);
});
