import type { Chance } from '../../faults/random';
import type { Chunk } from '../../local/event-source-mapping/lane';
import type { GroupMember } from '../../local/event-source-mapping/mapping';
import type { PollerOptions } from '../../local/event-source-mapping/poller';
import type { Cluster } from '../kafka/cluster';
import type { Group } from '../kafka/group';
import type { Partition } from '../kafka/partition';
import { endOf, type StoredBatch } from '../kafka/replica-log';
import type { Scheduler } from '../kernel/scheduler';
import type { Troubles } from '../kernel/troubles';

export type MappingTrouble =
  /** The group has the commit, and the mapping does not hear of it. */
  | 'commit-answer-lost'
  /** The commit does not come to the coordinator. */
  | 'commit-lost';

export interface MemberParts {
  readonly id: string;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly cluster: Cluster;
  readonly group: Group;
  readonly troubles: Troubles<MappingTrouble>;
}

const FETCH_MS = [1, 5] as const;
const COMMIT_MS = [1, 5] as const;
const AGAIN_MS = 500;
/** Records of one fetch. */
const MOST = 2_000;
const LOG_APPEND_TIME = 1;

/** A poller's place in the group: fetches from the leaders, commits with the generation it has. */
export class SimulatedMember implements GroupMember {
  /** It stands still: it fetches nothing and answers no heartbeat, and does not know of it. */
  stopped = false;
  #generation = -1;
  #closed = false;
  #ready: () => void = () => undefined;
  /** Where it reads on, by partition. */
  readonly #positions = new Map<number, number>();
  readonly #paused = new Set<number>();
  readonly #fetching = new Set<number>();
  readonly #listening = new Map<number, () => void>();

  constructor(
    private readonly options: PollerOptions,
    private readonly parts: MemberParts,
  ) {}

  start(): Promise<void> {
    this.#join();
    return new Promise((resolve) => (this.#ready = resolve));
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { scheduler, chance, group, troubles, id } = this.parts;
    const generation = this.#generation;
    await scheduler.sleep(chance.between(...COMMIT_MS));
    if (this.#closed) return false;
    if (troubles.happens('commit-lost')) return this.#failed(new Error('commit: no answer'));
    const result = await group.commit(id, generation, offsets);
    if (troubles.happens('commit-answer-lost')) return this.#failed(new Error('commit: no answer'));
    if (result === 'stale' && generation === this.#generation) {
      this.#failed(new Error('commit: ILLEGAL_GENERATION'));
      this.#join();
      return false;
    }
    return result === 'ok' || this.#failed(new Error(`commit: ${result}`));
  }

  pause(partition: number): void {
    this.#paused.add(partition);
  }

  resume(partition: number): void {
    if (this.#paused.delete(partition)) this.#fetch(partition);
  }

  /** It is gone without a word: its group learns of it when it answers no more. */
  die(): void {
    this.stopped = true;
    this.#closed = true;
  }

  stop(): Promise<void> {
    if (!this.#closed) this.parts.group.leave(this.parts.id);
    this.#closed = true;
    for (const end of this.#listening.values()) end();
    this.#listening.clear();
    this.#positions.clear();
    return Promise.resolve();
  }

  /** It goes on after it stood still. */
  goOn(): void {
    // The dead stay dead: one that seemed alive would keep its partitions for ever.
    if (this.#closed) return;
    this.stopped = false;
    for (const partition of this.#positions.keys()) this.#fetch(partition);
    this.#join();
  }

  #failed(error: Error): false {
    this.options.failed('commit', error);
    return false;
  }

  #join(): void {
    if (this.#closed) return;
    this.parts.group.join(this.parts.id, {
      isAlive: () => !this.stopped,
      assign: (partitions, generation) => {
        if (!this.stopped && !this.#closed) this.#assigned(partitions, generation);
      },
    });
  }

  #assigned(mine: readonly number[], generation: number): void {
    const { cluster, group } = this.parts;
    this.#generation = generation;
    for (const end of this.#listening.values()) end();
    this.#listening.clear();
    this.#positions.clear();
    const committed = group.committed();
    const positions = new Map(
      mine.map((partition) => {
        const offset = committed.get(partition);
        return [partition, { offset: offset ?? 0, committed: offset !== undefined }] as const;
      }),
    );
    const partitions = cluster.partitions(this.options.topic);
    for (const [number, offset] of this.options.assigned(positions)) {
      const partition = partitions[number]!;
      const { start } = partition.committed();
      if (start > offset) this.options.gone(number, start);
      this.#positions.set(number, Math.max(start, offset));
      this.#listening.set(number, cluster.onVisible(partition, () => this.#fetch(number))); // prettier-ignore
      this.#fetch(number);
    }
    this.#ready();
  }

  #fetch(number: number, afterMs?: number): void {
    if (this.#fetching.has(number) || !this.#positions.has(number)) return;
    this.#fetching.add(number);
    const { scheduler, chance } = this.parts;
    scheduler.after(afterMs ?? chance.between(...FETCH_MS), () => {
      this.#fetching.delete(number);
      this.#fetched(number);
    });
  }

  #fetched(number: number): void {
    const from = this.#positions.get(number);
    if (from === undefined || this.stopped || this.#closed || this.#paused.has(number)) return;
    const partition = this.parts.cluster.partitions(this.options.topic)[number]!;
    const read = this.#read(partition, from);
    if (read === undefined) return this.#fetch(number, AGAIN_MS);
    if (read.start > from) {
      this.options.gone(number, read.start);
      this.#positions.set(number, read.start);
      return this.#fetch(number);
    }
    if (read.batches.length === 0) return;
    const chunk = this.#chunk(number, from, read.batches);
    const accepted = this.options.chunk(chunk);
    if (accepted === undefined) return;
    const next = accepted.kind === 'ahead' ? accepted.next : chunk.lastOffset + 1;
    this.#positions.set(number, next);
    this.#fetch(number);
  }

  /** From the leader, if this poller reaches it. */
  #read(partition: Partition, from: number): ReturnType<Partition['read']> {
    const { cluster } = this.parts;
    const { leader } = cluster.controller.leadership(partition);
    if (leader === undefined || !cluster.broker(leader)!.reaches('clients')) return undefined;
    return partition.read(leader, from);
  }

  #chunk(partition: number, fetchedOffset: number, batches: readonly StoredBatch[]): Chunk {
    const taken: StoredBatch[] = [];
    let count = 0;
    for (const batch of batches) {
      if (count > 0 && count + batch.messages.length > MOST) break;
      taken.push(batch);
      count += batch.messages.length;
    }
    const records = taken.flatMap(({ base, epoch, timestamp, messages }) =>
      messages.flatMap((message, n) => {
        if (base + n < fetchedOffset) return [];
        const batchContext = { partitionLeaderEpoch: epoch, timestampType: LOG_APPEND_TIME };
        const given = { ...message, offset: String(base + n), timestamp: String(timestamp), attributes: 0, batchContext }; // prettier-ignore
        return [this.options.encode(partition, given)];
      }),
    );
    return { partition, fetchedOffset, lastOffset: endOf(taken.at(-1)!) - 1, records };
  }
}
