import { BRANCHES, tableOfReach, unreached } from '../../simulation/reach';
import { simulate } from '../../simulation/run';
import { ALL_FAULTS } from '../../simulation/swarm/case';

jest.setTimeout(300_000);

test('ten minutes under every fault come to the states that any run should know', async () => {
  const result = await simulate({
    ...{ seed: 4, hours: 1 / 6, faults: ALL_FAULTS, faultEveryMs: 12_000 },
    settings: { rate: 1.5, consumers: ['write', 'call'], kinds: { misfit: 0.02, twin: 0.02 } },
  });
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  const common = ['spilled', 'replayed', 'redelivered', 'lookedUp', 'undecodableParked', 'event parked', 'elections'];
  expect(common.filter((name) => (result.reached[name] ?? 0) === 0)).toEqual([]);
});

test('what was never reached is said, and what was is counted by the thousand hours', () => {
  const all = Object.fromEntries(BRANCHES.map(({ name }) => [name, 4]));
  expect(unreached(all)).toEqual([]);
  expect(unreached({ ...all, killed: 0 })).toEqual(['deliveries cut off by the death of the function']);
  expect(tableOfReach(all, 8)).toMatch(/said: event parked\s+│\s+4\s+│\s+500\.0/);
});
