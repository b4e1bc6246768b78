import { EVENT_KINDS } from '../faults/history';
import type { Chance } from '../faults/random';
import { SWITCHES, type MappingSwitches } from '../local/event-source-mapping/switches';
import { FAULTS, type Fault } from './faults';
import { chancesOf } from './kernel/chances';
import type { Settings } from './pipeline/settings';

/** What one run of a swarm is like: sizes, switches, habits of callers, and which faults there are. */
export interface Habits {
  readonly settings: Partial<Settings>;
  readonly faults: readonly Fault[];
  readonly faultEveryMs: number;
  readonly windowMs: number;
}

/** Draws all that from the seed: no two runs are alike, and what one of them lacks another has. */
export function habitsOf(seed: number): Habits {
  const chance = chancesOf(seed)('swarm');
  const between = (from: number, to: number) => Math.round(spread(chance, from, to));
  const timeoutMs = between(15_000, 60_000);
  return {
    settings: {
      rate: spread(chance, 0.5, 10),
      callers: between(1, 30),
      keys: between(1, 50),
      perRequest: between(1, 20),
      bytes: between(1_000, 100_000),
      kinds: kindsFrom(chance),
      again: chance.oneOf([0, 0.01, 0.1]),
      partitions: chance.whole(1, 6),
      pollers: chance.whole(1, 3),
      concurrency: chance.whole(1, 8),
      batchSize: between(1, 500),
      windowMs: chance.oneOf([0, 100, 500, 2_000]),
      bisect: chance.next() < 0.5,
      switches: switchesFrom(chance),
      consumers: chance.oneOf([['write'], ['call'], ['write', 'call']] as const),
      timeoutMs,
      timeMarginMs: chance.oneOf([3_000, 5_000, Math.round(timeoutMs / 4)]),
      sweepMs: chance.oneOf([10_000, 60_000]),
      skewMs: chance.oneOf([0, 0, 300_000]),
      page: chance.oneOf([3, 1_000]),
    },
    faults: FAULTS.filter(() => chance.next() < 0.5),
    faultEveryMs: between(10_000, 180_000),
    windowMs: between(180_000, 1_800_000),
  };
}

/** As often in each order of magnitude. */
const spread = (chance: Chance, from: number, to: number): number => from * (to / from) ** chance.next();

/** What a kind's share is at most, where there is any of it; killers take their time. */
const MOST: Settings['kinds'] = { large: 0.01, invalid: 0.02, misfit: 0.05, failing: 0.02, killer: 0.001, twin: 0.01 };

function kindsFrom(chance: Chance): Settings['kinds'] {
  const drawn = EVENT_KINDS.filter(() => chance.next() < 0.3).map((kind) => [kind, chance.next() * (MOST[kind] ?? 0)]);
  return Object.fromEntries(drawn) as Settings['kinds'];
}

const switchesFrom = (chance: Chance): Partial<MappingSwitches> =>
  Object.fromEntries(Object.entries(SWITCHES).map(([name, { values }]) => [name, chance.oneOf<unknown>(values)]));
