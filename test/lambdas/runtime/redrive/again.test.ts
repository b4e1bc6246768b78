import { parseDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import type { AgainRequest } from '../../../../lambdas/runtime/contract';
import { kafkaEvent, type Given } from '../simulation';
import { applies, fails, world, type World } from './world';

const A: Given = { offset: 0, id: 'a', key: 'k', value: { amount: 1 } };
const B: Given = { offset: 1, id: 'b', key: 'k', value: { amount: 2 } };
const C: Given = { offset: 2, id: 'c', key: 'other', value: { amount: 3 } };
const QUARTER_HOUR_MS = 900_000;

/** A topic that holds them, delivered to a consumer of which each is handled so, and a quarter of an hour later. */
async function held(how: 'applied' | 'parked' | 'not delivered', ...given: readonly Given[]): Promise<World> {
  const all = world();
  all.topic.hold(...given);
  if (how === 'parked') await all.park(...given);
  if (how === 'applied') await all.deliver(kafkaEvent(...given), applies);
  await all.clock.run(all.clock.sleep(QUARTER_HOUR_MS));
  return all;
}
/** Before which the bad deploy was there: ten minutes ago. */
const before = (all: World): number => all.clock.now() - 600_000;
const record = (all: World) => all.entries()[0]!;
function change(all: World, more: Record<string, unknown>): void {
  const item = record(all);
  all.tables.write('idempotency', { ...item, key: String(item['key']), ...more });
}
const letter = (all: World, name: string) =>
  parseDeadLetter(all.objects.content.get(`dead-letters/${name}`) ?? '', name);
/** As the command: letters, then their redrive. */
async function sent(all: World, request: Partial<AgainRequest['again']> = {}) {
  const { send, rest } = await all.again(request);
  const fates = send.length === 0 ? [] : (await all.redrive({ objects: send })).outcomes;
  return {
    send,
    rest,
    fates: fates.map((fate) => (fate.kind === 'redriven' ? `redriven ${fate.generation}` : fate.kind)),
  };
}

describe('an event that the topic holds', () => {
  test('and that no delivery has settled gets a letter that says again, is sent, and is applied once', async () => {
    const all = await held('not delivered', A);
    const { send } = await all.again();
    expect(letter(all, send[0]!)).toMatchObject({
      id: 'a',
      partition: 0,
      offset: 0,
      reason: 'from-topic',
      again: 0,
      effect: 'none',
    });
    expect((await all.redrive()).outcomes).toMatchObject([{ object: send[0], kind: 'redriven', generation: 1 }]);
    expect(record(all)).toMatchObject({ state: 'redriven', generation: 1, object: send[0], id: 'a', effect: 'none' });
    expect(all.names()).toEqual([]);
    await all.consume();
    await all.deliver(kafkaEvent(A), applies);
    expect(all.applied('a')).toBe(1);
  });

  test('and that was applied before the time is applied once more, and never expires until then', async () => {
    const all = await held('applied', A);
    expect(await sent(all, { before: before(all) })).toMatchObject({ rest: [], fates: ['redriven 1'] });
    expect(record(all)).toMatchObject({ state: 'redriven', generation: 1, effect: 'unknown' });
    expect(record(all)).not.toHaveProperty('expiresAt');
    await all.consume();
    expect(all.applied('a')).toBe(2);
    expect(record(all)).toMatchObject({ state: 'done', generation: 1 });
    // However often the command runs.
    expect(await sent(all, { before: all.clock.now() - 600_000 })).toMatchObject({
      send: [],
      rest: [{ kind: 'applied', count: 1, offsets: [0] }],
    });
    expect(all.applied('a')).toBe(2);
  });

  test('and that was applied at the time or later is not sent, nor without a time', async () => {
    const all = await held('applied', A, B, C);
    const at = Number(record(all)['settledAt']);
    expect(await sent(all, { before: at })).toMatchObject({
      send: [],
      rest: [{ kind: 'applied', count: 3, offsets: [0, 1, 2] }],
    });
    expect(await sent(all)).toMatchObject({ send: [], rest: [{ kind: 'applied', count: 3 }] });
    expect([all.names(), all.inLog()]).toEqual([[], []]);
  });

  test('and that is parked is redriven from the letter that has it', async () => {
    const all = await held('parked', A);
    const names = all.names();
    expect(await sent(all)).toMatchObject({ send: names, fates: ['redriven 1'] });
    expect(all.names()).toEqual([]);
  });

  test('and that is parked in a letter which somebody deleted is sent', async () => {
    const all = await held('parked', A);
    all.objects.content.delete(`dead-letters/${all.names()[0]}`);
    expect(await sent(all)).toMatchObject({ fates: ['redriven 1'] });
    await all.consume();
    expect(all.applied('a')).toBe(1);
  });

  test('and whose redrive was interrupted is published under the same number, and once that is over gets no letter', async () => {
    const all = await held('not delivered', A);
    const { send } = await all.again();
    const text = all.objects.content.get(`dead-letters/${send[0]}`)!;
    await all.redrive();
    expect(await sent(all)).toMatchObject({ send: [], rest: [{ kind: 'under-way' }] });
    all.objects.content.set(`dead-letters/${send[0]}`, text);
    expect(await sent(all)).toMatchObject({ send, fates: ['redriven 1'] });
    expect(await sent(all)).toMatchObject({ send: [], rest: [{ kind: 'under-way' }] });
  });

  test.each([
    [
      'redriven from another letter: gets none',
      { state: 'redriven', object: 'o', generation: 1 },
      { kind: 'under-way' },
    ],
    ['claimed: gets none yet', { state: 'claimed', owner: 'x', beat: 1 }, { kind: 'waits', reason: 'claimed' }],
    [
      'discarded: a person ended it',
      { state: 'discarded', endedBy: 'Ann', endedWhy: 'asked' },
      { kind: 'ended', reason: 'discarded', detail: expect.stringContaining('Ann: asked') as string },
    ],
    ['amended: a person ended it', { state: 'amended', amendedAs: 'a2' }, { kind: 'ended', reason: 'amended' }],
    ['an event of other content: gets none', { content: 'x' }, { kind: 'refused', reason: 'id-conflict' }],
    ['a state of a later version: gets none', { state: 'archived' }, { kind: 'refused', reason: 'not-parked' }],
    ['sent back as often as allowed: gets none', { generation: 3 }, { kind: 'refused', reason: 'max-redrives' }],
  ])('and that its table knows as %s', async (_, more, rest) => {
    const all = await held('applied', A);
    change(all, more);
    expect(await all.again({ before: before(all) })).toMatchObject({
      send: [],
      rest: [{ ...rest, count: 1, offsets: [0] }],
    });
    expect(all.names()).toEqual([]);
  });
});

describe('a letter that says again, by what the table says once it is there', () => {
  test.each([
    ['done before the time: sent', { state: 'done', settledAt: 1 }, { kind: 'redriven', generation: 1 }, 0],
    ['done at the time or later: removed', { state: 'done', settledAt: 4e12 }, { kind: 'removed', as: 'applied' }, 0],
    [
      'parked in another letter that is gone: sent',
      { state: 'parked', object: 'gone', generation: 1 },
      { kind: 'redriven', generation: 2 },
      0,
    ],
    [
      'redriven from it: sent with the same number',
      { state: 'redriven', generation: 2, object: 'O' },
      { kind: 'redriven', generation: 2 },
      0,
    ],
    [
      'redriven from another letter: stays',
      { state: 'redriven', generation: 2, object: 'o' },
      { kind: 'refused', reason: 'not-parked' },
      1,
    ],
    [
      'claimed: stays for a later run',
      { state: 'claimed', owner: 'x', beat: 1 },
      { kind: 'waits', reason: 'claimed' },
      1,
    ],
    [
      'discarded: removed',
      { state: 'discarded', endedBy: 'Ann', endedWhy: 'w' },
      { kind: 'removed', as: 'discarded' },
      0,
    ],
    ['amended: removed', { state: 'amended', amendedAs: 'a2' }, { kind: 'removed', as: 'amended' }, 0],
    ['other content: stays', { state: 'done', content: 'x' }, { kind: 'refused', reason: 'not-parked' }, 1],
    ['a state of a later version: stays', { state: 'archived' }, { kind: 'refused', reason: 'not-parked' }, 1],
    [
      'sent back as often as allowed: stays',
      { state: 'done', settledAt: 1, generation: 3 },
      { kind: 'refused', reason: 'max-redrives' },
      1,
    ],
  ])('%s', async (_, more, fate, left) => {
    const all = await held('applied', A);
    const { send } = await all.again({ before: before(all) });
    change(all, { ...more, ...('object' in more && more.object === 'O' ? { object: send[0] } : {}) });
    expect((await all.redrive({ objects: send })).outcomes).toMatchObject([fate]);
    expect(all.names()).toHaveLength(left);
  });

  test('parked in another letter that is there: removed, as that one has the event', async () => {
    const all = await held('not delivered', A);
    const { send } = await all.again();
    await all.deliver(kafkaEvent(A), fails);
    expect((await all.redrive({ objects: send })).outcomes).toMatchObject([
      { kind: 'removed', as: 'parked-elsewhere' },
    ]);
    expect(all.letters()).toMatchObject([{ reason: 'handler-error' }]);
  });

  test('whose write was carried out and not answered is sent once, under that number', async () => {
    const all = await held('not delivered', A);
    const { send } = await all.again();
    all.tables.updateScript = (_, call) =>
      call === all.tables.updates.length - 1 && all.entries().length === 0 ? 'lost' : undefined;
    expect((await all.redrive({ objects: send })).outcomes).toMatchObject([{ kind: 'redriven', generation: 1 }]);
    expect(all.inLog()).toEqual(['a']);
  });

  test('whose event is applied between look and write is removed, and nothing is sent', async () => {
    const all = await held('not delivered', A);
    const { send } = await all.again();
    await all.deliver(kafkaEvent(A), applies);
    expect((await all.redrive({ objects: send })).outcomes).toMatchObject([{ kind: 'removed', as: 'applied' }]);
    expect([all.applied('a'), all.inLog()]).toEqual([1, []]);
  });
});

describe('a range of offsets', () => {
  test('is sent in the order of its keys, a part at a time, and says where to go on', async () => {
    const all = await held('not delivered', A, B, C);
    const first = await all.again({ most: 2 });
    expect([first.send.length, first.next]).toEqual([2, 2]);
    const second = await all.again({ most: 2, from: first.next });
    expect([second.send.length, second.next]).toEqual([1, 3]);
    await all.redrive({ objects: [...first.send, ...second.send] });
    expect(all.inLog().filter((id) => id !== 'c')).toEqual(['a', 'b']);
  });

  test('whose record waits holds back those after it of its key, in later parts as well', async () => {
    const all = await held('applied', A, B, C);
    change(all, { state: 'claimed', owner: 'x', beat: 1 });
    const first = await all.again({ before: before(all), to: 0 });
    expect(first.rest).toMatchObject([{ kind: 'waits', reason: 'claimed' }]);
    const second = await all.again({ before: before(all), from: 1, behind: first.behind });
    expect(second.rest).toMatchObject([{ kind: 'waits', reason: 'behind', offsets: [1] }]);
    expect(second.send).toHaveLength(1);
  });

  test('that holds an event and its copy sends the event once', async () => {
    const all = await held('applied', A, { ...A, offset: 5, headers: [['lossless-redrive', 'billing:1']] });
    expect(await sent(all, { before: before(all) })).toMatchObject({
      rest: [{ kind: 'repeated', offsets: [5] }],
      fates: ['redriven 1'],
    });
  });

  test('only looked at puts nothing, and names what would be there', async () => {
    const all = await held('not delivered', A, B);
    expect((await all.again({ look: true })).send).toHaveLength(2);
    expect(all.names()).toEqual([]);
  });

  test.each([
    ['below what is there', { from: 0, to: 5 }, /--offsets: got 0, which retention has deleted, want 3 to 9/],
    [
      'above what is there, where copies would come to lie',
      { from: 5, to: 10 },
      /--offsets: got 10, which is not written yet, want 3 to 9/,
    ],
    [
      'of a partition that is not there',
      { partition: 7, from: 5, to: 5 },
      /--partition: got 7, want one of its partitions/,
    ],
    ['the wrong way round', { from: 6, to: 5 }, /again\.to: got 5, want an offset from 6 on/],
    [
      'of what was applied a minute ago',
      { from: 5, to: 5, before: 4e12 },
      /again\.before: got .*, want a time ten minutes ago or earlier/,
    ],
  ])('%s is refused, and nothing is put', async (_, range, message) => {
    const all = await held('not delivered', { ...A, offset: 5 }, { ...B, offset: 9 });
    all.topic.start = 3;
    await expect(all.again(range)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message) as string,
    });
    expect(all.names()).toEqual([]);
  });

  test('refuses records without an id of their own, unless the construct says that no handler makes one', async () => {
    const foreign: Given = { offset: 0, key: 'k', value: {} };
    const all = await held('not delivered', foreign);
    for (const eventIds of [undefined, { kind: 'handler' }] as const) {
      expect(await all.again({ eventIds })).toMatchObject({
        send: [],
        rest: [{ kind: 'refused', reason: 'no-id', offsets: [0] }],
      });
    }
    expect(await sent(all, { eventIds: { kind: 'coordinates' } })).toMatchObject({ fates: ['redriven 1'] });
    await all.consume();
    await all.deliver(kafkaEvent(foreign), applies);
    expect(all.applied('orders-0-0-1700000000000')).toBe(1);
  });

  test('names the codec and the offsets of what cannot be unpacked, and sends the rest', async () => {
    const all = await held('not delivered', A, { ...B, offset: 1 }, { ...B, id: 'b2', offset: 2 }, { ...C, offset: 3 });
    all.topic.packed = [{ from: 1, to: 2, codec: 'zstd' }];
    const { send, rest, next } = await all.again();
    expect(rest).toMatchObject([
      {
        kind: 'refused',
        reason: 'packed',
        count: 2,
        offsets: [1, 2],
        detail: expect.stringContaining('zstd') as string,
      },
    ]);
    expect([send.length, next]).toEqual([2, 4]);
  });

  test('while its table does not answer puts nothing', async () => {
    const all = await held('not delivered', A);
    all.tables.read = () => Promise.reject(new Error('away'));
    await expect(all.again()).rejects.toThrow('table idempotency: away');
    expect(all.names()).toEqual([]);
  });
});
