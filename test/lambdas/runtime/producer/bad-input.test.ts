import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { event, scriptedProducer } from '../simulation/scripted-producer';

jest.setTimeout(60_000);

const KIB = 1024;
const cycle: Record<string, unknown> = {};
cycle.self = cycle;
const half = 'a\ud800';

const publishing = async (...events: unknown[]) => {
  const { clock, port, producer } = scriptedProducer({
    topic: () => ({ partitions: 6, maxMessageBytes: 8 * KIB * KIB }),
  });
  const outcomes = await clock.run(producer.publishAll(events as NewEvent[]));
  return { outcomes, port };
};
const codeOf = (outcome?: Outcome) => (outcome?.kind === 'rejected' ? outcome.code : outcome?.kind);

describe('a bad event is refused with one clear error, and its neighbours are published', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'event: got undefined, want an object'],
    ['null', null, 'event: got null, want an object'],
    ['a text', 'order', 'event: got string, want an object'],
    ['a number as id', { ...event('x'), id: 7 }, 'event id: got number'],
    ['an id of 513 characters', event('x'.repeat(513)), 'event id: got 513 characters'],
    ['an id without UTF-8', event(half), 'event id: got text with half a surrogate pair'],
    ['a type without UTF-8', event('x', { type: half }), 'event type: got text with half a surrogate pair'],
    ['a source without UTF-8', event('x', { source: half }), 'event source: got text with half a surrogate pair'],
    ['an empty source', event('x', { source: '' }), 'event source: got 0 characters'],
    ['a key without UTF-8', event('x', { key: half }), 'event key: got text with half a surrogate pair'],
    ['a key that is an object', event('x', { key: {} as string }), 'event key: got object'],
    [
      'a time in words',
      event('x', { time: 'March 7, 2026' }),
      'event time: got "March 7, 2026", want an RFC 3339 time',
    ],
    ['a day that is none', event('x', { time: '2026-02-99T00:00:00Z' }), 'event time: got "2026-02-99T00:00:00Z"'],
    ['a date as time', event('x', { time: new Date(0) as never }), 'event time: got "1970-01-01T00:00:00.000Z"'],
    ['a content type that is a number', event('x', { contentType: 7 as never }), 'event contentType: got 7'],
    [
      'a content type of two lines',
      event('x', { contentType: 'a/b\r\nc: d' }),
      'event contentType: got "a/b\\r\\nc: d"',
    ],
    ['circular data', event('x', { data: cycle }), 'got a value that JSON cannot hold'],
    ['a bigint', event('x', { data: { n: 1n } }), 'got a value that JSON cannot hold'],
    ['a function as data', event('x', { data: () => 1 }), 'got a value that JSON cannot hold'],
    ['extensions that are a list', event('x', { extensions: ['a'] as never }), 'event extensions: got an array'],
    ['extensions that are a text', event('x', { extensions: 'a' as never }), 'event extensions: got string'],
    [
      'an extension that takes the place of the id',
      event('x', { extensions: { id: 'b' } }),
      'event extension: got the name "id"',
    ],
    ['an extension that takes the place of the type', event('x', { extensions: { type: 'b' } }), 'got the name "type"'],
    [
      'an extension that names another key',
      event('x', { key: 'a', extensions: { partitionkey: 'b' } }),
      'event key: got another in extensions.partitionkey than in key',
    ],
    ['an extension with the prefix itself', event('x', { extensions: { ce_id: 'b' } }), 'got the name "ce_id"'],
    [
      'an extension of ours',
      event('x', { extensions: { 'lossless-redrive': 'g:1' } }),
      'got the name "lossless-redrive"',
    ],
    ['headers that are a list', event('x', { headers: ['a'] as never }), 'event headers: got an array'],
    ['headers that are null', event('x', { headers: null as never }), 'event headers: got null'],
    ...[
      'ce_id',
      'CE_ID',
      'ce_',
      'content-type',
      'Content-Type',
      'lossless-redrive',
      'Lossless-x',
      '',
      'h'.repeat(257),
    ].map((name): [string, NewEvent, string] => [
      `a header named ${JSON.stringify(name.slice(0, 20))}`,
      event('x', { headers: { [name]: 'forged' } }),
      `event header: got the name ${JSON.stringify(name.slice(0, 80))}`,
    ]),
    [
      'a header whose name is no UTF-8',
      event('x', { headers: { [half]: 'a' } }),
      'event header name: got text with half',
    ],
    ['a header without UTF-8', event('x', { headers: { a: half } }), 'event header a: got text with half'],
    ['a header that is a number', event('x', { headers: { a: 7 as never } }), 'event header a: got number'],
    ['a header that is null', event('x', { headers: { a: null as never } }), 'event header a: got null'],
    [
      'an extension without UTF-8',
      event('x', { extensions: { region: half } }),
      'event extension region: got text with half',
    ],
  ])('%s', async (_what, bad, reason) => {
    const { outcomes, port } = await publishing(event('before'), bad, event('after'));
    expect(outcomes.map(codeOf)).toEqual(['acked', 'INVALID_EVENT', 'acked']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining(reason) as string });
    expect(port.ids().sort()).toEqual(['after', 'before']);
  });

  test('an event that throws when it is looked at', async () => {
    const hostile = Object.defineProperty({ ...event('x') }, 'id', {
      get: () => {
        throw new Error('no id for you');
      },
    });
    const { outcomes } = await publishing(event('before'), hostile, event('after'));
    expect(outcomes.map(codeOf)).toEqual(['acked', 'INVALID_EVENT', 'acked']);
  });
});

