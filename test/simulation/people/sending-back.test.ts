import { ALL_FAULTS } from '../../../simulation/swarm/case';
import { SENT_AGAIN } from '../../../simulation/watching/whereabouts';
import { simulate } from '../../../simulation/run';

jest.setTimeout(120_000);

const named = (...names: string[]) => ALL_FAULTS.filter(({ name }) => names.includes(name));

test('events that fail until they are sent back are each applied once in the end, whoever dies meanwhile', async () => {
  const result = await simulate({
    ...{ seed: 1, hours: 0.1, settings: { rate: 2 }, windowMs: 180_000, faultEveryMs: 10_000 },
    faults: named('mendable', 'send-back', 'bad-deploy', 'crash-of-sweeps', 'kafka-away'),
  });
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  expect(result.reached['fault mendable']).toBeGreaterThan(0);
  expect(result.reached['dead letters sent back']).toBeGreaterThan(0);
});

test('a stretch of the log that is sent again and again has each of its events applied once, whoever dies meanwhile', async () => {
  const result = await simulate({
    ...{ seed: 2, hours: 0.1, settings: { rate: 2 }, windowMs: 180_000, faultEveryMs: 10_000 },
    faults: named('mendable', 'send-again', 'bad-deploy', 'crash-of-sweeps', 'function-killed'),
  });
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  expect(result.reached['fault send-again']).toBeGreaterThan(0);
  expect(result.reached['looked at what the topic holds']).toBeGreaterThan(0);
  expect(result.reached[SENT_AGAIN]).toBeGreaterThan(0);
});
