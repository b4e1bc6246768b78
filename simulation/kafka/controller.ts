import type { Scheduler } from '../kernel/scheduler';
import type { Broker } from './broker';
import type { Partition } from './partition';
import type { Leadership } from './protocol';

export interface ControllerOptions {
  readonly scheduler: Scheduler;
  readonly brokers: readonly Broker[];
  /** A broker that was not heard of for so long is fenced. */
  readonly sessionMs: number;
}

/** A broker that is back is let in after so long. */
const BACK_MS = 500;
const TOLD_MS = 2;

/**
 * The controller, which never fails here: fences brokers it does not hear of, elects leaders among the replicas in sync and no
 * others, and tells every broker it reaches.
 */
export class Controller {
  elections = 0;
  readonly #decided = new Map<Partition, Leadership>();
  readonly #fenced = new Set<number>();
  readonly #looking = new Map<number, () => void>();
  /** Lives of the brokers it has let in. */
  readonly #lives = new Map<number, number>();

  constructor(private readonly options: ControllerOptions) {
    for (const broker of options.brokers) broker.changed.add(() => this.#look(broker));
  }

  add(partition: Partition, first: Leadership): void {
    this.#decided.set(partition, first);
  }

  leadership(partition: Partition): Leadership {
    return this.#decided.get(partition)!;
  }

  /** A leader asks for another set of replicas in sync. */
  alter(partition: Partition, from: number, epoch: number, inSync: readonly number[]): void {
    const { scheduler, brokers } = this.options;
    if (!brokers.find(({ id }) => id === from)?.reaches('controller')) return;
    scheduler.after(TOLD_MS, () => {
      const before = this.leadership(partition);
      if (before.leader !== from || before.epoch !== epoch) return this.#tell(partition);
      this.#decide(partition, { ...before, inSync: inSync.filter((id) => !this.#fenced.has(id)) });
    });
  }

  /** A broker leaves in order: it leads nothing any more when it goes. */
  leave({ id }: Broker): void {
    this.#fence(id);
  }

  /** Another replica in sync is to lead, with all brokers alive. @throws when it is not in sync */
  elect(partition: Partition, leader: number): void {
    const before = this.leadership(partition);
    if (leader === before.leader) return;
    if (!before.inSync.includes(leader)) throw new Error(`elect: got broker ${leader}, want one of ${before.inSync.join(', ')}`); // prettier-ignore
    this.elections++;
    this.#decide(partition, { ...before, leader, epoch: before.epoch + 1 });
  }

  #look(broker: Broker): void {
    const { scheduler, sessionMs } = this.options;
    const { id } = broker;
    const isHeard = broker.reaches('controller');
    // Another life registers anew, and what it led as the former one goes to others.
    if (isHeard && broker.life !== (this.#lives.get(id) ?? 0)) {
      this.#lives.set(id, broker.life);
      if (!this.#fenced.has(id)) this.#fence(id);
    }
    this.#looking.get(id)?.();
    this.#looking.delete(id);
    if (isHeard === !this.#fenced.has(id)) {
      // It was away for less than a session; or it still is. What it missed it is told.
      if (isHeard) for (const partition of this.#decided.keys()) this.#tellOne(partition, broker);
      return;
    }
    const act = () => (isHeard ? this.#letIn(broker) : this.#fence(id));
    this.#looking.set(id, scheduler.after(isHeard ? BACK_MS : sessionMs, act));
  }

  #fence(id: number): void {
    this.#fenced.add(id);
    for (const [partition, before] of this.#decided) {
      const others = before.inSync.filter((other) => other !== id);
      // The last one in sync stays so: whoever else led would lose what it has.
      const inSync = others.length > 0 ? others : before.inSync;
      const leader = before.leader === id ? inSync.find((other) => !this.#fenced.has(other)) : before.leader;
      if (leader !== before.leader) this.elections++;
      const epoch = leader === before.leader ? before.epoch : before.epoch + 1;
      if (leader !== before.leader || inSync !== before.inSync) this.#decide(partition, { ...before, leader, epoch, inSync }); // prettier-ignore
    }
  }

  #letIn(broker: Broker): void {
    this.#fenced.delete(broker.id);
    for (const [partition, before] of this.#decided) {
      const leads = before.leader === undefined && before.inSync.includes(broker.id);
      if (leads) this.#decide(partition, { ...before, leader: broker.id, epoch: before.epoch + 1 });
      else this.#tellOne(partition, broker);
    }
  }

  #decide(partition: Partition, next: Leadership): void {
    const version = this.leadership(partition).version + 1;
    this.#decided.set(partition, { ...next, version });
    this.#tell(partition);
  }

  #tell(partition: Partition): void {
    for (const broker of this.options.brokers) this.#tellOne(partition, broker);
  }

  #tellOne(partition: Partition, broker: Broker): void {
    if (!broker.reaches('controller')) return;
    const told = this.leadership(partition);
    this.options.scheduler.after(TOLD_MS, () => broker.do(() => partition.learn(broker.id, told)));
  }
}
