import { randomUUID } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers';
import { systemClock } from '../../../lambdas/runtime/time/clock';
import { forbidReal } from '../../../simulation/kernel/nothing-real';

const REAL: readonly (readonly [string, () => unknown])[] = [
  ['setTimeout', () => setTimeout(() => undefined, 1)],
  ['setInterval', () => setInterval(() => undefined, 1)],
  ['setImmediate', () => setImmediate(() => undefined)],
  ['node:timers setImmediate', () => immediate(() => undefined)],
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['performance.now', () => performance.now()],
  ['Math.random', () => Math.random()],
  ['crypto.randomUUID', () => randomUUID()],
  ["the system's clock", () => systemClock.now()],
];

test.each(REAL)('while a simulation runs, %s says who asked for it, and afterwards it is back', (_name, use) => {
  const allow = forbidReal();
  try {
    expect(use).toThrow(/a simulation runs, from .+, want the clock that is passed in/);
    expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
  } finally {
    allow();
  }
  const left = use();
  expect(left).toBeDefined();
  if (typeof left === 'object' && !(left instanceof Date)) clearTimeout(left as NodeJS.Timeout);
});
