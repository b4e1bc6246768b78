import { chancesOf } from '../../../simulation/kernel/chances';
import type { Pipeline } from '../../../simulation/pipeline';
import { DEFAULTS } from '../../../simulation/pipeline/settings';
import { flood } from '../../../simulation/people/callers';

/** Kinds and counts of so many floods. */
function floods(handlerMs: number): readonly (readonly [kind: string, count: number])[] {
  const seen: [string, number][] = [];
  const load = { burst: (kind: string, count: number) => void seen.push([kind, count]) };
  const pipeline = { load, settings: { ...DEFAULTS, attempts: 5, handlerMs } } as unknown as Pipeline;
  const chance = chancesOf(1)('floods');
  for (let n = 0; n < 50; n++) flood.strike(pipeline, chance);
  return seen;
}

const most = (seen: ReturnType<typeof floods>, of: string): number =>
  Math.max(...seen.filter(([kind]) => kind === of).map(([, count]) => count));

test('where handlers are slow fewer events of a flood fail, so that their one key is through in minutes', () => {
  expect(most(floods(1_500), 'failing')).toBe(16);
  expect(most(floods(0), 'failing')).toBeGreaterThan(100);
});

test('what nobody can read is handled by nobody: a flood of it is as large as ever', () => {
  expect(most(floods(1_500), 'misfit')).toBeGreaterThan(100);
});
