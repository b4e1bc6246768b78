import { chancesOf } from '../../../simulation/kernel/chances';
import { SeededTroubles } from '../../../simulation/kernel/troubles';

test('one more draw in one part shifts no other, and another seed shifts all', () => {
  const first = chancesOf(7);
  const kafka = first('kafka');
  const second = chancesOf(7);
  second('lambda').next();
  second('lambda').next();
  const again = second('kafka');
  expect([1, 2, 3].map(() => again.next())).toEqual([1, 2, 3].map(() => kafka.next()));
  expect(chancesOf(8)('kafka').next()).not.toBe(chancesOf(7)('kafka').next());
});

test('a trouble happens at its rate, is counted, and is off until it is switched on', () => {
  const troubles = new SeededTroubles<'lost' | 'slow'>(chancesOf(1)('link'));
  expect(troubles.happens('lost')).toBe(false);
  troubles.set({ lost: 0.25 });
  const times = Array.from({ length: 1_000 }, () => troubles.happens('lost')).filter(Boolean).length;
  expect(times).toBeGreaterThan(200);
  expect(times).toBeLessThan(300);
  expect(troubles.happens('slow')).toBe(false);
  expect(troubles.counts).toEqual(new Map([['lost', times]]));
});
