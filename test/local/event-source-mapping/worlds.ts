import { newCounters, type MappingCounters } from '../../../local/event-source-mapping/counters';
import { Dispatcher, type DispatcherPorts } from '../../../local/event-source-mapping/dispatcher';
import { Lane } from '../../../local/event-source-mapping/lane';
import { frameOf, Mapping } from '../../../local/event-source-mapping/mapping';
import { encodeRecord } from '../../../local/event-source-mapping/record';
import { DEFAULT_SWITCHES, type MappingSwitches } from '../../../local/event-source-mapping/switches';
import { watchFor } from '../../../local/event-source-mapping/watch';
import type { Outcome } from '../../../local/function-host';
import type { MappingSettings } from '../../../local/template/mappings';
import { Cluster } from '../../../simulation/kafka/cluster';
import { Group, OFFSETS_TOPIC } from '../../../simulation/kafka/group';
import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { BEGINNING } from '../../../simulation/kernel/trace';
import { SeededTroubles } from '../../../simulation/kernel/troubles';
import { SimulatedMember, type MappingTrouble } from '../../../simulation/mapping/member';
import { settings } from '../fixtures/records';
import type { Call } from './world';

/** A mapping of two partitions: records arrive, invocations are answered and pauses end as the test says. In virtual time. */
export interface World {
  readonly calls: readonly Call[];
  readonly counters: Readonly<MappingCounters>;
  readonly logged: readonly string[];
  /** Pauses under way, in milliseconds. */
  readonly pauses: () => readonly number[];
  /** So many records of a partition arrive, each with a value of so many bytes. */
  readonly arrive: (partition: number, count: number, bytes?: number) => Promise<void>;
  /** Answers the newest invocation. */
  readonly reply: (outcome: Outcome) => Promise<void>;
  /** Answers any of them. */
  readonly answer: (call: Call | undefined, outcome: Outcome) => Promise<void>;
  /** Ends the pause that began first. */
  readonly wake: () => Promise<void>;
  readonly pass: (ms: number) => Promise<void>;
  readonly pause: () => void;
  readonly resume: () => Promise<void>;
  /** By partition: what may be committed here, what the group has committed there. */
  readonly positions: () => readonly number[];
}

type NewWorld<Of = World> = (
  changes?: Partial<MappingSettings>,
  switches?: Partial<MappingSwitches>,
  giveUp?: DispatcherPorts['giveUp'],
) => Promise<Of>;

export interface SimulatedWorld extends World {
  /** The group deals its partitions anew. */
  readonly rebalance: () => Promise<void>;
  /** What goes wrong with commits. */
  readonly troubles: SeededTroubles<MappingTrouble>;
}

/** Milliseconds in which everything that waits for nobody has come as far as it can. */
const SETTLE_MS = 40;
/** Until a group has dealt its partitions anew. */
const REBALANCE_MS = 2_100;
const PARTITIONS = [0, 1];

/** What both have: time, the function, and pauses that end when the test says so. */
function ground() {
  const scheduler = new Scheduler();
  const calls: Call[] = [];
  const logged: string[] = [];
  const sleeps: { readonly ms: number; wake(): void }[] = [];
  const pass = async (ms: number) => {
    let over = false;
    scheduler.after(ms, () => (over = true));
    await scheduler.run(() => over);
  };
  const invoke = (payload: string) =>
    new Promise<Outcome>((resolve) => {
      const { records } = JSON.parse(payload) as { records: Record<string, { offset: number }[]> };
      const offsets = Object.entries(records).flatMap(([key, list]) =>
        list.map(({ offset }) => `${key.replace('orders-', '')}@${offset}`),
      );
      calls.push({ offsets, answer: (outcome) => Promise.resolve(resolve(outcome)) });
    });
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((wake) => {
      sleeps.push({ ms, wake });
      signal?.addEventListener('abort', () => wake());
    });
  const clock = {
    now: () => BEGINNING + scheduler.now,
    uuid: () => 'uuid',
    timer: (ms: number, ring: () => void) => scheduler.after(ms, ring),
    soon: (act: () => void) => void scheduler.after(0, act),
    sleep,
  };
  const answer = async (call: Call | undefined, outcome: Outcome) => {
    await call?.answer(outcome);
    await pass(SETTLE_MS);
  };
  const world = {
    ...{ calls, logged, pass, answer },
    pauses: () => sleeps.map(({ ms }) => ms),
    reply: (outcome: Outcome) => answer(calls.at(-1), outcome),
    wake: async () => {
      sleeps.shift()?.wake();
      await pass(SETTLE_MS);
    },
  };
  return { scheduler, clock, invoke, log: (line: string) => void logged.push(line), world };
}

