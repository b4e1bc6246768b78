import { LAPSED } from '../../simulation/watching/whereabouts';
import { BRANCHES, tableOfReach, unreached } from '../../simulation/reach';
import type { Settings } from '../../simulation/pipeline/settings';
import { simulate } from '../../simulation/run';
import { ALL_FAULTS, optionsOf } from '../../simulation/swarm/case';

jest.setTimeout(300_000);

const BRIEF = { seed: 1, hours: 1 / 12, windowMs: 300_000, faultEveryMs: 10_000 };

test('ten minutes under every fault come to the states that any run should know', async () => {
  const result = await simulate({
    ...{ seed: 4, hours: 1 / 6, faults: ALL_FAULTS, faultEveryMs: 12_000 },
    settings: { rate: 1.5, consumers: ['write', 'call'], kinds: { misfit: 0.02, twin: 0.02 } },
  });
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  const common = ['spilled', 'replayed', 'redelivered', 'lookedUp', 'undecodableParked', 'event parked', 'elections'];
  expect(common.filter((name) => (result.reached[name] ?? 0) === 0)).toEqual([]);
});

interface Place {
  readonly place: string;
  /** They lead there by themselves. */
  readonly faults: readonly string[];
  /** As a run counts it. */
  readonly branch: string;
  readonly settings?: Partial<Settings>;
}

const PLACES: readonly Place[] = [
  {
    place: 'a sweep that is woken twice',
    faults: ['kafka-away', 'sweeps-woken-twice'],
    branch: 'another sweep is at work: this one leaves',
  },
  {
    place: 'an object that cannot be read',
    faults: ['kafka-away', 's3-objects-unreadable'],
    branch: 'spill object left for the next sweep',
  },
  {
    place: 'a record that is gone before it is read',
    faults: ['retention-too-short', 'mapping-recreated', 'dynamodb-out'],
    branch: LAPSED,
  },
  {
    place: 'a transaction in conflict with another',
    faults: ['rival-writer'],
    branch: 'transactions that conflict',
    settings: { callers: 1, keys: 1 },
  },
  { place: 'a client that has failed', faults: ['sends-lost'], branch: 'clientReplaced' },
];

test.each(PLACES)('$place is come to', async ({ faults, branch, settings }) => {
  const with_ = { rate: 1, sweepMs: 10_000, ...settings };
  const result = await simulate(optionsOf({ ...BRIEF, settings: with_, faults }));
  expect(result).toMatchObject({ lost: 0, appliedTwice: 0, stuck: 0, broken: [] });
  expect(result.reached[branch]).toBeGreaterThan(0);
});

test('what was never reached is said, and what was is counted by the thousand hours', () => {
  const all = Object.fromEntries(BRANCHES.map(({ name }) => [name, 4]));
  expect(unreached(all)).toEqual([]);
  expect(unreached({ ...all, killed: 0 })).toEqual(['deliveries cut off by the death of the function']);
  expect(tableOfReach(all, 8)).toMatch(/said: event parked\s+│\s+4\s+│\s+500\.0/);
});
