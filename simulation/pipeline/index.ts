import { LEASES } from '../../lambdas/runtime/contract';
import { chancesOf, type Chances } from '../kernel/chances';
import { Scheduler } from '../kernel/scheduler';
import { BEGINNING, Trace } from '../kernel/trace';
import { Load } from '../load/load';
import { ORDERS } from '../load/orders';
import { Redriver } from '../people/redriver';
import { ConsumerGroup } from './consumer-group';
import { Functions } from './functions';
import { BUCKETS, onFailureOf, tableOf, TOPIC } from './names';
import type { Settings } from './settings';
import { Releases } from './release';
import { surroundings, type Surroundings } from './surroundings';

/** The whole pipeline: callers, door, Kafka, mapping, consumers, replay and unpack on their schedules. */
export class Pipeline {
  readonly scheduler = new Scheduler();
  readonly chances: Chances;
  readonly trace: Trace;
  readonly around: Surroundings;
  readonly functions: Functions;
  readonly consumers: readonly ConsumerGroup[];
  readonly load: Load;
  readonly releases = new Releases();
  /** When an object was put among the dead letters, by its name: true time, whatever a sandbox's clock wrote into it. */
  readonly parkedAt = new Map<string, number>();
  /** Since the last window somebody has said what may be parked. */
  hasWord = false;
  /** Since then parked events were sent back, or some wait to be. */
  sendsBack = false;
  /** Since then the retention took what somebody may not have read. */
  keepsShort = false;
  readonly redriver: Redriver;
  /** Groups whose word the person on call had to say since then. */
  readonly called = new Set<ConsumerGroup>();

  /** @throws when the seed is none */
  constructor(
    seed: number,
    readonly settings: Settings,
  ) {
    const { scheduler } = this;
    this.chances = chancesOf(seed);
    this.trace = new Trace(scheduler);
    const groups = settings.consumers.map((effect, n) => `${effect === 'write' ? 'billing' : 'paying'}-${n}`);
    this.around = surroundings(scheduler, this.chances, settings, groups);
    this.functions = new Functions(this.around, settings, groups);
    this.consumers = settings.consumers.map(
      (effect, n) => new ConsumerGroup(groups[n]!, effect, n, this.functions, this.around, settings, this.trace),
    );
    this.load = new Load({
      ...{ scheduler, chance: this.chances('load'), recorder: this.trace },
      ...settings,
      post: (payload) => this.functions.ingest.invoke(payload),
    });
    this.redriver = new Redriver(this.around, this.functions.replay);
    this.#watch();
  }

  /** What is written is dated by the one clock that is right. */
  #watch(): void {
    const { tables, buckets } = this.around;
    tables.onWritten = (table, key, item) => {
      this.consumers.find(({ name }) => tableOf(name) === table)?.written(key, item);
      if (table !== ORDERS || !item) return;
      const { id, customer, partition, offset } = item as Record<string, string | number>;
      const place = { partition: Number(partition), offset: Number(offset) };
      this.consumers.find(({ effect }) => effect === 'write')?.applied({ id: String(id), key: String(customer), ...place }); // prettier-ignore
    };
    buckets.get(BUCKETS.deadLetters)!.onWritten = (name) =>
      void this.parkedAt.set(name, Math.floor(BEGINNING + this.scheduler.now));
  }

  start(): void {
    for (const consumer of this.consumers) consumer.start();
    this.#schedule(() => this.functions.replay.invoke('{}'));
    this.#schedule(() => this.functions.unpack.invoke('{}'));
  }

  /** Nothing waits anywhere: everything accepted has its end. */
  isQuiet(): boolean {
    const { cluster, buckets } = this.around;
    if (!this.load.isIdle || this.functions.ingest.busy > 0 || this.redriver.busy > 0) return false;
    if (this.consumers.some(({ consumer }) => consumer.busy > 0)) return false;
    const partitions = cluster.partitions(TOPIC);
    if (!partitions.every((partition) => partition.isSettled())) return false;
    const spill = buckets.get(BUCKETS.spill)!;
    if ([...spill.content.keys()].some((name) => !name.startsWith(`${BUCKETS.spill}/${LEASES}`))) return false;
    return this.consumers.every(
      (consumer) => !consumer.isBehind() && buckets.get(onFailureOf(consumer.name))!.content.size === 0,
    );
  }

  #schedule(invoke: () => Promise<unknown>): void {
    const { sweepMs } = this.settings;
    const chance = this.chances('schedules');
    const next = () => {
      void invoke();
      if (this.around.troubles.schedules.happens('woken-twice')) void invoke();
      this.scheduler.after(sweepMs, next);
    };
    this.scheduler.after(chance.between(0, sweepMs), next);
  }
}
