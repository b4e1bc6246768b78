import type { RunResult } from '../../../simulation/run';
import type { Case } from '../../../simulation/swarm/case';
import { drawCase } from '../../../simulation/swarm/draw';
import { shrink } from '../../../simulation/swarm/shrink';
import { swarm, type Failure } from '../../../simulation/swarm/swarm';
import { asCommand, asTest } from '../../../simulation/swarm/told';

const good = ({ seed, hours }: Case): RunResult => ({
  ...{ seed, hours, events: 10, faults: 2, lost: 0, appliedTwice: 0, stuck: 0, seconds: 1, trace: '', steps: 1 },
  ...{ broken: [], reached: { killed: 1 } },
});
const lossy = (one: Case): RunResult => ({ ...good(one), lost: 1 });

test('a swarm runs cases until there are so many hours, and adds up what they came to', async () => {
  const seeds: number[] = [];
  const run = (one: Case) => {
    seeds.push(one.seed);
    return Promise.resolve({ ...good(one), hours: 2 });
  };
  const totals = await swarm({ seed: 1, hours: 9, run, atOnce: 1 });
  expect(totals).toMatchObject({ runs: 5, hours: 10, events: 50, faults: 10, failed: [], reached: { killed: 5 } });
  expect(new Set(seeds).size).toBe(5);
});

test('the same seed is the same swarm', async () => {
  const seedsOf = async () => {
    const seeds: number[] = [];
    const run = (one: Case) => Promise.resolve({ ...good(one), hours: seeds.push(one.seed) });
    await swarm({ seed: 3, hours: 10, run, atOnce: 1 });
    return seeds;
  };
  expect(await seedsOf()).toEqual(await seedsOf());
});

test('a failing case is told with its seed, as small as it could be made', async () => {
  const failures: Failure[] = [];
  const run = (one: Case) => Promise.resolve(one.faults.includes('killers') ? lossy(one) : good(one));
  const totals = await swarm({
    seed: 1,
    hours: 60,
    run,
    atOnce: 1,
    shrunk: 1,
    onFailure: (each) => failures.push(each),
  });
  expect(totals.failed).toEqual(failures.map(({ found }) => found.seed));
  expect(failures[0]!.smallest).toMatchObject({
    faults: ['killers'],
    settings: { consumers: expect.anything() as unknown },
  });
  expect(Object.keys(failures[0]!.smallest.settings).sort()).toEqual(['consumers', 'rate']);
});

test('what fails otherwise is another failure: it is not followed', async () => {
  const found = drawCase(2);
  const run = (one: Case) => Promise.resolve({ ...good(one), stuck: 1 });
  expect(await shrink(found, lossy(found), run)).toEqual(found);
});

test('no more runs are made than there may be', async () => {
  let runs = 0;
  const run = (one: Case) => {
    runs++;
    return Promise.resolve(good(one));
  };
  await shrink(drawCase(2), lossy(drawCase(2)), run, 3);
  expect(runs).toBe(3);
});

test('a failure is printed as a test and as a command', () => {
  const one = drawCase(5);
  expect(asTest(one, lossy(one))).toContain(`test('seed 5: lost', async () => {`);
  expect(asCommand(one)).toContain(`npm run simulate -- --case '{"seed":5,`);
});
