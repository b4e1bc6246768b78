import type { Chance } from '../../faults/random';
import { SWITCHES, type MappingSwitches } from '../../local/event-source-mapping/switches';
import { chancesOf } from '../kernel/chances';
import { partitionAdded } from '../people/operators';
import { DEFAULTS, givesUp, type Settings } from '../pipeline/settings';
import { ALL_FAULTS, type Case } from './case';
import { THEMES } from './themes';

/** Events of one run at most, roughly: a run at a high rate is a short one, and yet brings the most events. */
const EVENTS = 1_000;
const LEAST_HOURS = 0.2;
const MINUTE_MS = 60_000;

/**
 * One run of a swarm: which faults, sizes, switches and habits are on is drawn from its seed. Only what the constructs take.
 * @throws when the seed is none
 */
export function drawCase(seed: number): Case {
  const chance = chancesOf(seed)('case');
  const rate = drawRate(chance);
  const hours = Math.max(LEAST_HOURS, EVENTS / rate / 3_600);
  const drawn: Partial<Settings> = withRoom({
    rate,
    ...drawLoad(chance),
    ...drawMapping(chance),
    ...drawConsumers(chance),
    ...drawSurroundings(chance),
  });
  // What a mapping gives up while its bucket is away it drops: that it hardly ever gives up is the construct's promise.
  const isSafe = !givesUp({ ...DEFAULTS, ...drawn });
  const faults = drawFaults(chance).filter((name) => isSafe || !name.startsWith('s3-'));
  return {
    ...{ seed, hours: Number(hours.toFixed(2)) },
    settings: withPlaces(drawn, faults),
    faults,
    windowMs: chance.oneOf([5, 10, 10, 20, 60]) * MINUTE_MS,
    faultEveryMs: chance.oneOf([15_000, 45_000, 45_000, 120_000, 600_000]),
  };
}

/** Lambda has five places for a poller. With a single one each delivery that fails keeps all other partitions waiting for a timeout. */
const withPlaces = (settings: Partial<Settings>, faults: readonly string[]): Partial<Settings> =>
  settings.partitions === 1 && !faults.includes(partitionAdded.name) ? settings : { ...settings, concurrency: 5 };

/** Of the time that the events of one key alone would take, one after the other. */
const MOST_BUSY = 0.2;
/** Milliseconds of an event's requests within one region, and of a batch's. */
const EVENT_MS = 25;
const BATCH_MS = 50;

/** A consumer that is slower than its callers never catches up, and breaks no promise by it: then it works as fast as it can. */
function withRoom(settings: Partial<Settings>): Partial<Settings> {
  const { rate = 0, handlerMs = 0, slower = 1, batchSize = 1, keys = 1, atOnce = 1 } = settings;
  const eventMs = handlerMs / 2 + slower * (EVENT_MS + BATCH_MS / batchSize);
  if ((rate * eventMs) / 1_000 < MOST_BUSY) return settings;
  const quick = { handlerMs: 0, slower: 1, batchSize: Math.max(100, batchSize), keys: Math.max(25, keys) };
  return { ...settings, ...quick, atOnce: Math.max(4, atOnce) };
}

/**
 * Events a second: from, to. Low, hours are cheap, and what happens rarely in an hour still happens; high, events are, as batches are
 * full. Between them an hour of a swarm has about a thousand events.
 */
const RATES: readonly (readonly [number, number])[] = [
  ...Array<readonly [number, number]>(4).fill([0.02, 0.1]),
  ...Array<readonly [number, number]>(3).fill([0.1, 1]),
  ...Array<readonly [number, number]>(2).fill([1, 10]),
  [10, 60],
];

function drawRate(chance: Chance): number {
  const [from, to] = chance.oneOf(RATES);
  return Number((from * (to / from) ** chance.next()).toFixed(3));
}

/** Of so many runs the faults belong together. */
const THEMED = 0.2;

/** Now and then a run has nearly all of them, or hardly one. */
function drawFaults(chance: Chance): readonly string[] {
  if (chance.next() < THEMED) return chance.oneOf(THEMES);
  const share = chance.oneOf([0.1, 0.3, 0.3, 0.6, 1]);
  const names = ALL_FAULTS.map(({ name }) => name).filter(() => chance.next() < share);
  return names.length > 0 ? names : [chance.oneOf(ALL_FAULTS).name];
}

