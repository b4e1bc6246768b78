import { RETRIES, WINDOW_SECONDS, type Delivery, type Instruction, type MappingName, type Outgoing } from './wire';

/** An on-failure object, as far as it is looked at. */
export interface GivenUp {
  readonly key: string;
  readonly condition: string;
  /** Names of its records. */
  readonly names: readonly string[];
}

/** What happened to the records of one scenario. */
export interface Scenario {
  readonly deliveries: readonly Delivery[];
  readonly givenUp: readonly GivenUp[];
}

/** The place that is measured: an account, or anything that behaves like one. */
export interface Place {
  /** Sends these as one batch. */
  send(mapping: MappingName, records: readonly Outgoing[]): Promise<void>;
  /** What the recorders wrote down in a run, in the order of time. */
  deliveries(run: string): Promise<readonly Delivery[]>;
  /** What the mapping gave up in a run. */
  givenUp(mapping: MappingName, run: string): Promise<readonly GivenUp[]>;
  /** From now on invocations of the mapping's recorder are throttled, or no longer. */
  throttle(mapping: MappingName, on: boolean): Promise<void>;
  /** From now on the mapping's bucket refuses, or no longer. */
  refuse(mapping: MappingName, on: boolean): Promise<void>;
  /** A setting of the topic as the brokers know it. */
  topicSetting(mapping: MappingName, name: string): Promise<string | undefined>;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** How long things are waited for, in milliseconds. */
export interface Patience {
  /** For an effect that must come sooner or later. */
  readonly mostMs: number;
  /** Between two looks. */
  readonly lookMs: number;
  /** For an effect that may never come. */
  readonly maybeMs: number;
  /** How long the bucket refuses after the record was seen. */
  readonly refusedMs: number;
}

export const IN_AN_ACCOUNT: Patience = { mostMs: 15 * 60_000, lookMs: 2_000, maybeMs: 60_000, refusedMs: 5_000 };

export type Recording = Readonly<Record<keyof typeof SCENARIOS, Scenario>> & {
  /** Milliseconds for which the scenario `throttle` was throttled. */
  readonly throttledMs: number;
  /** When the newer record of the scenario `backoff` was in the log, in epoch milliseconds. */
  readonly newerSentAt: number;
  /** `message.timestamp.type` of the topic that was given it by `Configs`. */
  readonly timestampType: string | undefined;
};

/** One scenario under way. */
interface Stage {
  readonly place: Place;
  readonly patience: Patience;
  /** From the first to the last try of a record that was given up. 0 before the scenario `backoff`. */
  readonly exhaustionMs: number;
  readonly send: (mapping: MappingName, records: readonly Part[]) => Promise<void>;
  /** Resolves true when the record was delivered that often. */
  readonly seen: (name: string, times: number, withinMs?: number) => Promise<boolean>;
  /** Resolves true when the record is in an on-failure object. */
  readonly lost: (mapping: MappingName, name: string, withinMs?: number) => Promise<boolean>;
  readonly note: (entry: Partial<Pick<Recording, 'throttledMs' | 'newerSentAt'>>) => void;
}

type Part = Omit<Outgoing, 'instruction' | 'key' | 'value'> &
  Pick<Instruction, 'name' | 'does'> & { readonly key?: string | null; readonly value?: string | null };

const several = (count: number, does: Instruction['does']): Part[] =>
  Array.from({ length: count }, (_, index) => ({ name: `r${index}`, does }));
/** What the filter of `limits` lets through. */
const KEPT = JSON.stringify({ keep: true });

/** Mapping and story of each scenario. */
export const SCENARIOS = {
  /** No key, no value. */
  nulls: [
    'retries',
    async ({ send, seen }: Stage) => {
      await send('retries', [{ name: 'null', does: 'settle', key: null, value: null }]);
      await seen('null', 1);
    },
  ],
  /** A record that always fails, and a newer one that arrives while it rests. */
  backoff: [
    'retries',
    async ({ place, send, seen, lost, note }: Stage) => {
      await send('retries', [{ name: 'failing', does: 'report' }]);
      await seen('failing', 1);
      await send('retries', [{ name: 'newer', does: 'settle' }]);
      note({ newerSentAt: place.now() });
      await lost('retries', 'failing');
      await seen('newer', 1);
    },
  ],
  /** A record that fails once, with a good one behind it in the batch. */
  redeliver: [
    'retries',
    async ({ send, seen }: Stage) => {
      await send('retries', [
        { name: 'once', does: 'report-once' },
        { name: 'behind', does: 'settle' },
      ]);
      await seen('once', 2);
    },
  ],
  /** More records than the limit has deliveries, of which each delivery settles one. */
  progress: [
    'retries',
    async ({ send, seen, lost, patience }: Stage) => {
      const records = several(RETRIES.retries + 3, 'settle-first');
      const last = records.at(-1)?.name ?? '';
      await send('retries', records);
      await seen(last, RETRIES.retries + 1);
      await lost('retries', last, patience.maybeMs);
    },
  ],
  /** A throttle that lasts longer than all retries would take. */
  throttle: [
    'retries',
    async ({ place, send, seen, lost, note, exhaustionMs }: Stage) => {
      await place.throttle('retries', true);
      await send('retries', [{ name: 'throttled', does: 'settle' }]);
      const since = place.now();
      await lost('retries', 'throttled', exhaustionMs * 1.2 + 2 * WINDOW_SECONDS * 1000);
      await place.throttle('retries', false);
      note({ throttledMs: place.now() - since });
      if (!(await lost('retries', 'throttled', 0))) await seen('throttled', 1);
    },
  ],
  /** One record that fails its batch, among as many as leave more than one together if splits are counted. */
  bisect: [
    'bisect',
    async ({ send, lost }: Stage) => {
      const records = several(2 ** (RETRIES.bisect + 1), 'settle');
      await send('bisect', [...records.slice(0, 5), { name: 'poison', does: 'throw' }, ...records.slice(6)]);
      await lost('bisect', 'poison');
    },
  ],
  /** A record that is older than the mapping's limit. */
  aged: [
    'limits',
    async ({ place, send, lost }: Stage) => {
      await send('limits', [{ name: 'old', does: 'settle', value: KEPT, timestamp: place.now() - 120_000 }]);
      await lost('limits', 'old');
    },
  ],
  /** A record to give up while the bucket refuses, and one behind it. */
  refused: [
    'limits',
    async ({ place, send, seen, lost, patience }: Stage) => {
      await place.refuse('limits', true);
      await send('limits', [{ name: 'refused', does: 'throw', value: KEPT }]);
      await seen('refused', 1);
      await place.sleep(patience.refusedMs);
      await place.refuse('limits', false);
      await send('limits', [{ name: 'marker', does: 'settle', value: KEPT }]);
      await seen('marker', 1);
      await lost('limits', 'refused', patience.maybeMs);
    },
  ],
  /** A value that is no JSON, where the filter wants fields, and one behind it that it lets through. */
  undecodable: [
    'limits',
    async ({ send, seen }: Stage) => {
      await send('limits', [{ name: 'garbage', does: 'settle', value: 'no JSON' }]);
      await send('limits', [{ name: 'marker', does: 'settle', value: KEPT }]);
      await seen('marker', 1);
    },
  ],
} as const satisfies Record<string, readonly [MappingName, (stage: Stage) => Promise<void>]>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Plays every scenario, one after the other; `say` is told which. */
export async function record(
  place: Place,
  patience: Patience,
  run: string,
  say: (line: string) => void,
): Promise<Recording> {
  const scenarios: Partial<Record<ScenarioName, Scenario>> = {};
  let noted = { throttledMs: 0, newerSentAt: 0 };
  for (const [name, [mapping, play]] of Object.entries(SCENARIOS) as [
    ScenarioName,
    (typeof SCENARIOS)[ScenarioName],
  ][]) {
    say(`${name} …`);
    const own = `${run}-${name}`;
    const exhaustionMs = exhaustion(scenarios.backoff);
    const note: Stage['note'] = (entry) => (noted = { ...noted, ...entry });
    await play({ ...stage(place, patience, own), exhaustionMs, note });
    scenarios[name] = { deliveries: await place.deliveries(own), givenUp: await place.givenUp(mapping, own) };
  }
  const timestampType = await place.topicSetting('limits', 'message.timestamp.type');
  return { ...(scenarios as Record<ScenarioName, Scenario>), ...noted, timestampType };
}

/** Milliseconds from the first to the last try of the record that always fails. */
export function exhaustion(backoff: Scenario | undefined): number {
  const tries = (backoff?.deliveries ?? []).filter(({ records }) => records.some(({ name }) => name === 'failing'));
  return (tries.at(-1)?.at ?? 0) - (tries[0]?.at ?? 0);
}

function stage(place: Place, patience: Patience, run: string): Omit<Stage, 'exhaustionMs' | 'note'> {
  const within = async (ms: number, probe: () => Promise<boolean>): Promise<boolean> => {
    const end = place.now() + ms;
    for (;;) {
      if (await probe()) return true;
      if (place.now() >= end) return false;
      await place.sleep(patience.lookMs);
    }
  };
  return {
    ...{ place, patience },
    send: (mapping, records) =>
      place.send(
        mapping,
        records.map(({ name, does, key = 'key', value = 'value', ...rest }) => ({
          ...{ instruction: { run, name, does }, key, value },
          ...rest,
        })),
      ),
    seen: (name, times, ms = patience.mostMs) =>
      within(ms, async () => {
        const deliveries = await place.deliveries(run);
        return deliveries.filter(({ records }) => records.some((each) => each.name === name)).length >= times;
      }),
    lost: (mapping, name, ms = patience.mostMs) =>
      within(ms, async () => (await place.givenUp(mapping, run)).some(({ names }) => names.includes(name))),
  };
}
