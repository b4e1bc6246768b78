import type { Place } from '../../faults/history';
import type { Application } from '../../faults/final-read/final-read';
import { SETTLED, type Item } from '../../faults/final-read/items';
import { RECORD } from '../../lambdas/runtime/contract';
import { newCounters, type MappingCounters } from '../../local/event-source-mapping/counters';
import { frameOf, Mapping } from '../../local/event-source-mapping/mapping';
import { onFailureBucket } from '../../local/event-source-mapping/on-failure';
import type { PollerOptions } from '../../local/event-source-mapping/poller';
import { DEFAULT_SWITCHES } from '../../local/event-source-mapping/switches';
import type { Observer } from '../../local/observer';
import type { MappingSettings } from '../../local/template/mappings';
import { Group } from '../kafka/group';
import type { SimulatedFunction } from '../lambda/function';
import { Sandbox } from '../lambda/sandbox';
import type { Heard } from '../load/orders';
import { SimulatedMember } from '../mapping/member';
import { BEGINNING } from '../kernel/trace';
import { RIGHT } from '../time/sandbox-clock';
import type { Functions } from './functions';
import type { Release } from './release';
import { BOOTSTRAP, CLUSTER, functionArnOf, onFailureOf, TOPIC } from './names';
import type { Settings } from './settings';
import type { Surroundings } from './surroundings';

/** One process of the mapping: a member of the group with what it holds. */
interface Poller {
  readonly mapping: Mapping;
  readonly member: SimulatedMember;
  readonly process: Sandbox;
}

/** One consumer: its function, its mapping with so many pollers, its group, and what its effect came to. */
export class ConsumerGroup {
  readonly group: Group;
  readonly consumer: SimulatedFunction;
  /** In the order in which they took place. */
  applications: (Application & { readonly key: string })[] = [];
  /** When each record of the table was settled, by its key: true time, whatever a sandbox's clock wrote into it. */
  readonly settledAt = new Map<string, number>();
  /** Time of the simulation at which a record was settled last. */
  lastSettledAt = 0;
  /** Records that the retention took before the group had committed past them, since the last window. */
  lapsed: Place[] = [];
  readonly #pollers: Poller[] = [];
  /** Of pollers that died: what they had under way is still counted when it ends. */
  readonly #gone: Mapping[] = [];
  #started = 0;
  #mappings = 1;

  constructor(
    readonly name: string,
    readonly effect: 'write' | 'call',
    private readonly index: number,
    private readonly functions: Functions,
    private readonly around: Surroundings,
    private readonly settings: Settings,
    private readonly observer: Observer,
  ) {
    const { scheduler, cluster } = around;
    this.group = new Group({ scheduler, cluster, topic: TOPIC, commits: index });
    this.consumer = functions.consumer(name, effect, (call) => this.applied(call));
  }

  applied({ id, key, partition, offset }: Heard): void {
    this.applications.push({ id, key, partition, offset, at: Math.floor(BEGINNING + this.around.scheduler.now) });
  }

  /** An item of its table was written. */
  written(key: string, item: Item | undefined): void {
    if (!item || !SETTLED.has(item[RECORD.state]) || this.settledAt.has(key)) return;
    this.lastSettledAt = this.around.scheduler.now;
    this.settledAt.set(key, Math.floor(BEGINNING + this.lastSettledAt));
  }

  /** The retention has taken these records of a partition; whether the group has read them or not. */
  gone(partition: number, from: number, to: number): void {
    const unread = Math.max(from, this.group.committed().get(partition) ?? 0);
    for (let offset = unread; offset < to; offset++) this.lapsed.push({ partition, offset });
  }

  /** It has not committed all that lies in the topic. */
  isBehind(): boolean {
    const committed = this.group.committed();
    return this.around.cluster.partitions(TOPIC).some((each) => {
      const { start, high } = each.committed();
      return Math.max(start, committed.get(each.number) ?? 0) < high;
    });
  }

  start(): void {
    for (let n = 0; n < this.settings.pollers; n++) this.#start();
  }

