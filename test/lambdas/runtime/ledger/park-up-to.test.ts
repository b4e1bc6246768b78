import { hasServed, parksUpTo } from '../../../../lambdas/runtime/ledger/park-up-to';

const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
const said = { offset: 49, saidAt: NOW };

test.each([
  ['one that was in the log when it was said', { offset: 49, timestamp: NOW - HOUR }, NOW, true],
  ['one beyond its offset', { offset: 50, timestamp: NOW - HOUR }, NOW, false],
  [
    'one of a topic that was made anew, whose offsets begin again',
    { offset: 3, timestamp: NOW + HOUR },
    NOW + HOUR,
    false,
  ],
  ['any, a day later', { offset: 3, timestamp: NOW - HOUR }, NOW + 24 * HOUR, false],
])('what a person says parks: %s', (_, record, nowMs, parks) => {
  expect(parksUpTo(said, record, nowMs)).toBe(parks);
});

test('what a person said is taken away once all is settled up to there, or its day is over', () => {
  expect(hasServed(said, 48, NOW)).toBe(false);
  expect(hasServed(said, 49, NOW)).toBe(true);
  expect(hasServed(said, 0, NOW + 24 * HOUR)).toBe(true);
});
