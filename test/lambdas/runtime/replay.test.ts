import { spillFolder, type DeadLetter, type SpillObject } from '../../../lambdas/runtime/contract';
import { encodeEvent } from '../../../lambdas/runtime/event';
import { messageOf } from '../../../lambdas/runtime/dead-letters';
import { LosslessError } from '../../../lambdas/runtime/errors';
import { replay } from '../../../lambdas/runtime/replay';
import { spill } from '../../../lambdas/runtime/spill';
import { event, producerEnvironment } from './simulation/scripted-producer';
import { ScriptedPort, type Request, type Step } from './simulation/scripted-port';
import { ScriptedStore } from './simulation/scripted-store';
import { RecordingLog } from './simulation/recording-log';
import { VirtualClock } from './simulation/virtual-clock';

const { cluster, topic } = producerEnvironment;
const environment = { cluster, topic, spill: 'spill', deadLetters: 'dead-letters' };

function world(kafka?: (request: Request) => Step | undefined, topicOf?: () => { partitions: number }) {
  const clock = new VirtualClock();
  const store = new ScriptedStore();
  const port = new ScriptedPort(clock, kafka, topicOf);
  const log = new RecordingLog();
  const handler = replay({
    clock,
    store,
    port: () => port,
    log,
    variables: {
      LOSSLESS_REPLAY_Orders: JSON.stringify(environment),
      LOSSLESS_PRODUCER_Orders: JSON.stringify(producerEnvironment),
    },
  });
  return {
    clock,
    store,
    port,
    log,
    /** Spills events of these ids as one object, a millisecond after the one before. */
    spilled: async (ids: readonly string[], partition: number | null = 2) => {
      await clock.run(clock.sleep(1));
      const messages = ids.map((id) => ({
        message: encodeEvent(event(id, { key: 'k' }), { source: 'urn:test', now: () => new Date(0) }),
        partition,
      }));
      let object = '';
      await clock.run(
        spill(messages, { store, bucket: 'spill', cluster, topic, clock, timeMs: 5_000 }, (_, result) => {
          if (result.kind === 'spilled') object = result.object;
        }),
      );
      return object;
    },
    sweep: (remainingMs = 60_000) => {
      const end = clock.now() + remainingMs;
      return clock.run(handler({}, { getRemainingTimeInMillis: () => end - clock.now() }));
    },
    left: () => [...store.objects.keys()].filter((name) => name.startsWith('spill/')),
    letters: () => store.bodies<DeadLetter>('dead-letters'),
  };
}