  get pollers(): readonly Pick<Poller, 'member'>[] {
    return this.#pollers;
  }

  /** Other code from now on. */
  deploy(release: Release): void {
    const hear = (call: Heard) => this.applied(call);
    this.consumer.deploy(this.functions.codeOf(this.name, this.effect, hear, release));
  }

  /** Somebody deletes the mapping; `start` makes it anew, with the same group. */
  remove(): void {
    for (const { mapping } of this.#pollers.splice(0)) {
      this.#gone.push(mapping);
      void mapping.stop();
    }
    this.#mappings++;
  }

  /** A poller dies with what it holds; another takes its place. */
  crash(which: number, afterMs: number): void {
    const poller = this.#pollers[which % this.#pollers.length];
    if (!poller) return;
    this.#pollers.splice(this.#pollers.indexOf(poller), 1);
    this.#gone.push(poller.mapping);
    poller.member.die();
    void poller.mapping.stop();
    poller.process.kill();
    const mappings = this.#mappings;
    // Of a mapping that is no more no poller starts again.
    this.around.scheduler.after(afterMs, () => {
      if (mappings === this.#mappings) this.#start();
    });
  }

  /** What the mapping has counted, whichever of its processes did. */
  counters(): MappingCounters {
    const sum = newCounters();
    for (const { counters } of [...this.#pollers.map(({ mapping }) => mapping), ...this.#gone]) {
      for (const name of Object.keys(counters) as (keyof MappingCounters)[]) sum[name] += counters[name];
    }
    return sum;
  }

  #start(): void {
    const { scheduler, chances, cluster, troubles } = this.around;
    const id = `${this.name}-${++this.#started}`;
    const chance = chances(`poller ${id}`);
    const process = new Sandbox({ scheduler, chance, wall: RIGHT, standsStill: false });
    const settings = this.#mappingSettings();
    const frame = frameOf({ settings, bootstrap: BOOTSTRAP });
    const bucket = onFailureOf(this.name);
    const objects = this.around.objectsOf(process);
    const switches = { ...DEFAULT_SWITCHES, ...this.settings.switches };
    const told = { uuid: settings.uuid, functionArn: settings.functionArn, frame, switches };
    let member: SimulatedMember | undefined;
    const mapping = new Mapping({
      ...{ settings, bootstrap: BOOTSTRAP, switches, observer: this.#watching(id), clock: process.clock },
      onFailure: onFailureBucket((name, body) => objects.putIfAbsent(bucket, name, body), told, process.clock),
      member: (options: PollerOptions) =>
        (member = new SimulatedMember(options, {
          ...{ id, scheduler, chance, cluster, group: this.group, troubles: troubles.mapping },
        })),
      // Of a poller that died it is still counted, and settles nothing.
      invoke: (payload) => this.consumer.invoke(payload),
      lag: () => Promise.resolve(0),
      log: (line) => this.around.log.info(line.replace(/\d+/g, '#')),
    });
    this.#pollers.push({ mapping, member: member!, process });
    void mapping.start();
  }

  /** A process that follows on another is another line of action. */
  #watching(id: string): Observer {
    return {
      record: (observation) => this.observer.record({ ...observation, process: `${id}, ${observation.process}` }),
    };
  }

  #mappingSettings(): MappingSettings {
    const { batchSize, windowMs, bisect, concurrency, retryLimit } = this.settings;
    return {
      ...{ logicalId: this.name, path: this.name, uuid: `00000000-0000-4000-8000-00000000000${this.index}` },
      ...{ functionId: this.name, functionArn: functionArnOf(this.name), clusterArn: CLUSTER },
      ...{ topic: TOPIC, group: this.name, start: { kind: 'TRIM_HORIZON' } },
      ...{ batchSize, windowMs, partialResponse: true, bisect, retryLimit, recordAgeLimitMs: undefined },
      onFailure: { kind: 'bucket', bucket: onFailureOf(this.name) },
      ...{ filters: undefined, concurrency },
    };
  }
}
