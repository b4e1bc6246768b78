import type { SpillObject } from '../../../../lambdas/runtime/contract';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import type { Request, Step } from '../simulation/scripted-port';
import { folder, world } from './world';

const down = (): Step => ({ does: 'not-now' });

test('spilled events reach the topic oldest first, byte for byte, with the time of their spill, and only then leave the store', async () => {
  const { spilled, sweep, inLog, ids, objects, left } = world();
  await spilled(['a', 'b']);
  await spilled(['c'], null);
  const before = objects().flatMap(({ events, spilledAt }) =>
    events
      .map(messageOf)
      .map((message) => ({ ...message, headers: [...message.headers, ['lossless-spilled', Buffer.from(spilledAt)]] })),
  );
  expect(await sweep()).toEqual([{ replayed: 3, parked: 0, left: 0 }]);
  expect(inLog(2).slice(0, 2)).toEqual(before.slice(0, 2));
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(left()).toEqual([]);
});

test('more objects than are read at once are all replayed, in order', async () => {
  const { spilled, sweep, ids, left } = world();
  for (let n = 0; n < 150; n += 1) await spilled([`e${String(n).padStart(3, '0')}`]);
  await sweep();
  expect(ids()).toEqual([...ids()].sort());
  expect([ids().length, left().length]).toEqual([150, 0]);
});

test('what Kafka does not take stays for the next sweep, and is not spilled again', async () => {
  let isDown = true;
  const { spilled, sweep, left, ids, log } = world({ kafka: () => (isDown ? down() : undefined) });
  await spilled(['a']);
  await spilled(['b']);
  expect(await sweep()).toEqual([{ replayed: 0, parked: 0, left: 2 }]);
  expect([left().length, log.of('spilled events left for the next sweep').length]).toEqual([2, 2]);
  isDown = false;
  expect(await sweep()).toEqual([{ replayed: 2, parked: 0, left: 0 }]);
  expect([left().length, ids()]).toEqual([0, ['a', 'b']]);
});

test('an object is kept while one of its events is in doubt; the others appear twice, under the same ids', async () => {
  let first = true;
  const { spilled, sweep, left, ids, renew } = world({
    kafka: (request) => (first && request.ids.includes('b') ? { does: 'silent', written: true } : undefined),
  });
  const both = await spilled(['a', 'b'], null);
  await sweep();
  expect(left()).toEqual([both]);
  first = false;
  renew();
  await sweep();
  expect(left()).toEqual([]);
  expect(ids().filter((id) => id === 'a').length).toBeGreaterThan(0);
  expect(ids()).toContain('b');
});

test('a rejected event is parked under its own id and is not in the way of its neighbours', async () => {
  const refusing = ({ ids }: Request): Step | undefined => (ids.includes('bad') ? { does: 'refuse', about: 'record' } : undefined); // prettier-ignore
  const { spilled, sweep, left, ids, letters, objects } = world({ kafka: refusing });
  await spilled(['a', 'bad', 'c']);
  const [before]: (SpillObject | undefined)[] = objects();
  expect(await sweep()).toEqual([{ replayed: 2, parked: 1, left: 0 }]);
  expect([ids(), left()]).toEqual([['a', 'c'], []]);
  expect(letters()).toEqual([
    expect.objectContaining({ id: 'bad', source: 'urn:test', group: '-', partition: -1, offset: -1, reason: 'rejected-at-replay', detail: 'MESSAGE_TOO_LARGE: refused', timestamp: Date.parse(before?.spilledAt ?? ''), key: before?.events[1]?.key, value: before?.events[1]?.value, headers: before?.events[1]?.headers }), // prettier-ignore
  ]);
});

test.each([
  ['that leaves no room for the time of its spill', 300],
  ['whose topic does not say how much it takes', undefined],
])('an event %s is sent as it was accepted', async (_, maxMessageBytes) => {
  const { spilled, sweep, inLog, objects, letters } = world({ describe: () => ({ partitions: 3, maxMessageBytes }) });
  await spilled(['a']);
  const before = objects().flatMap(({ events }) => events.map(messageOf));
  await sweep();
  expect([inLog(2), letters()]).toEqual([before, []]);
});

