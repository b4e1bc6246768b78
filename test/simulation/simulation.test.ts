import { simulate } from '../../simulation/run';

jest.setTimeout(120_000);

const MINUTES = 1 / 60;

test('the same seed is the same run, byte for byte, and another seed is another', async () => {
  const run = (seed: number) => simulate({ seed, hours: MINUTES, settings: { rate: 20 }, faultEveryMs: 5_000 });
  const [first, second, other] = [await run(11), await run(11), await run(12)];
  expect(second.trace).toBe(first.trace);
  expect(second.steps).toBe(first.steps);
  expect(other.trace).not.toBe(first.trace);
});

test('under faults nothing is lost, doubled or stuck, and no promise is broken', async () => {
  const result = await simulate({ seed: 1, hours: 3 * MINUTES, settings: { rate: 20 }, faultEveryMs: 10_000 });
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  expect(result.events).toBeGreaterThan(2_000);
  expect(result.faults).toBeGreaterThan(5);
});

test.each([0, -1, NaN, Infinity])('%s hours are none', async (hours) => {
  await expect(simulate({ seed: 1, hours })).rejects.toThrow('hours: got');
});

test('what the product does not take ends the run: it is no fault of the pipeline', async () => {
  const run = simulate({ seed: 1, hours: MINUTES, settings: { attempts: 1_000 } });
  await expect(run).rejects.toThrow('attempts: got 1000, want');
});

test.each([-1, 0.5, 2 ** 32])('%s is no seed', async (seed) => {
  await expect(simulate({ seed, hours: 1 })).rejects.toThrow('seed: got');
});
