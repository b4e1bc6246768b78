import { ALL_FAULTS, optionsOf, readCase, type Case } from '../../../simulation/swarm/case';
import { drawCase } from '../../../simulation/swarm/draw';
import { THEMES } from '../../../simulation/swarm/themes';

const drawn = Array.from({ length: 300 }, (_, seed) => drawCase(seed));

test('the same seed draws the same case, as plain data', () => {
  expect(drawCase(7)).toEqual(drawn[7]);
  expect(readCase(JSON.stringify(drawn[7]))).toEqual(JSON.parse(JSON.stringify(drawn[7])));
});

test('what is drawn is what the constructs take', () => {
  for (const { settings } of drawn) {
    const { timeoutMs = 0, timeMarginMs = 0, batchSize = 0, producer, unknownErrors, kinds } = settings;
    expect(timeoutMs).toBeGreaterThanOrEqual(30_000);
    expect(timeoutMs - timeMarginMs).toBeGreaterThanOrEqual(15_000);
    expect(batchSize).toBeGreaterThanOrEqual(1);
    // The ingest function's fifteen seconds.
    expect(producer!.deadlineMs + producer!.spillTimeMs).toBeLessThan(15_000);
    // Of what it never gives up, nothing may fail for ever.
    if (unknownErrors === 'wait') expect(kinds?.failing ?? 0).toBe(0);
  }
});

test('while a mapping gives up after a few retries its bucket is there', () => {
  const hasty = drawn.filter(({ settings }) => settings.retryLimit! < 10_000);
  expect(hasty.length).toBeGreaterThan(10);
  expect(hasty.flatMap(({ faults }) => faults).filter((name) => name.startsWith('s3-'))).toEqual([]);
});

test('rates lie between 0.02 and 60 events a second, most of them low', () => {
  const rates = drawn.map(({ settings }) => settings.rate!);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.02);
  expect(Math.max(...rates)).toBeLessThanOrEqual(60);
  expect(rates.filter((rate) => rate < 1).length).toBeGreaterThan(180);
});

test('ten thousand hours of a swarm bring ten million events', () => {
  const sum = (of: (one: Case) => number) => drawn.reduce((total, one) => total + of(one), 0);
  const events = sum(({ hours, settings }) => hours * 3_600 * settings.rate!);
  expect(events / sum(({ hours }) => hours)).toBeGreaterThan(1_000);
});

test('every fault is drawn by some, and none by all', () => {
  for (const { name } of ALL_FAULTS) {
    const share = drawn.filter(({ faults }) => faults.includes(name)).length;
    expect([share > 0, share < drawn.length]).toEqual([true, true]);
  }
});

test('in every fifth run faults that belong together come together, and each of them is one', () => {
  const names = new Set(ALL_FAULTS.map(({ name }) => name));
  expect(THEMES.flat().filter((name) => !names.has(name))).toEqual([]);
  const themes = new Set(THEMES.map((theme) => theme.join()));
  const themed = drawn.filter(({ faults }) => themes.has(faults.join()));
  expect(themed.length).toBeGreaterThan(30);
  expect(themed.length).toBeLessThan(90);
  expect(new Set(themed.map(({ faults }) => faults.join())).size).toBe(THEMES.length);
});

test('a case of another version is refused by name', () => {
  expect(() => optionsOf({ ...drawn[0]!, faults: ['earthquake'] })).toThrow("fault: got 'earthquake'");
  expect(() => readCase('{"seed":1}')).toThrow('case: got {"seed":1}, want');
  expect(() => readCase('{')).toThrow('case: got {, want');
});
