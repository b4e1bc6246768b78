import type { Scheduler } from '../kernel/scheduler';
import type { Cluster } from './cluster';
import type { Partition } from './partition';
import { CODE } from './protocol';
import { endOf } from './replica-log';

/** A member as its coordinator knows it. */
export interface MemberOf {
  /** It has these partitions now; false: it is not there to hear it. */
  assign(partitions: readonly number[], generation: number): void;
  /** It answers heartbeats. */
  isAlive(): boolean;
}

export interface GroupOptions {
  readonly scheduler: Scheduler;
  readonly cluster: Cluster;
  readonly topic: string;
  /** Partition of the topic of commits in which its own lie. */
  readonly commits: number;
  /** From the first sign of a change until members have other partitions. */
  readonly rebalanceMs?: number;
  /** A member that does not answer for so long is put out. */
  readonly sessionMs?: number;
}

/** The topic in which commits lie. */
export const OFFSETS_TOPIC = '__consumer_offsets';

const COMMIT_MS = 5_000;
const HEARTBEAT_MS = 1_000;

/** The coordinator of one group: its members, their partitions, its commits, which lie in a replicated log. */
export class Group {
  generation = 0;
  rebalances = 0;
  readonly #members = new Map<string, { readonly member: MemberOf; heardAt: number }>();
  readonly #committed = new Map<number, number>();
  #readTo = 0;
  #pending = false;
  #watched = false;

  constructor(private readonly options: GroupOptions) {}

  join(id: string, member: MemberOf): void {
    this.#members.set(id, { member, heardAt: this.options.scheduler.now });
    this.#rebalance();
    this.#watch();
  }

  leave(id: string): void {
    if (this.#members.delete(id)) this.#rebalance();
  }

  /** Everybody has to join anew, and may get other partitions. */
  rebalance(): void {
    this.#rebalance();
  }

  /**
   * A member commits, through the broker that coordinates; also while the group waits for its members to join anew.
   * @returns whether the group has it; false also when nobody can tell
   */
  commit(id: string, generation: number, offsets: ReadonlyMap<number, number>): Promise<'ok' | 'failed' | 'stale'> {
    if (generation !== this.generation || !this.#members.has(id)) return Promise.resolve('stale');
    const log = this.#log;
    const coordinator = this.#coordinator;
    if (coordinator === undefined) return Promise.resolve('failed');
    const value = Buffer.from(JSON.stringify([...offsets]));
    return new Promise((resolve) => {
      const over = this.options.scheduler.after(COMMIT_MS, () => resolve('failed'));
      this.options.cluster.broker(coordinator)!.do(() =>
        log.produce(
          coordinator,
          [{ key: null, value, headers: {} }],
          { acks: -1, timeoutMs: COMMIT_MS },
          ({ code }) => {
            over();
            resolve(code === CODE.none ? 'ok' : 'failed');
          },
        ),
      );
    });
  }

  /** The group's offsets: what lies in the log below its high watermark. */
  committed(): ReadonlyMap<number, number> {
    const { batches, high } = this.#log.committed();
    for (const { base, messages } of batches) {
      if (base < this.#readTo) continue;
      for (const { value } of messages) {
        for (const [partition, offset] of JSON.parse(String(value)) as [number, number][])
          this.#committed.set(partition, offset);
      }
    }
    this.#readTo = high;
    if (batches.length > 100) this.#log.trim(endOf(batches.at(-1)!));
    return this.#committed;
  }

  get #log(): Partition {
    return this.options.cluster.partitions(OFFSETS_TOPIC)[this.options.commits]!;
  }

  /** The broker that leads the log of commits, if clients reach it. */
  get #coordinator(): number | undefined {
    const { leader } = this.options.cluster.controller.leadership(this.#log);
    return leader !== undefined && this.options.cluster.broker(leader)!.reaches('clients') ? leader : undefined;
  }

  #rebalance(): void {
    if (this.#pending) return;
    this.#pending = true;
    const { scheduler, rebalanceMs = 2_000 } = this.options;
    scheduler.after(rebalanceMs, () => this.#assign());
  }

  #assign(): void {
    // Without its coordinator a group stays as it is.
    if (this.#coordinator === undefined) {
      this.options.scheduler.after(HEARTBEAT_MS, () => this.#assign());
      return;
    }
    this.#pending = false;
    this.generation++;
    this.rebalances++;
    const members = [...this.#members.values()].map(({ member }) => member);
    const { length } = this.options.cluster.partitions(this.options.topic);
    const all = Array.from({ length }, (_, number) => number);
    members.forEach((member, n) => {
      const mine = all.filter((number) => (number + this.generation) % members.length === n);
      member.assign(mine, this.generation);
    });
  }

  /** Puts out members that do not answer. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    const { scheduler, sessionMs = 10_000 } = this.options;
    scheduler.after(HEARTBEAT_MS * 5, () => {
      this.#watched = false;
      for (const [id, entry] of this.#members) {
        if (entry.member.isAlive()) entry.heardAt = scheduler.now;
        else if (scheduler.now - entry.heardAt >= sessionMs) this.leave(id);
      }
      if (this.#members.size > 0) this.#watch();
    });
  }
}
