import { setImmediate as turn } from 'node:timers/promises';
import type { ConsumerDeps } from '../../../../lambdas/runtime/consumer';
import type { Transactions } from '../../../../lambdas/runtime/stores/tables';
import { silent } from '../../../../lambdas/runtime/watching/log';
import type { ObjectStore } from '../../../../lambdas/runtime/stores/object-store';
import type { Clock } from '../../../../lambdas/runtime/time/clock';
import { environment } from '../simulation';
import { CountingMeter } from '../../../../simulation/watching/counting-meter';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { MemoryTables } from '../../../../simulation/dynamodb/memory-tables';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';
import type { Run, Step } from './explorer';

/**
 * Milliseconds by which a process's wall clock is ahead of time, before and after somebody sets it at its second request: no
 * two tell the same time, and none tells the same for long. Others are right.
 */
const AHEAD_MS: Readonly<Record<string, readonly [atFirst: number, then: number]>> = {
  A: [600_000, -600_000],
  B: [-600_000, 600_000],
};
/** A process's own clock begins anywhere. */
const BEGAN_MS: Readonly<Record<string, number>> = { A: 1_767_225_600_000, B: 1_767_225_500_000 };

/** Turns of the event loop in which everything that waits for no step has come as far as it can. */
const TURNS = 5;
const FAULTS = ['crash before', 'crash after', 'lost answer', 'freeze before', 'freeze after'] as const;
export type FaultKind = (typeof FAULTS)[number];

interface Pending {
  readonly step: Step;
  /** Carries the request out. */
  readonly act: () => Promise<void>;
  /** Lets its answer through, or one that says nothing. */
  readonly answer: (lost: boolean) => void;
}

interface Timer {
  readonly process: string;
  readonly at: number;
  readonly fire: () => void;
}

const NEVER = new Promise<never>(() => undefined);
const UNKNOWN = { kind: 'unknown', detail: 'the answer was lost' } as const;

/**
 * Processes over one store, in which every request waits until the schedule lets it through. Time moves only when nothing
 * else can.
 */
export class World {
  /** The store's own time does not matter: its requests are steps. */
  private readonly storeClock = Object.assign(new VirtualClock(), { sleep: () => Promise.resolve() });
  readonly tables = new MemoryTables({ idempotency: 'key', orders: 'id', customers: 'id' }, this.storeClock);
  readonly objects = new MemoryObjects();
  /** Settled events that changed their state. */
  readonly changes: string[] = [];
  private readonly pending = new Map<string, Pending>();
  private readonly counts = new Map<string, number>();
  private readonly crashed = new Set<string>();
  private readonly frozen = new Map<string, () => void>();
  private readonly ended = new Set<string>();
  private timers: Timer[] = [];
  private nowMs = 1_767_225_600_000;
  private readonly uuids = new Map<string, number>();

  /**
   * @param faults - how many may strike in one run
   * @param isStep - whether requests for that item are steps of the schedule; others are carried out at once
   */
  constructor(
    private readonly faults: number,
    private readonly isStep: (item: string) => boolean = () => true,
    private readonly kinds: readonly FaultKind[] = FAULTS,
  ) {}

  /** What a consumer in that process is made of, whose function has so much time. */
  parts(process: string, timeoutMs = 60_000): ConsumerDeps {
    return {
      variables: { LOSSLESS_CONSUMER_Billing: JSON.stringify({ ...environment, timeoutMs }) },
      transactions: this.transactionsOf(process),
      objects: this.objectsOf(process),
      clock: this.clockOf(process),
      meter: new CountingMeter(),
      log: silent,
    };
  }

  /** What Lambda tells a function that it has just invoked: by the process's wall clock, which may be anything. */
  context(process: string, timeoutMs = 60_000): { getRemainingTimeInMillis(): number } {
    const deadline = this.nowMs + timeoutMs;
    return { getRemainingTimeInMillis: () => deadline - this.wallOf(process) };
  }

  /** A step of the process on something else than the store: a call to another system. */
  reach(process: string, item: string, act: () => void): Promise<void> {
    return this.step(
      process,
      item,
      () => Promise.resolve(act()),
      () => Promise.reject(new Error('no answer')),
    );
  }

  /** Lets the processes run under the schedule until each has ended or crashed. */
  async run(
    processes: Readonly<Record<string, () => Promise<unknown>>>,
    choose: Parameters<Run>[0],
  ): Promise<'ended' | 'given up'> {
    const names = Object.keys(processes);
    for (const name of names) {
      const end = () => void this.ended.add(name);
      processes[name]!().then(end, end);
    }
    let struck = 0;
    for (;;) {
      for (let turns = 0; turns < TURNS; turns++) await turn();
      if (names.every((name) => this.ended.has(name) || this.crashed.has(name))) return 'ended';
      const enabled = this.enabled(this.faults - struck);
      if (enabled.length === 0) {
        if (!this.passTime()) this.thaw();
        continue;
      }
      const chosen = choose(enabled);
      if (!chosen) return 'given up';
      if (chosen.isFault) struck++;
      await this.take(chosen);
    }
  }

  private enabled(faults: number): Step[] {
    const free = [...this.pending.values()].map(({ step }) => step).filter(({ process }) => !this.frozen.has(process));
    const sorted = free.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (faults === 0) return sorted;
    const struck = sorted.flatMap((step) =>
      this.kinds.map((fault) => ({ ...step, name: `${step.name} ${fault}`, isFault: true })),
    );
    return [...sorted, ...struck];
  }