const MINUTE_MS = 60_000;
const LIMIT_MS = 14 * 24 * 60 * MINUTE_MS;

test('an event that was spilled so long ago that consumers may have forgotten its first try is parked, and never sent', async () => {
  const { spilled, sweep, clock, ids, left, letters } = world();
  await spilled(['old']);
  // A sweep begins a minute after it is asked for.
  await clock.run(clock.sleep(LIMIT_MS - MINUTE_MS));
  await spilled(['young']);
  expect(await sweep()).toEqual([{ replayed: 1, parked: 1, left: 0 }]);
  expect([ids(), left()]).toEqual([['young'], []]);
  expect(letters()).toMatchObject([{ id: 'old', group: '-', reason: 'too-old' }]);
  expect(letters()[0]?.detail).toContain('want at most 14 days ago');
});

test('just before that it is still sent', async () => {
  const { spilled, sweep, clock, ids } = world();
  await spilled(['a']);
  await clock.run(clock.sleep(LIMIT_MS - MINUTE_MS - 1_000));
  await sweep();
  expect(ids()).toEqual(['a']);
});

test('missing rights park nothing: the events stay until the rights are there', async () => {
  const { spilled, sweep, left, letters } = world({ kafka: () => ({ does: 'refuse', about: 'setup' }) });
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 0, parked: 0, left: 1 }]);
  expect([left().length, letters()]).toEqual([1, []]);
});

test('a topic that cannot keep its events fails the sweep and leaves all in the store', async () => {
  const { spilled, sweep, left } = world({
    describe: () => {
      throw new LosslessError('NOT_CONFIGURED', 'replication factor: got 1');
    },
  });
  await spilled(['a']);
  await expect(sweep()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
  expect(left()).toHaveLength(1);
});

test('an object that is no spill is parked whole, one of a newer version is left, neither is in the way', async () => {
  const { spilled, put, sweep, left, ids, letters, log } = world();
  put('000000000000001-broken', '{"version":1,"events":"Zürich"}');
  put('000000000000002-newer', { version: 2 });
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 1, parked: 1, left: 1 }]);
  expect(left()).toEqual([`${folder}000000000000002-newer`]);
  expect(ids()).toEqual(['a']);
  expect(letters()).toMatchObject([
    {
      ...{ reason: 'undecodable', timestamp: 1, id: `${folder}000000000000001-broken`, value: null },
      raw: '{"version":1,"events":"Zürich"}',
    },
  ]);
  expect(log.of('spill object left where it is')).toHaveLength(1);
});

test('an object whose bytes are no text stays as it is: a copy would not be what lies there', async () => {
  const { spilled, put, sweep, left, ids, letters } = world();
  put('000000000000001-binary', 'x\ufffdy');
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 1, parked: 0, left: 1 }]);
  expect([left(), ids(), letters()]).toEqual([[`${folder}000000000000001-binary`], ['a'], []]);
});

test('a producer that accepts loss does not decide for the replay: it takes the word of all in-sync replicas', async () => {
  const { spilled, sweep, left, ids, madeFor } = world({
    environment: { acks: 1, acceptLoss: 'clicks', retry: { kind: 'none' } } as never,
    // The client answers as it was made: with less than acks=all nobody has said that the event is safe.
    kafka: () => (madeFor.at(-1)?.acks === 'all' ? undefined : { does: 'send', acks: 1 }),
  });
  await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 1, parked: 0, left: 0 }]);
  expect([madeFor.map(({ acks }) => acks), ids(), left()]).toEqual([['all'], ['a'], []]);
});

test('an event that was handed over, and no more, stays in the store', async () => {
  const { spilled, sweep, left } = world({ kafka: () => ({ does: 'send', acks: 1 }) });
  const object = await spilled(['a']);
  expect(await sweep()).toEqual([{ replayed: 0, parked: 0, left: 1 }]);
  expect(left()).toEqual([object]);
});

test('two workers on one store lose nothing', async () => {
  const { spilled, sweep, left, ids, renew } = world();
  await spilled(['a']);
  await spilled(['b']);
  const first = sweep();
  renew();
  await Promise.all([first, sweep()]);
  expect([new Set(ids()), left()]).toEqual([new Set(['a', 'b']), []]);
});
