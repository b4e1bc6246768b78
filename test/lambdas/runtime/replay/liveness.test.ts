import { replay } from '../../../../lambdas/runtime/replay';
import { GROUP_BYTES } from '../../../../lambdas/runtime/replay/groups';
import { spillFolder } from '../../../../lambdas/runtime/contract';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import type { ObjectAct, ObjectCall } from '../../../../simulation/s3/memory-objects';
import { producerEnvironment } from '../simulation/scripted-producer';
import { ScriptedPort, type Request, type Step } from '../simulation/scripted-port';
import { cluster, folder, messageFor, topic, world } from './world';

const numbered = (count: number, prefix = 'e') =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(3, '0')}`);
const missing = (ids: readonly string[], from: readonly string[]) => from.filter((id) => !ids.includes(id));
const once = (ids: readonly string[]) => ids.filter((id, n) => ids.indexOf(id) !== n);

describe('what cannot be replayed now holds up itself alone', () => {
  test.each<ObjectAct>(['unavailable', 'silent', 'stalled', 'slow-down', 'refused'])(
    'an object whose read is %s',
    async (act) => {
      const { spilled, sweep, left, ids, store } = world();
      const stuck = await spilled(['stuck']);
      for (const id of numbered(200)) await spilled([id]);
      store.script = (call, name) => (call === 'get' && name === stuck ? act : 'ok');
      expect(await sweep()).toEqual([{ replayed: 200, parked: 0, left: 1 }]);
      expect([left(), missing(ids(), numbered(200))]).toEqual([[stuck], []]);
      store.script = () => 'ok';
      await sweep();
      expect([left(), ids().includes('stuck')]).toEqual([[], true]);
    },
  );

  test('a hundred objects of a newer version, which are not even read again', async () => {
    const { spilled, put, sweep, left, ids, store } = world();
    for (const name of numbered(100, '00000000000000')) put(name, { version: 2 });
    for (const id of numbered(20)) await spilled([id]);
    expect(await sweep()).toEqual([{ replayed: 20, parked: 0, left: 100 }]);
    let reads = 0;
    store.script = (call) => ((reads += call === 'get' ? 1 : 0), 'ok');
    expect(await sweep()).toEqual([{ replayed: 0, parked: 0, left: 100 }]);
    expect([reads, left().length, missing(ids(), numbered(20))]).toEqual([0, 100, []]);
  });

  test('the events of a partition that takes nothing, however many, and those behind them go on', async () => {
    let stuck = true;
    const { spilled, sweep, left, ids, store } = world({
      kafka: ({ partition }) => (stuck && partition === 4 ? { does: 'silent', written: false } : undefined),
    });
    for (const id of numbered(100, 'stuck')) await spilled([id], 4);
    for (const id of numbered(200)) await spilled([id], 1);
    expect(await sweep()).toEqual([{ replayed: 200, parked: 0, left: 100 }]);
    expect(missing(ids(), numbered(200))).toEqual([]);
    let reads = 0;
    store.script = (call) => ((reads += call === 'get' ? 1 : 0), 'ok');
    await sweep();
    expect(reads).toBeLessThan(70);
    stuck = false;
    for (let n = 0; n < 4; n += 1) await sweep();
    expect([left(), missing(ids(), numbered(100, 'stuck'))]).toEqual([[], []]);
  });

  test('an event that its partition never takes, while it takes the others of its object and of its partition', async () => {
    const { spilled, sweep, left, ids } = world({
      kafka: (request) => (request.ids.includes('poison') ? { does: 'lose-answer', written: false } : undefined),
    });
    const held = await spilled(['poison', 'a', 'b'], 3);
    for (const id of numbered(30)) await spilled([id], 3);
    await sweep();
    expect(missing(ids(), ['a', 'b', ...numbered(30)])).toEqual([]);
    await spilled(['later'], 3);
    for (let n = 0; n < 6; n += 1) await sweep();
    expect([left(), missing(ids(), ['later'])]).toEqual([[held], []]);
    // What is settled of a held object is not written again and again.
    expect(once(ids())).toEqual([]);
  });

  test('events that are parked while the dead letters are away', async () => {
    const { spilled, sweep, left, ids, store, letters } = world({
      kafka: ({ ids: inside }): Step | undefined => (inside.includes('bad') ? { does: 'refuse', about: 'record' } : undefined), // prettier-ignore
    });
    store.script = (call, _name, bucket) => (call === 'put' && bucket === 'dead-letters' ? 'unavailable' : 'ok');
    const bad = await spilled(['bad', 'good']);
    for (const id of numbered(20)) await spilled([id]);
    expect(await sweep()).toEqual([{ replayed: 21, parked: 0, left: 1 }]);
    expect([left(), letters()]).toEqual([[bad], []]);
    store.script = () => 'ok';
    expect(await sweep()).toEqual([{ replayed: 0, parked: 1, left: 0 }]);
    expect([letters().map(({ id }) => id), once(ids())]).toEqual([['bad'], []]);
  });

  test('an object that fails for ever is tried less and less often', async () => {
    const { spilled, sweep, store } = world();
    await spilled(['stuck']);
    let reads = 0;
    store.script = (call) => {
      if (call === 'get') reads += 1;
      return call === 'get' ? 'unavailable' : 'ok';
    };
    for (let n = 0; n < 12; n += 1) await sweep();
    expect(reads).toBe(5);
  });

  test('an object that cannot be deleted: its events are not written again while the sandbox lives', async () => {
    const { spilled, sweep, left, ids, store } = world();
    store.script = (call) => (call === 'delete' ? 'unavailable' : 'ok');
    await spilled(['a']);
    for (let n = 0; n < 3; n += 1) expect(await sweep()).toMatchObject([{ left: 1 }]);
    expect(ids()).toEqual(['a']);
    store.script = () => 'ok';
    for (let n = 0; n < 2; n += 1) await sweep();
    expect([ids(), left()]).toEqual([['a'], []]);
  });

  test('an object larger than can be read is said, and left', async () => {
    const { spilled, put, sweep, left, ids, store, log } = world();
    put('000000000000001-large', '{}');
    const list = store.list.bind(store);
    store.list = async function* (bucket, prefix) {
      for await (const one of list(bucket, prefix)) yield one.name.endsWith('large') ? { ...one, bytes: 2 ** 28 } : one;
    };
    await spilled(['a']);
    expect(await sweep()).toEqual([{ replayed: 1, parked: 0, left: 1 }]);
    expect([left(), ids()]).toEqual([[`${folder}000000000000001-large`], ['a']]);
    expect(log.of('spill object left where it is')).toMatchObject([{ reason: expect.stringContaining('268435456 bytes') as string }]); // prettier-ignore
  });

  test('an object of more values than memory holds is said, and left unparsed; one of as many small events is replayed', async () => {
    const { spilled, put, sweep, left, ids, log } = world();
    put(
      '000000000000001-dense',
      Array.from({ length: 3_000_000 }, () => []),
    );
    await spilled(numbered(30_000));
    expect(await sweep()).toEqual([{ replayed: 30_000, parked: 0, left: 1 }]);
    expect([left(), ids().length]).toEqual([[`${folder}000000000000001-dense`], 30_000]);
    expect(log.of('spill object left where it is')).toMatchObject([{ reason: expect.stringContaining('more values than memory holds') as string }]); // prettier-ignore
  });

  test('a listing that breaks off: what was listed is replayed, and the sweep says that it failed', async () => {
    const { spilled, sweep, ids, store } = world();
    for (const id of numbered(10)) await spilled([id]);
    store.script = (call, name) => (call === 'list' && name !== '' ? 'unavailable' : 'ok');
    await expect(sweep()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(ids()).toEqual(numbered(3));
  });
});

describe('what nobody but a forger puts into a spill store is never published', () => {
  const stored = (id: string, more: object = {}) => {
    const { key, value, headers } = messageFor(id);
    const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');
    return {
      ...{ partition: 0, key: base64(key), value: base64(value) },
      headers: headers.map(([name, bytes]) => [name, base64(bytes)]),
      ...more,
    };
  };
  const object = (events: readonly object[], more: object = {}) => ({ version: 1, cluster, topic, spilledAt: '2026-01-01T00:00:00.000Z', events, ...more }); // prettier-ignore

  test.each([
    ['of another cluster', object([stored('forged')], { cluster: 'arn:other' }), 'foreign', /another cluster/],
    ['of no cluster', object([stored('forged')], { cluster: undefined }), 'foreign', /another cluster/],
    ['of another topic', object([stored('forged')], { topic: 'payments' }), 'foreign', /another topic/],
  ])('an object %s is parked as it is', async (_, body, reason, detail) => {
    const { spilled, put, sweep, left, ids, letters } = world();
    put('000000000000001-x', body);
    await spilled(['a']);
    expect(await sweep()).toEqual([{ replayed: 1, parked: 1, left: 0 }]);
    expect([ids(), left()]).toEqual([['a'], []]);
    expect(letters()).toMatchObject([{ reason, detail: expect.stringMatching(detail) as string, raw: JSON.stringify(body) }]); // prettier-ignore
  });

  test.each([
    ['a redrive', { headers: [['lossless-redrive', 'YmlsbGluZzo5']] }, 'foreign', /header: got a name that begins/],
    ['a partition the topic has not', { partition: 6 }, 'rejected-at-replay', /partition: got 6, want one of the topic's 6/], // prettier-ignore
  ])('an event that claims %s is parked, and its neighbours are published', async (_, more, reason, detail) => {
    const { put, sweep, left, ids, letters } = world();
    put('000000000000001-x', object([stored('forged', more), stored('a')]));
    expect(await sweep()).toEqual([{ replayed: 1, parked: 1, left: 0 }]);
    expect([ids(), left()]).toEqual([['a'], []]);
    expect(letters()).toMatchObject([{ reason, detail: expect.stringMatching(detail) as string, value: stored('forged').value }]); // prettier-ignore
  });

  test('an event with fields that no producer writes is published without them, and stops nothing', async () => {
    const { put, sweep, ids } = world();
    put('000000000000001-x', object([stored('a', { raw: 'text', offset: 1 }), stored('b')]));
    expect(await sweep()).toEqual([{ replayed: 2, parked: 0, left: 0 }]);
    expect(ids()).toEqual(['a', 'b']);
  });
});

describe('a sweep', () => {
  test('holds no more in memory than one group of objects, or a single larger one', async () => {
    const { put, sweep, store, left } = world();
    const value = 'A'.repeat(3_000_000);
    const events = [{ partition: 0, key: null, value, headers: [] }];
    for (const name of numbered(12, '00000000000000')) put(name, { version: 1, cluster, topic, spilledAt: '2026-01-01T00:00:00Z', events }); // prettier-ignore
    expect(await sweep()).toEqual([{ replayed: 12, parked: 0, left: 0 }]);
    expect(left()).toEqual([]);
    expect(store.mostBytesAtOnce).toBeLessThanOrEqual(GROUP_BYTES);
    expect(store.mostBytesAtOnce).toBeGreaterThan(3_000_000);
  });

  test.each([1_000, 3_000, 8_500, 9_500, 12_000, 20_000, 61_000])(
    'that begins %i ms before its end is over in time, and loses nothing',
    async (remainingMs) => {
      const acts: ObjectCall[] = ['get', 'put', 'delete'];
      const { spilled, sweep, clock, store, ids } = world({
        kafka: ({ ids: inside }) =>
          inside.includes('e001') ? { does: 'silent', written: false } : { does: 'ack', afterMs: 700 },
      });
      store.latencyMs = (call) => (call === 'list' ? 50 : 900);
      for (const id of numbered(300)) await spilled([id], Number(id.slice(1)) % 6);
      store.script = (call, name) => (acts.includes(call) && name.endsWith('7-000000') ? 'stalled' : 'ok');
      const began = clock.monotonic() + 60_000;
      await sweep(remainingMs);
      expect(clock.monotonic() - began).toBeLessThan(remainingMs);
      store.script = () => 'ok';
      const gone = numbered(300).filter((id) => !store.names('spill').some((name) => store.content.get(`spill/${name}`)?.includes(Buffer.from(id).toString('base64')))); // prettier-ignore
      expect(missing(ids(), gone)).toEqual([]);
    },
  );
});

test('what was acknowledged beside something stuck is deleted in the same sweep, near its end too', async () => {
  const { spilled, sweep, left, ids, store } = world({
    kafka: ({ partition }) => (partition === 4 ? { does: 'silent', written: false } : undefined),
  });
  store.latencyMs = (call) => (call === 'delete' ? 2_000 : 1);
  const stuck = [await spilled(['x'], 4), await spilled(['y'], 4), await spilled(['z'], 4)];
  await spilled(['a'], 1);
  expect(await sweep(22_000)).toEqual([{ replayed: 1, parked: 0, left: 3 }]);
  expect([left(), ids()]).toEqual([stuck, ['a']]);
});

test('a topic that refuses only once events are on their way fails the sweep, and they stay', async () => {
  let looks = 0;
  const { spilled, sweep, left } = world({
    describe: () => {
      looks += 1;
      if (looks > 1) throw new LosslessError('NOT_CONFIGURED', 'min.insync.replicas: got 1');
      return { partitions: 6 };
    },
  });
  const object = await spilled(['a']);
  await expect(sweep()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
  expect(left()).toEqual([object]);
});

describe('topics of one function', () => {
  const environmentOf = (name: string) => JSON.stringify({ ...producerEnvironment, topic: name });
  const storeOf = (name: string) =>
    JSON.stringify({ cluster, topic: name, spill: 'spill', deadLetters: 'dead-letters' });

  test.each<[string, Partial<Record<string, string>>, (request?: Request) => never]>([
    ['refused', { LOSSLESS_PRODUCER_A: environmentOf('a') }, () => { throw new LosslessError('NOT_CONFIGURED', 'replication factor: got 1'); }], // prettier-ignore
    ['not described', { LOSSLESS_PRODUCER_A: environmentOf('a') }, () => { throw new Error('no broker'); }], // prettier-ignore
    ['not configured', {}, () => { throw new Error('never asked'); }], // prettier-ignore
  ])('one that is %s holds up no other', async (_, more, describe) => {
    const { clock, store, log, put } = world();
    const spill = (name: string) => store.content.set(`spill/${spillFolder(cluster, name)}000000000000001-x`, JSON.stringify({ version: 1, cluster, topic: name, spilledAt: '2026-01-01T00:00:00Z', events: [{ partition: 0, key: null, value: '', headers: [] }] })); // prettier-ignore
    put('000000000000001-other', { version: 2 });
    spill('a');
    spill('b');
    const ports: Record<string, ScriptedPort> = {};
    const handler = replay({
      ...{ clock, store, log },
      port: (made) =>
        (ports[made.topic] = new ScriptedPort(clock, undefined, made.topic === 'a' ? describe : undefined)),
      variables: { LOSSLESS_REPLAY_A: storeOf('a'), LOSSLESS_REPLAY_B: storeOf('b'), LOSSLESS_PRODUCER_B: environmentOf('b'), ...more }, // prettier-ignore
    });
    const end = clock.monotonic() + 60_000;
    await clock.run(handler({}, { getRemainingTimeInMillis: () => end - clock.monotonic() }).catch(() => undefined));
    expect(ports['b']?.log.get(0)).toHaveLength(1);
    expect(store.names('spill').filter((name) => name.includes('/b/'))).toEqual([]);
    expect(store.names('spill').filter((name) => name.includes('/a/'))).toHaveLength(1);
  });

  test('one that takes all its time leaves the others theirs', async () => {
    const { clock, store, log } = world();
    const body = (name: string) => JSON.stringify({ version: 1, cluster, topic: name, spilledAt: '2026-01-01T00:00:00Z', events: [{ partition: 0, key: null, value: '', headers: [] }] }); // prettier-ignore
    for (const name of numbered(200)) store.content.set(`spill/${spillFolder(cluster, 'a')}${name}`, body('a'));
    store.content.set(`spill/${spillFolder(cluster, 'b')}x`, body('b'));
    store.script = (call, name) => (call === 'get' && name.includes('/a/') ? 'silent' : 'ok');
    const handler = replay({
      ...{ clock, store, log },
      port: () => new ScriptedPort(clock),
      variables: { LOSSLESS_REPLAY_A: storeOf('a'), LOSSLESS_REPLAY_B: storeOf('b'), LOSSLESS_PRODUCER_A: environmentOf('a'), LOSSLESS_PRODUCER_B: environmentOf('b') }, // prettier-ignore
    });
    const end = clock.monotonic() + 60_000;
    await clock.run(handler({}, { getRemainingTimeInMillis: () => end - clock.monotonic() }));
    expect(store.names('spill').filter((name) => name.includes('/b/'))).toEqual([]);
  });
});
