import type { Chance } from '../../faults/random';
import type { Chances } from '../kernel/chances';
import type { Scheduler } from '../kernel/scheduler';
import { Broker } from './broker';
import { Controller } from './controller';
import { Partition } from './partition';
import type { Leadership } from './protocol';

export interface TopicSettings {
  readonly partitions: number;
  readonly maxMessageBytes: number;
}

export interface ClusterOptions {
  readonly scheduler: Scheduler;
  readonly chances: Chances;
  readonly topics: Readonly<Record<string, TopicSettings>>;
  readonly minInSync?: number;
  /** `replica.lag.time.max.ms`. */
  readonly lagMs?: number;
  /** `broker.session.timeout.ms`. */
  readonly sessionMs?: number;
}

const BROKERS = [1, 2, 3];

/** Three brokers and a controller, with every partition on each broker. */
export class Cluster {
  readonly brokers: readonly Broker[] = BROKERS.map((id) => new Broker(id));
  readonly controller: Controller;
  readonly minInSync: number;
  readonly #topics = new Map<string, readonly Partition[]>();
  /** Called when more of a partition can be read. */
  readonly #readers = new Map<Partition, Set<() => void>>();
  readonly #chance: Chance;
  #producers = 0;

  constructor(private readonly options: ClusterOptions) {
    const { scheduler, chances, topics, minInSync = 2, sessionMs = 9_000 } = options;
    this.minInSync = minInSync;
    this.#chance = chances('kafka');
    this.controller = new Controller({ scheduler, brokers: this.brokers, sessionMs });
    for (const [topic, settings] of Object.entries(topics)) {
      const numbers = Array.from({ length: settings.partitions }, (_, number) => number);
      this.#topics.set(topic, numbers.map((number) => this.#partition(topic, number, settings))); // prettier-ignore
    }
    for (const broker of this.brokers) broker.changed.add(() => this.#changed(broker));
  }

  partitions(topic: string): readonly Partition[] {
    return this.#topics.get(topic) ?? [];
  }

  addPartition(topic: string): void {
    const before = this.partitions(topic);
    this.#topics.set(topic, [...before, this.#partition(topic, before.length, this.options.topics[topic]!)]);
  }

  settings(topic: string): TopicSettings | undefined {
    return this.options.topics[topic];
  }

  broker(id: number): Broker | undefined {
    return this.brokers.find((broker) => broker.id === id);
  }

  newProducerId(): number {
    return ++this.#producers;
  }

  /** @returns ends it */
  onVisible(partition: Partition, hear: () => void): () => void {
    const readers = this.#readers.get(partition)!;
    readers.add(hear);
    return () => readers.delete(hear);
  }

  #partition(topic: string, number: number, { maxMessageBytes }: TopicSettings): Partition {
    const { scheduler, lagMs = 30_000 } = this.options;
    const first: Leadership = { leader: BROKERS[number % BROKERS.length], epoch: 0, inSync: BROKERS, version: 0 };
    const readers = new Set<() => void>();
    const partition: Partition = new Partition(topic, number, first, {
      ...{ scheduler, brokers: this.brokers, minInSync: this.minInSync, maxMessageBytes, lagMs },
      chance: this.#chance,
      alter: (...asked) => this.controller.alter(partition, ...asked),
      visible: () => readers.forEach((hear) => hear()),
    });
    this.#readers.set(partition, readers);
    this.controller.add(partition, first);
    return partition;
  }

  #changed(broker: Broker): void {
    for (const partitions of this.#topics.values()) {
      for (const partition of partitions) {
        if (broker.state === 'down') partition.died(broker.id);
        else partition.kick();
      }
    }
  }
}
