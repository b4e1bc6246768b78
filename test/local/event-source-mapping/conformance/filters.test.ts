import { readFilter } from '../../../../local/event-source-mapping/filter';
import { Lane } from '../../../../local/event-source-mapping/lane';
import { chunk } from '../../fixtures/records';
import { ok, world } from '../world';

const delivers = (value: unknown, ...patterns: readonly unknown[]) => {
  const filter = readFilter(
    patterns.map((pattern) => JSON.stringify({ value: pattern })),
    { undecodableValue: 'filtered-out' },
  );
  return filter(Buffer.isBuffer(value) || value === null ? value : Buffer.from(JSON.stringify(value)));
};

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html', () => {
  test.each<[string, unknown, unknown, unknown]>([
    ['equal', { a: ['x', 1] }, { a: 1 }, { a: 2 }],
    ['null', { a: [null] }, { a: null }, { a: 0 }],
    ['empty', { a: [''] }, { a: '' }, { a: 'x' }],
    ['begins with', { a: [{ prefix: 'AB' }] }, { a: 'ABC' }, { a: 'BAB' }],
    ['ends with', { a: [{ suffix: 'yz' }] }, { a: 'xyz' }, { a: 'yzx' }],
    ['equal but for case', { a: [{ 'equals-ignore-case': 'ab' }] }, { a: 'AB' }, { a: 'ABC' }],
    ['anything but', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, { a: 'x' }],
    ['equals a number', { a: [{ numeric: ['=', 100] }] }, { a: 100 }, { a: '100' }],
    ['in a range', { a: [{ numeric: ['>', 10, '<=', 20] }] }, { a: 20 }, { a: 10 }],
    ['exists', { a: [{ exists: true }] }, { a: null }, { b: 1 }],
    ['does not exist', { a: [{ exists: false }] }, { b: 1 }, { a: 1 }],
    ['all of several fields', { a: [1], b: { c: [2] } }, { a: 1, b: { c: 2 } }, { a: 1, b: { c: 3 } }],
    ['one of several fields', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, { a: 2, b: 1 }],
    ['one element of a list', { a: ['x'] }, { a: ['y', 'x'] }, { a: ['y'] }],
  ])('%s', (_, pattern, inside, outside) => {
    expect([delivers(inside, pattern), delivers(outside, pattern)]).toEqual([true, false]);
  });

  test('a record is delivered when any filter matches', () => {
    expect([1, 2, 3].map((a) => delivers({ a }, { a: [1] }, { a: [2] }))).toEqual([true, true, false]);
  });

  test('a pattern that is a list looks at the value as text', () => {
    const pattern = [{ 'anything-but': ['error'] }];
    expect([delivers(Buffer.from('fine'), pattern), delivers(Buffer.from('error'), pattern)]).toEqual([true, false]);
  });

  const strange: [string, Buffer, string][] = [
    ['not UTF-8, for a pattern of fields', Buffer.from([0xff, 0xfe]), '{"value":{"a":[1]}}'],
    ['not UTF-8, for a pattern of text', Buffer.from([0xff, 0xfe]), '{"value":[{"anything-but":["x"]}]}'],
    ['no JSON, for a pattern of fields', Buffer.from('no JSON'), '{"value":{"a":[1]}}'],
  ];
  describe.each(['filtered-out', 'delivered'] as const)('a value is %s, as the switch says, that is', (value) => {
    test.each(strange)('%s', (_, bytes, pattern) => {
      expect(readFilter([pattern], { undecodableValue: value })(bytes)).toBe(value === 'delivered');
    });
  });

  test('a tombstone has no fields', () => {
    expect([delivers(null, { a: [1] }), delivers(null, { a: [{ exists: false }] })]).toEqual([false, true]);
  });

  test.each([
    ['{"key":["a"]}', 'want {"value": …}'],
    ['{"value":["a"],"key":["b"]}', 'want {"value": …}'],
    ['{"value":', 'want {"value": …}'],
    ['null', 'want {"value": …}'],
    ['{"value":{"a":[{"like":"x"}]}}', 'got the operator like'],
    ['{"value":{"a":"x"}}', 'want a list of conditions'],
  ])('%s is refused', (pattern, message) => {
    expect(() => readFilter([pattern], { undecodableValue: 'delivered' })).toThrow(message);
  });

  test('filtered out records are never delivered, and committed like settled ones', async () => {
    const { calls, dispatcher, lanes, positions, reply } = world();
    const [lane = new Lane(0, 0)] = lanes;
    const mixed = chunk(0, 0, 4);
    const records = mixed.records.map((each) => ({ ...each, filteredOut: each.offset % 2 === 0 }));
    expect(lane.accept({ ...mixed, records }, 1_000)).toEqual({ kind: 'taken', count: 5, filteredOut: 3 });
    dispatcher.pump();
    expect([calls[0]?.offsets, positions()[0]]).toEqual([['0@1', '0@3'], 1]);
    await reply(ok);
    expect(positions()[0]).toBe(5);
  });
});