  private async take({ name }: Step): Promise<void> {
    const fault = FAULTS.find((each) => name.endsWith(each));
    const own = fault ? name.slice(0, -fault.length - 1) : name;
    const pending = this.pending.get(own)!;
    this.pending.delete(own);
    const { process } = pending.step;
    switch (fault) {
      case undefined:
        await pending.act();
        return pending.answer(false);
      case 'crash after':
        await pending.act();
        return this.crash(process);
      case 'crash before':
        return this.crash(process);
      case 'lost answer':
        await pending.act();
        return pending.answer(true);
      case 'freeze before':
        return void this.frozen.set(process, () => void pending.act().then(() => pending.answer(false)));
      case 'freeze after':
        await pending.act();
        return void this.frozen.set(process, () => pending.answer(false));
      default:
        throw new Error(`no such fault: ${String(fault satisfies never)}`);
    }
  }

  private crash(process: string): void {
    this.crashed.add(process);
    this.timers = this.timers.filter((timer) => timer.process !== process);
    for (const [name, { step }] of this.pending) if (step.process === process) this.pending.delete(name);
  }

  /** Fires the next timer of those that are not frozen; false when there is none. */
  private passTime(): boolean {
    const next = this.timers.filter(({ process }) => !this.frozen.has(process)).sort((a, b) => a.at - b.at)[0];
    if (!next) return false;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.nowMs = Math.max(this.nowMs, next.at);
    next.fire();
    return true;
  }

  private thaw(): void {
    if (this.frozen.size === 0) throw new Error('the world stands still: nothing can happen any more');
    const woken = [...this.frozen.values()];
    this.frozen.clear();
    woken.forEach((wake) => wake());
  }

  private step<R>(process: string, item: string, act: () => Promise<R>, lost: () => Promise<R>): Promise<R> {
    if (this.crashed.has(process)) return NEVER;
    if (!this.isStep(item)) return act();
    const count = (this.counts.get(process) ?? 0) + 1;
    this.counts.set(process, count);
    const name = `${process}${String(count).padStart(3, '0')} ${item}`;
    return new Promise<R>((resolve, reject) => {
      let outcome: Promise<R> | undefined;
      this.pending.set(name, {
        step: { name, process, item, isFault: false },
        act: async () => {
          const before = this.states();
          outcome = act();
          await outcome.catch(() => undefined);
          this.compare(before, name);
        },
        answer: (isLost) => void (isLost ? lost() : outcome!).then(resolve, reject),
      });
    });
  }

  private states = (): Map<unknown, unknown> =>
    new Map(this.tables.items('idempotency').map(({ key, state }) => [key, state]));

  /** Done and amended are for ever; parked ends by a person only, and there is none here. */
  private compare(before: ReadonlyMap<unknown, unknown>, step: string): void {
    for (const [key, state] of this.states()) {
      const was = before.get(key);
      if ((was === 'done' || was === 'parked' || was === 'amended') && state !== was) {
        this.changes.push(`P1: ${step} turns ${was} into ${String(state)}`);
      }
    }
  }

  private transactionsOf(process: string): Transactions {
    const { tables } = this;
    const unknown = () => Promise.resolve(UNKNOWN);
    const refused = () => Promise.reject(new Error('no answer'));
    return {
      transact: (items) => {
        const keys = items.map(({ Put, Update }) => Put?.Item?.['key']?.S ?? Update?.Key?.['key']?.S).filter(Boolean);
        return this.step(process, keys.join(), () => tables.transact(items), unknown);
      },
      update: (input) => this.step(process, input.Key?.['key']?.S ?? '', () => tables.update(input), unknown),
      read: (table, key) => this.step(process, key, () => tables.read(table, key), refused),
      // It only saves work: wherever it stands, every event's own record decides.
      readMany: (table, keys) => tables.readMany(table, keys),
    };
  }

  private objectsOf(process: string): ObjectStore {
    const { objects } = this;
    return {
      putIfAbsent: (bucket, name, body) =>
        this.step(
          process,
          name,
          () => objects.putIfAbsent(bucket, name, body),
          () => Promise.reject(new Error('no answer')),
        ),
      get: (bucket, name) => objects.get(bucket, name),
      list: (bucket, prefix) => objects.list(bucket, prefix),
      delete: (bucket, name) => objects.delete(bucket, name),
    };
  }

  private wallOf(process: string): number {
    const [atFirst, then] = AHEAD_MS[process] ?? [0, 0];
    return this.nowMs + ((this.counts.get(process) ?? 0) < 2 ? atFirst : then);
  }

  private clockOf(process: string): Clock {
    const timer = (ms: number, fire: () => void) => {
      if (this.crashed.has(process)) return () => undefined;
      const set: Timer = { process, at: this.nowMs + ms, fire };
      this.timers.push(set);
      return () => void (this.timers = this.timers.filter((other) => other !== set));
    };
    return {
      now: () => this.wallOf(process),
      monotonic: () => this.nowMs - (BEGAN_MS[process] ?? 0),
      random: () => 0.5,
      uuid: () => {
        const next = (this.uuids.get(process) ?? 0) + 1;
        this.uuids.set(process, next);
        return `${process}-${next}`;
      },
      timer,
      soon: (act) => void setImmediate(act),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (this.crashed.has(process)) return;
          if (signal?.aborted) return resolve();
          const abort = () => {
            cancel();
            resolve();
          };
          const cancel = timer(ms, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          signal?.addEventListener('abort', abort);
        }),
    };
  }
}