test('spilled events reach the topic oldest first, byte for byte, and only then leave the store', async () => {
  const { spilled, sweep, port, store, left } = world();
  await spilled(['a', 'b']);
  await spilled(['c'], null);
  const before = store.bodies<SpillObject>('spill').flatMap(({ events }) => events.map(messageOf));
  expect(await sweep()).toEqual([{ replayed: 3, aside: 0, left: 0 }]);
  expect(port.log.get(2)?.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(port.ids()).toEqual(['a', 'b', 'c']);
  expect(left()).toEqual([]);
});

test('more objects than are read at once are all replayed, in order', async () => {
  const { spilled, sweep, port, left } = world();
  for (let n = 0; n < 40; n += 1) await spilled([`e${String(n).padStart(2, '0')}`]);
  await sweep();
  expect(port.ids()).toEqual([...port.ids()].sort());
  expect([port.ids().length, left().length]).toEqual([40, 0]);
});

test('what Kafka does not take stays for the next sweep, and is not spilled again', async () => {
  let down = true;
  const { spilled, sweep, left, port, log } = world(() => (down ? { does: 'not-now' } : undefined));
  await spilled(['a']);
  await spilled(['b']);
  expect(await sweep()).toEqual([{ replayed: 0, aside: 0, left: 2 }]);
  expect([left().length, log.of('spilled events left for the next sweep').length]).toEqual([2, 2]);
  down = false;
  expect(await sweep()).toEqual([{ replayed: 2, aside: 0, left: 0 }]);
  expect([left().length, port.ids()]).toEqual([0, ['a', 'b']]);
});

test('an object is kept while one of its events is in doubt; the others appear twice, under the same ids', async () => {
  let first = true;
  const { spilled, sweep, left, port } = world(({ ids }) => {
    if (!first || !ids.includes('b')) return undefined;
    return { does: 'silent', written: false };
  });
  await spilled(['a'], 1);
  await spilled(['b'], 2);
  await sweep();
  expect(left()).toHaveLength(1);
  first = false;
  await sweep();
  expect([left().length, port.ids().sort()]).toEqual([0, ['a', 'b']]);
});

test('a rejected event is moved aside under its own id and is not in the way of its neighbours', async () => {
  const { spilled, sweep, left, port, letters, store } = world(({ ids }) =>
    ids.includes('bad') ? { does: 'refuse', about: 'record' } : undefined,
  );
  await spilled(['a', 'bad', 'c']);
  const [before] = store.bodies<SpillObject>('spill');
  expect(await sweep()).toEqual([{ replayed: 2, aside: 1, left: 0 }]);
  expect([port.ids(), left()]).toEqual([['a', 'c'], []]);
  expect(letters()).toEqual([
    expect.objectContaining({ id: 'bad', source: 'urn:test', group: '-', partition: -1, offset: -1, reason: 'rejected-at-replay', detail: 'MESSAGE_TOO_LARGE: refused', timestamp: Date.parse(before?.spilledAt ?? ''), key: before?.events[1]?.key, value: before?.events[1]?.value, headers: before?.events[1]?.headers }), // prettier-ignore
  ]);
});

test('missing rights move nothing aside: the events stay until the rights are there', async () => {
  const { spilled, sweep, left, letters } = world(() => ({ does: 'refuse', about: 'setup' }));
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 0, aside: 0, left: 1 }]);
  expect([left().length, letters()]).toEqual([1, []]);
});

test('a topic that cannot keep its events fails the sweep and leaves all in the store', async () => {
  const { spilled, sweep, left } = world(undefined, () => {
    throw new LosslessError('NOT_CONFIGURED', 'replication factor: got 1');
  });
  await spilled(['a']);
  await expect(sweep()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
  expect(left()).toHaveLength(1);
});

test('an object that is no spill is moved aside whole, one of a newer version is left, neither is in the way', async () => {
  const { spilled, sweep, left, port, letters, store } = world();
  const folder = spillFolder(cluster, topic);
  await store.putIfAbsent('spill', `${folder}000000000000001-broken`, '{"version":1,"events":"Zürich"}');
  await store.putIfAbsent('spill', `${folder}000000000000002-newer`, '{"version":2}');
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 1, aside: 1, left: 1 }]);
  expect(left()).toEqual([`spill/${folder}000000000000002-newer`]);
  expect(port.ids()).toEqual(['a']);
  const [letter] = letters();
  expect(letter).toMatchObject({ reason: 'undecodable', timestamp: 1, id: `${folder}000000000000001-broken` });
  expect(Buffer.from(letter?.value ?? '', 'base64').toString()).toBe('{"version":1,"events":"Zürich"}');
});

test('a sweep stops at its time margin and leaves the rest in the store', async () => {
  const { spilled, sweep, left, port } = world(() => ({ does: 'ack', afterMs: 6_000 }));
  for (let n = 0; n < 40; n += 1) await spilled([`e${n}`]);
  expect(await sweep(11_500)).toEqual([{ replayed: 16, aside: 0, left: 0 }]);
  expect([port.ids().length, left().length]).toEqual([16, 24]);
});

test('two workers on one store lose nothing', async () => {
  const { spilled, sweep, left, port } = world();
  await spilled(['a']);
  await spilled(['b']);
  await Promise.all([sweep(), sweep()]);
  expect([new Set(port.ids()), left()]).toEqual([new Set(['a', 'b']), []]);
});