const valueOf = (bytes: number): Buffer => Buffer.alloc(bytes, 'x');

/** The dispatcher of the local mapping and its lanes, without brokers. */
const localWorld: NewWorld = (changes = {}, switches = {}, giveUp) => {
  const { clock, invoke, log, world } = ground();
  const counters = newCounters();
  const frame = frameOf({ settings: settings(changes), bootstrap: 'b-1:9098' });
  const dispatcher = new Dispatcher(settings(changes), { ...DEFAULT_SWITCHES, ...switches }, frame, counters, {
    ...{ invoke, log, giveUp, moved: () => undefined, watch: watchFor(undefined, 'group') },
    ...{ now: clock.now, timer: clock.timer, sleep: clock.sleep },
  });
  const lanes = PARTITIONS.map((partition) => new Lane(partition, 0));
  lanes.forEach((lane) => dispatcher.add(lane));
  const format = { topic: 'orders', filter: undefined, nullKey: 'null', nullValue: 'null' } as const;
  return Promise.resolve({
    ...{ ...world, counters },
    arrive: async (partition, count, bytes = 1) => {
      const lane = lanes[partition]!;
      const records = Array.from({ length: count }, (_, n) => {
        const place = { offset: String(lane.next + n), timestamp: String(Math.floor(clock.now())), attributes: 0 };
        return encodeRecord(format, partition, { key: null, value: valueOf(bytes), headers: {}, ...place });
      });
      lane.accept({ partition, fetchedOffset: lane.next, lastOffset: lane.next + count - 1, records }, clock.now());
      dispatcher.pump();
      await world.pass(SETTLE_MS);
    },
    pause: () => dispatcher.pause(),
    resume: () => {
      dispatcher.resume();
      return world.pass(SETTLE_MS);
    },
    positions: () => lanes.map(({ position }) => position),
  });
};

/** The mapping of the simulations, in its group, on simulated brokers. */
export const simulatedWorld: NewWorld<SimulatedWorld> = async (changes = {}, switches = {}, giveUp) => {
  const { scheduler, clock, invoke, log, world } = ground();
  const chances = chancesOf(1);
  const topics = {
    orders: { partitions: PARTITIONS.length, maxMessageBytes: 100_000_000 },
    [OFFSETS_TOPIC]: { partitions: 1, maxMessageBytes: 1_000_000 },
  };
  const cluster = new Cluster({ scheduler, chances, topics });
  const group = new Group({ scheduler, cluster, topic: 'orders', commits: 0 });
  const troubles = new SeededTroubles<MappingTrouble>(chances('troubles'));
  const parts = { id: 'poller', scheduler, chance: chances('poller'), cluster, group, troubles };
  const mapping = new Mapping({
    ...{ settings: settings(changes), bootstrap: 'b-1:9098', switches, clock, invoke, log },
    onFailure: giveUp && { deliver: (given) => giveUp(given), close: () => Promise.resolve() },
    member: (options) => new SimulatedMember(options, parts),
    lag: () => Promise.resolve(0),
  });
  let started = false;
  void mapping.start().then(() => (started = true));
  await scheduler.run(() => started);
  return {
    ...{ ...world, counters: mapping.counters, troubles },
    arrive: async (partition, count, bytes = 1) => {
      const messages = Array.from({ length: count }, () => ({ key: null, value: valueOf(bytes), headers: {} }));
      const to = cluster.partitions('orders')[partition]!;
      const leader = cluster.controller.leadership(to).leader!;
      to.produce(leader, messages, { acks: 1, timeoutMs: 1_000 }, () => undefined);
      await world.pass(SETTLE_MS);
    },
    pause: () => mapping.pause(),
    resume: () => {
      mapping.resume();
      return world.pass(SETTLE_MS);
    },
    rebalance: () => {
      group.rebalance();
      return world.pass(REBALANCE_MS);
    },
    positions: () => PARTITIONS.map((partition) => group.committed().get(partition) ?? 0),
  };
};

/** Each rule holds of both. */
export const WORLDS: readonly (readonly [name: string, world: NewWorld])[] = [
  ['the local mapping', localWorld],
  ['the simulated mapping', simulatedWorld],
];
