import { patienceMs } from '../../../simulation/judge/patience';
import { DEFAULTS } from '../../../simulation/pipeline/settings';

const nothing = { killers: 0, spinning: 0, failing: 0 };
const settings = { ...DEFAULTS, timeoutMs: 30_000, sweepMs: 60_000, attempts: 5, handlerMs: 1_500 };

test('a window has two timeouts, a lease and a sweep to come to its end', () => {
  expect(patienceMs(settings, nothing)).toBe(130_000);
});

test('each event that fails has the time of all its attempts and of the pauses between them, one after the other', () => {
  expect(patienceMs(settings, { ...nothing, failing: 16 })).toBe(130_000 + 120_000 + 64_000);
});

test('each event that turns in a loop has six timeouts, and what the mapping rests between them, beside what it takes to know it for a killer', () => {
  expect(patienceMs(settings, { ...nothing, killers: 1, spinning: 1 })).toBe(130_000 + 75_000 + 210_000);
});

test('where the mapping gives up, each batch of events that fail is delivered until it has', () => {
  const gives = { ...settings, retryLimit: 6, batchSize: 10 };
  const once = patienceMs(settings, { ...nothing, failing: 16 });
  // Two batches, seven deliveries each, of a timeout and a rest.
  expect(patienceMs(gives, { ...nothing, failing: 16 })).toBe(once + 2 * 7 * 35_000);
});
