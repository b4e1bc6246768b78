import { PLANTS } from './plants';
import { explore, SCENARIOS } from './scenarios';

/** Every order of the steps of two invocations, with at most so many crashes, freezes and lost answers. */
const FAULTS = Number(process.env['LOSSLESS_EXPLORE_FAULTS'] ?? 1);

jest.setTimeout(FAULTS > 1 ? 3_600_000 : 300_000);

test.each(SCENARIOS)('$name: every promise holds in every interleaving', async (scenario) => {
  const { runs, broken } = await explore(scenario, { faults: FAULTS });
  expect(broken).toEqual([]);
  // An exploration that decides nothing would hold as well.
  expect(runs).toBeGreaterThan(5);
});

test.each(Object.entries(PLANTS))('it finds that %s', async (_, plant) => {
  for (const scenario of SCENARIOS.filter(
    ({ name }) => name.startsWith('call: one') || name.startsWith('write: one'),
  )) {
    if ((await explore(scenario, { faults: 1, plant })).broken.length > 0) return;
  }
  throw new Error('no scenario found it');
});
