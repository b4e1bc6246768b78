import { hash } from 'node:crypto';
import { clipped } from '../../../../lambdas/runtime/watching/clipped';
import { bounded } from '../../../../lambdas/runtime/watching/log';

test('a text that fits stays as it is, a longer one says that it is clipped, and of what', () => {
  expect(clipped('abc', 3)).toBe('abc');
  expect(clipped('abcd', 3)).toBe(`abc… (clipped: 4 characters, SHA-256 ${hash('sha256', 'abcd')})`);
});

test('two texts with one beginning stay two', () => {
  expect(clipped('abcd', 3)).not.toBe(clipped('abce', 3));
});

test('no text is cut through a character', () => {
  expect(clipped('ab\u{1f600}d', 3)).toMatch(/^ab… /);
  expect(clipped('ab\u{1f600}d', 4)).toMatch(/^ab\u{1f600}… /u);
});

test('a line has an end, whatever is in it', () => {
  const long = 'x'.repeat(7_000_000);
  const line = bounded({
    eventId: long,
    waitsFor: { [long]: 1 },
    error: { name: long, stack: Array.from({ length: 10_000 }, () => long), cause: { message: long } },
    payload: { key: long, headers: Array.from({ length: 10_000 }, () => [long, long]) },
    partition: 3,
    nothing: undefined,
  });
  expect(JSON.stringify(line).length).toBeLessThan(250_000);
  expect(line).toMatchObject({ partition: 3, eventId: expect.stringContaining('7000000 characters') as string });
});

test('a line that is short stays as it is', () => {
  const line = { a: 'x', b: [1, 'y', null], c: { d: true, e: undefined } };
  expect(bounded(line)).toEqual(line);
});