function drawLoad(chance: Chance): Partial<Settings> {
  const some = (share: number) => (chance.next() < 0.3 ? share : 0);
  return {
    callers: chance.oneOf([1, 5, 20]),
    keys: chance.oneOf([1, 3, 25, 1_000]),
    perRequest: chance.oneOf([1, 4, 25]),
    bytes: chance.oneOf([1_000, 100_000, 200_000]),
    again: chance.oneOf([0, 0.01, 0.2]),
    kinds: { misfit: some(0.01), invalid: some(0.01), large: some(0.02), twin: some(0.01) },
  };
}

function drawMapping(chance: Chance): Partial<Settings> {
  const gaveUp = chance.next() < 0.2;
  return {
    partitions: chance.oneOf([1, 3, 3, 6]),
    pollers: chance.oneOf([1, 1, 2, 3]),
    concurrency: chance.oneOf([1, 5]),
    batchSize: chance.oneOf([1, 10, 100, 500]),
    windowMs: chance.oneOf([0, 500, 500, 5_000]),
    // In halves a killer is known for one before its retries are used up.
    bisect: !gaveUp && chance.next() < 0.7,
    retryLimit: gaveUp ? 6 : 10_000,
    switches: drawSwitches(chance),
  };
}

function drawSwitches(chance: Chance): Partial<MappingSwitches> {
  const drawn = Object.entries(SWITCHES).map(([name, { values }]) => [name, chance.oneOf<unknown>(values)] as const);
  return Object.fromEntries(drawn);
}

/** Milliseconds to work in that are hardly more than a lease and a call without an answer. */
const SHORT_MS = 20_000;

function drawConsumers(chance: Chance): Partial<Settings> {
  // At least fifteen seconds to work in.
  const [timeoutMs, timeMarginMs] = chance.oneOf([[30_000, 5_000], [30_000, 1_000], [30_000, 15_000], [60_000, 10_000], [120_000, 10_000]] as const); // prettier-ignore
  const unknownErrors = chance.oneOf(['attempt', 'attempt', 'attempt', 'wait'] as const);
  return {
    consumers: chance.oneOf([['write'], ['write'], ['call'], ['write', 'call'], ['call', 'call']] as const),
    // What was stopped once waits for a lease of ten seconds: where little is left, it takes some attempts to tell a slow call from one without end.
    attempts: Math.max(chance.oneOf([1, 2, 5, 10]), timeoutMs - timeMarginMs < SHORT_MS ? 5 : 1),
    unknownErrors,
    atOnce: chance.oneOf([1, 4, 20]),
    handlerMs: chance.oneOf([0, 0, 20, 200, 1_500, 5_000]),
    ...{ timeoutMs, timeMarginMs },
    // Longer than the judge waits for the most killers of one window.
    doneSeconds: chance.oneOf([43_200, 86_400]),
  };
}

function drawSurroundings(chance: Chance): Partial<Settings> {
  return {
    sweepMs: chance.oneOf([10_000, 60_000]),
    // Five minutes off, or ten of which somebody sets right or wrong what is five off.
    skewMs: chance.oneOf([0, 0, 300_000]),
    page: chance.oneOf([3, 1_000]),
    // At once, or so late that no run sees it go.
    ttlLagMs: chance.oneOf([0, 600_000, 48 * 60 * MINUTE_MS]),
    slower: chance.oneOf([1, 1, 5, 20]),
    producer: {
      deadlineMs: chance.oneOf([2_000, 4_000, 6_000]),
      spillTimeMs: chance.oneOf([1_000, 4_000]),
      bufferBytes: chance.oneOf([256 * 1024, 1024 * 1024, 64 * 1024 * 1024]),
      onFull: chance.oneOf(['wait', 'wait', 'reject'] as const),
      retry: chance.oneOf([undefined, undefined, { kind: 'at-most', retries: 2 } as const, { kind: 'none' } as const]),
    },
  };
}