describe('size', () => {
  const keyed = (bytes: number) => event('key', { key: 'k'.repeat(bytes) });
  const valued = (bytes: number) => event('value', { data: Buffer.alloc(bytes) });

  test.each<[string, NewEvent, string]>([
    ['a value of 1 MiB', valued(KIB * KIB), 'acked'],
    ['a value of 4 MiB', valued(4 * KIB * KIB), 'acked'],
    ['a value of 10 MiB', valued(10 * KIB * KIB), 'MESSAGE_TOO_LARGE'],
    ['text of 10 MiB', event('text', { data: 'x'.repeat(10 * KIB * KIB) }), 'MESSAGE_TOO_LARGE'],
    ['a key of 100 kB', keyed(100_000), 'acked'],
    ['a key of 5 MB', keyed(5_000_000), 'MESSAGE_TOO_LARGE'],
    [
      'headers of 1.5 MiB, which count fourfold',
      event('h', { extensions: { a: 'x'.repeat(1_536 * KIB) } }),
      'MESSAGE_TOO_LARGE',
    ],
    ['headers of 1 MiB', event('h', { extensions: { a: 'x'.repeat(KIB * KIB) } }), 'acked'],
  ])('%s', async (_what, large, code) => {
    const { outcomes } = await publishing(event('before'), large, event('after'));
    expect(outcomes.map(codeOf)).toEqual(['acked', code, 'acked']);
  });
});

test('ten thousand events of one call, every tenth of them bad: the others are published, in order', async () => {
  const { outcomes, port } = await publishing(
    ...Array.from({ length: 10_000 }, (_, n) => event(n % 10 === 3 ? '' : `e${n}`, { key: 'k' })),
  );
  expect(outcomes.filter((outcome) => codeOf(outcome) === 'INVALID_EVENT')).toHaveLength(1_000);
  expect(port.ids()).toEqual(Array.from({ length: 10_000 }, (_, n) => `e${n}`).filter((_, n) => n % 10 !== 3));
});

test.each([null, undefined, 'events', {}])('publishAll of %p is refused in words', async (events) => {
  const { producer } = scriptedProducer();
  await expect(producer.publishAll(events as never)).rejects.toThrow(/publishAll: got .*, want an array of events/);
});

test.each([Number.NaN, '5000', null])(
  'a remaining time of %p, which no deadline can be made of, is refused in words',
  async (remainingMs) => {
    const { producer, port } = scriptedProducer();
    await expect(producer.publish(event('a'), { remainingMs: remainingMs as number })).rejects.toThrow(
      'remainingMs: got',
    );
    expect(port.requests).toEqual([]);
  },
);

test('a remaining time below 0 spills at once', async () => {
  const { clock, producer } = scriptedProducer();
  expect((await clock.run(producer.publish(event('a'), { remainingMs: -1 }))).kind).toBe('spilled');
});

test('no events at all have no outcomes', async () => {
  expect((await publishing()).outcomes).toEqual([]);
});

test('an event is not sent in the clear to brokers that an environment in code names, as in a function it is not', async () => {
  const { producer, port } = scriptedProducer({ environment: { brokers: '127.0.0.1:9092,b-1.example:9092' } });
  await expect(producer.publish(event('a'))).rejects.toMatchObject({
    code: 'INSECURE_BROKERS',
    message: expect.stringContaining("got authentication 'none' for b-1.example:9092") as string,
  });
  expect(port.describes).toBe(0);
});
