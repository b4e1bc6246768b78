import { spillFolder, type SpillObject } from '../../../../lambdas/runtime/contract';
import { storedMessage } from '../../../../lambdas/runtime/dead-letters/letter';
import { replay } from '../../../../lambdas/runtime/replay';
import type { Listed, ObjectStore } from '../../../../lambdas/runtime/stores/object-store';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { producerEnvironment } from '../simulation/scripted-producer';
import { ScriptedPort, type Step } from '../simulation/scripted-port';
import { cluster, messageFor, topic } from './world';

jest.setTimeout(120_000);

const MANY = 100_000;
const FOLDER = spillFolder(cluster, topic);
const BYTES = 1_200;
const PAGE = 1_000;
const nameOf = (n: number) => `${FOLDER}${String(n).padStart(15, '0')}-u`;

/**
 * A spill store of very many objects of one event each, which are made up when they are read. Calls that are made at once take as
 * long as one of them.
 */
class ManySpilled implements ObjectStore {
  readonly gone = new Set<number>();
  readonly counted = { pages: 0, reads: 0, leases: 0 };
  mostAtOnce = 0;
  private reading = 0;
  private readonly rest: MemoryObjects;
  private readonly under = new Map<string, Promise<void>>();
  private readonly body: SpillObject;

  constructor(
    private readonly clock: VirtualClock,
    private readonly callMs: number,
  ) {
    this.rest = new MemoryObjects(clock);
    this.body = { version: 1, cluster, topic, spilledAt: new Date(clock.now()).toISOString(), events: [] };
  }

  async *list(bucket: string, prefix: string): AsyncIterable<Listed> {
    if (prefix !== FOLDER) {
      yield* this.rest.list(bucket, prefix);
      return;
    }
    for (let after = 0; after < MANY;) {
      this.counted.pages += 1;
      await this.takesTime('list');
      const page: number[] = [];
      for (; page.length < PAGE && after < MANY; after += 1) if (!this.gone.has(after)) page.push(after);
      for (const n of page) yield { name: nameOf(n), bytes: BYTES };
    }
  }

  async get(bucket: string, name: string): Promise<string | undefined> {
    if (!name.startsWith(FOLDER)) return this.rest.get(bucket, name);
    this.counted.reads += 1;
    this.reading += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.reading);
    await this.takesTime('get');
    this.reading -= 1;
    const message = storedMessage(messageFor(String(numberIn(name))));
    return JSON.stringify({ ...this.body, events: [{ ...message, key: keyOf(numberIn(name)), partition: null }] });
  }

  async delete(bucket: string, name: string): Promise<void> {
    if (!name.startsWith(FOLDER)) return this.rest.delete(bucket, name);
    await this.takesTime('delete');
    this.gone.add(numberIn(name));
  }

  async putIfAbsent(bucket: string, name: string, body: string): Promise<'written' | 'exists'> {
    this.counted.leases += 1;
    return this.rest.putIfAbsent(bucket, name, body);
  }

  private takesTime(call: string): Promise<void> {
    const under = this.under.get(call) ?? this.clock.sleep(this.callMs).then(() => void this.under.delete(call));
    this.under.set(call, under);
    return under;
  }
}
const keyOf = (n: number): string => Buffer.from(`customer ${n % 1_000}`).toString('base64');
const numberIn = (name: string): number => Number(name.slice(FOLDER.length, FOLDER.length + 15));

function many({ callMs, kafka }: { callMs: number; kafka?: () => Step | undefined }) {
  const clock = new VirtualClock(undefined, 2);
  const store = new ManySpilled(clock, callMs);
  const port = new ScriptedPort(clock, kafka);
  const variables = {
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill: 'spill', deadLetters: 'dead-letters' }),
    LOSSLESS_PRODUCER_Orders: JSON.stringify(producerEnvironment),
  };
  const handler = replay({ clock, store, variables, log: new RecordingLog(), port: () => port });
  /** What a sweep of five minutes has counted, and how many milliseconds were left at its end. */
  const sweep = async () => {
    const end = clock.monotonic() + 300_000;
    const [counts = { replayed: 0, parked: 0, left: 0 }] = await clock.run(
      handler({}, { getRemainingTimeInMillis: () => end - clock.monotonic() }),
    );
    return { ...counts, leftMs: end - clock.monotonic() };
  };
  return { store, port, sweep };
}

test('a hundred thousand waiting objects are replayed in the order of each partition, by sweeps that end in time and go on where the last one ended', async () => {
  const { store, port, sweep } = many({ callMs: 250 });
  const lefts: number[] = [];
  for (let replayed = 0; replayed < MANY;) {
    const { leftMs, ...counts } = await sweep();
    replayed += counts.replayed;
    lefts.push(leftMs);
    expect([counts.parked, counts.left <= 64]).toEqual([0, true]);
    expect(leftMs).toBeGreaterThan(0);
  }
  expect(lefts).toHaveLength(3);
  const logs = [...port.log.keys()].map((partition) => port.ids(partition).map(Number));
  for (const ids of logs) expect(ids.every((id, n) => n === 0 || id > (ids[n - 1] ?? Infinity))).toBe(true);
  const { pages, reads } = store.counted;
  // But for those that a sweep's end left, none is read twice; what is gone is not listed again; 64 at once, however many there are.
  expect([port.ids().length, reads - MANY < 64 * lefts.length, store.mostAtOnce]).toEqual([MANY, true, 64]);
  expect(pages).toBeLessThanOrEqual(MANY / PAGE + 2 * lefts.length);
});

test('of a hundred thousand objects a few are read while no partition takes anything, and the others are counted', async () => {
  const { store, sweep } = many({ callMs: 30, kafka: () => ({ does: 'not-now' }) });
  const { leftMs, ...counts } = await sweep();
  expect(counts).toEqual({ replayed: 0, parked: 0, left: MANY });
  expect(store.counted.reads).toBeLessThan(1_000);
  expect(leftMs).toBeGreaterThan(200_000);
});
