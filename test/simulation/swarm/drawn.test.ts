import { simulate } from '../../../simulation/run';
import { optionsOf } from '../../../simulation/swarm/case';
import { drawCase } from '../../../simulation/swarm/draw';

jest.setTimeout(300_000);

/** Cheap ones that go far: under all faults and under few, writes and calls, hours at few events and minutes at many. */
test.each([3, 12, 13, 18, 20])(
  'a run of a swarm loses no event, applies none twice and leaves none stuck: seed %d',
  async (seed) => {
    const drawn = drawCase(seed);
    const result = await simulate(optionsOf(drawn));
    expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
    expect(result.hours).toBeGreaterThanOrEqual(drawn.hours);
    expect(result.faults).toBeGreaterThan(0);
  },
);
