import type { Chance } from '../../faults/random';
import type { Scheduler } from '../kernel/scheduler';
import { BEGINNING } from '../kernel/trace';
import type { Broker } from './broker';
import { CODE, type Leadership, type Produced } from './protocol';
import { endOf, ReplicaLog, type Place, type Sequence, type StoredBatch, type StoredMessage } from './replica-log';

export interface PartitionOptions {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly brokers: readonly Broker[];
  readonly minInSync: number;
  readonly maxMessageBytes: number;
  /** A follower that has been behind for so long is no longer in sync. */
  readonly lagMs: number;
  /** Asks the controller for another set of replicas in sync. */
  readonly alter: (from: number, epoch: number, inSync: readonly number[]) => void;
  /** More can be read than before. */
  readonly visible: () => void;
}

interface Waiting {
  readonly base: number;
  readonly end: number;
  readonly answer: (code: number) => void;
}

/** What a broker knows while it leads. */
interface Leading {
  inSync: readonly number[];
  readonly ends: Map<number, number>;
  readonly caughtUpAt: Map<number, number>;
  waiting: Waiting[];
}

interface Replica {
  readonly broker: Broker;
  readonly log: ReplicaLog;
  view: Leadership;
  /** High watermark, as far as it knows. */
  high: number;
  leading: Leading | undefined;
}

const FETCH_MS = [0.5, 2] as const;
const SYNC_MS = 500;

/** One partition in all its replicas: appends, fetches of followers, the high watermark. Leadership comes from the controller. */
export class Partition {
  /** Clients may not write. */
  isDenied = false;
  readonly #replicas: ReadonlyMap<number, Replica>;
  readonly #fetching = new Set<number>();
  #lagIsWatched = false;
  #syncIsWatched = false;
  #expired: StoredBatch[] = [];

  constructor(
    readonly topic: string,
    readonly number: number,
    first: Leadership,
    private readonly options: PartitionOptions,
  ) {
    const replica = (broker: Broker): Replica => ({ broker, log: new ReplicaLog(), view: { leader: undefined, epoch: -1, inSync: [], version: -1 }, high: 0, leading: undefined }); // prettier-ignore
    this.#replicas = new Map(options.brokers.map((broker) => [broker.id, replica(broker)]));
    for (const { id } of options.brokers) this.learn(id, first);
  }

  /** A broker hears from the controller. */
  learn(id: number, told: Leadership): void {
    const replica = this.#replicas.get(id)!;
    if (told.version <= replica.view.version) return;
    const isNew = told.epoch > replica.view.epoch;
    replica.view = told;
    if (!isNew) {
      if (replica.leading) replica.leading.inSync = told.inSync;
      this.#watchSync();
      return this.#advance(replica);
    }
    for (const { answer } of replica.leading?.waiting ?? []) answer(CODE.notLeader);
    const { now } = this.options.scheduler;
    replica.leading =
      told.leader === id
        ? {
            inSync: told.inSync,
            ends: new Map(),
            caughtUpAt: new Map(told.inSync.map((other) => [other, now])),
            waiting: [],
          }
        : undefined;
    if (replica.leading) this.#followersFetch(replica);
    else this.#fetch(id);
    this.#watchSync();
  }

  /** What a broker holds in memory is gone with it. */
  died(id: number): void {
    const replica = this.#replicas.get(id)!;
    replica.leading = undefined;
    replica.view = { ...replica.view, leader: undefined, epoch: -1, version: -1 };
  }

  /** Connections or processes have changed: whoever waits for another tries again. */
  kick(): void {
    for (const id of this.#replicas.keys()) this.#fetch(id);
  }

  leadershipSeenBy(id: number): Leadership {
    return this.#replicas.get(id)!.view;
  }

  /** Answers once: the broker may have died, then never. */
  produce(
    id: number,
    messages: readonly StoredMessage[],
    {
      acks,
      sequence,
      timeoutMs,
    }: { readonly acks: -1 | 0 | 1; readonly sequence?: Sequence; readonly timeoutMs: number },
    answer: (produced: Produced) => void,
  ): void {
    const replica = this.#replicas.get(id)!;
    const refuse = (code: number) => answer({ code, base: -1 });
    const { leading } = replica;
    if (this.isDenied) return refuse(CODE.topicAuthorizationFailed);
    if (!leading) return refuse(CODE.notLeader);
    if (acks === -1 && leading.inSync.length < this.options.minInSync) return refuse(CODE.notEnoughReplicas);
    if (bytesOf(messages) > this.options.maxMessageBytes) return refuse(CODE.messageTooLarge);
    const known = sequence && replica.log.known(sequence, messages.length);
    if (known === 'gap') return refuse(CODE.outOfOrderSequence);
    const place = known ?? this.#append(replica, messages, sequence);
    if (acks !== -1) return answer({ code: CODE.none, base: place.base });
    this.#awaitFollowers(replica, leading, place, timeoutMs, answer);
  }

  /** What a consumer gets from this broker; undefined: it does not lead. */
  read(id: number, offset: number): { batches: StoredBatch[]; start: number; high: number } | undefined {
    const replica = this.#replicas.get(id)!;
    if (!replica.leading) return undefined;
    const { log, high } = replica;
    const batches = log.from(offset).filter((batch) => endOf(batch) <= high);
    return { batches, start: log.start, high };
  }

  /** What is committed, whoever holds it: for whoever judges the run. */
  committed(): { readonly batches: readonly StoredBatch[]; readonly start: number; readonly high: number } {
    const holders = [...this.#replicas.values()];
    const best = holders.reduce((a, b) => (b.high > a.high ? b : a));
    return {
      batches: best.log.from(best.log.start).filter((batch) => endOf(batch) <= best.high),
      start: best.log.start,
      high: best.high,
    };
  }

  /** The retention deletes whole batches below `offset`; whoever judges still sees them. @returns how many records */
  expire(offset: number): number {
    const { start, batches } = this.committed();
    this.trim(Math.min(offset, this.committed().high));
    const now = this.committed().start;
    this.#expired.push(...batches.filter(({ base }) => base < now));
    return now - start;
  }

  /** Of the first batch that was appended at that time or later, among what is committed; its end, if there is none. Epoch milliseconds. */
  firstSince(time: number): number {
    const { batches, high } = this.committed();
    return batches.find(({ timestamp }) => timestamp >= time)?.base ?? high;
  }

  /** What the retention has deleted since the last `forgetExpired`. */
  get expired(): readonly StoredBatch[] {
    return this.#expired;
  }

  forgetExpired(): void {
    this.#expired = [];
  }

  trim(offset: number): void {
    for (const { log } of this.#replicas.values()) log.trim(Math.min(offset, log.end));
  }

  /** All that was appended anywhere is in every replica, and nothing waits. */
  isSettled(): boolean {
    const ends = new Set([...this.#replicas.values()].map(({ log }) => log.end));
    return ends.size === 1 && [...this.#replicas.values()].every(({ leading }) => !leading || leading.waiting.length === 0); // prettier-ignore
  }

  #append({ log, view, broker }: Replica, messages: readonly StoredMessage[], sequence?: Sequence): Place {
    const timestamp = Math.floor(BEGINNING + this.options.scheduler.now);
    const batch: StoredBatch = { base: log.end, epoch: view.epoch, timestamp, messages, sequence };
    log.append(batch);
    const replica = this.#replicas.get(broker.id)!;
    this.#followersFetch(replica);
    this.#watchLag();
    return { base: batch.base, end: endOf(batch) };
  }

  #awaitFollowers(
    replica: Replica,
    leading: Leading,
    { base, end }: Place,
    timeoutMs: number,
    answer: (produced: Produced) => void,
  ): void {
    if (end <= replica.high) return answer({ code: CODE.none, base });
    const { scheduler } = this.options;
    const { life } = replica.broker;
    const waiting: Waiting = {
      base,
      end,
      answer: (code) => {
        cancel();
        if (replica.broker.life === life) answer({ code, base: code === CODE.none ? base : -1 });
      },
    };
    const cancel = scheduler.after(timeoutMs, () =>
      replica.broker.do(() => {
        if (!leading.waiting.includes(waiting)) return;
        leading.waiting = leading.waiting.filter((other) => other !== waiting);
        waiting.answer(CODE.timedOut);
      }),
    );
    leading.waiting.push(waiting);
    this.#advance(replica);
  }

  #followersFetch(leader: Replica): void {
    for (const id of this.#replicas.keys()) if (id !== leader.broker.id) this.#fetch(id);
    this.#advance(leader);
  }

  /** A follower asks its leader for what comes next. */
  #fetch(id: number): void {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    const { scheduler, chance } = this.options;
    scheduler.after(chance.between(...FETCH_MS), () => {
      this.#fetching.delete(id);
      this.#fetched(this.#replicas.get(id)!);
    });
  }

  #fetched(follower: Replica): void {
    const { id } = follower.broker;
    const leader = follower.view.leader === undefined ? undefined : this.#replicas.get(follower.view.leader);
    if (!leader || leader === follower) return;
    const isInTouch = () =>
      leader.broker.reaches(id) &&
      follower.broker.reaches(leader.broker.id) &&
      leader.leading !== undefined &&
      leader.view.epoch === follower.view.epoch;
    if (!isInTouch()) return;
    follower.log.agreeWith(leader.log);
    if (follower.log.end < leader.log.start) follower.log.beginAt(leader.log.start);
    // Its leader's log is where it begins, whatever it took below that while it thought that it led.
    follower.log.trim(leader.log.start);
    for (const batch of leader.log.from(follower.log.end)) follower.log.append(batch);
    follower.high = Math.min(leader.high, follower.log.end);
    const { end } = follower.log;
    const { scheduler, chance } = this.options;
    // With its next request it says how far it is.
    scheduler.after(chance.between(...FETCH_MS), () => {
      if (isInTouch()) this.#heard(leader, follower, end);
    });
  }

  #heard(leader: Replica, follower: Replica, end: number): void {
    const { leading, log } = leader;
    const { id } = follower.broker;
    if (!leading) return;
    leading.ends.set(id, Math.max(end, leading.ends.get(id) ?? 0));
    if (end >= log.end) leading.caughtUpAt.set(id, this.options.scheduler.now);
    const before = leader.high;
    this.#advance(leader);
    if (!leading.inSync.includes(id) && end >= leader.high) {
      // Until the controller has answered, it counts as in sync: elected, it must have everything.
      leading.inSync = [...leading.inSync, id];
      this.options.alter(leader.broker.id, leader.view.epoch, leading.inSync);
    }
    if (end < log.end || leader.high > before) this.#fetch(id);
  }

  #advance(leader: Replica): void {
    const { leading, log } = leader;
    // With fewer in sync than are asked for nothing more can be read (KIP-966).
    if (!leading || leading.inSync.length < this.options.minInSync) return;
    const ends = leading.inSync.map((id) => (id === leader.broker.id ? log.end : (leading.ends.get(id) ?? 0)));
    const high = Math.min(...ends);
    if (high > leader.high) {
      leader.high = high;
      this.options.visible();
    }
    const due = leading.waiting.filter(({ end }) => end <= leader.high);
    if (due.length === 0) return;
    leading.waiting = leading.waiting.filter(({ end }) => end > leader.high);
    for (const { answer } of due) answer(CODE.none);
  }

  /** Followers ask their leader all the time; here that matters where nothing is appended, and one is not yet in sync. */
  #watchSync(): void {
    if (this.#syncIsWatched) return;
    this.#syncIsWatched = true;
    this.options.scheduler.after(SYNC_MS, () => {
      this.#syncIsWatched = false;
      const outOfSync = [...this.#replicas.values()].filter(
        ({ leading }) => leading && leading.inSync.length < this.#replicas.size,
      );
      for (const leader of outOfSync) this.#followersFetch(leader);
      if (outOfSync.length > 0) this.#watchSync();
    });
  }

  /** As long as a follower in sync is behind, its leader looks whether it still moves. */
  #watchLag(): void {
    if (this.#lagIsWatched) return;
    this.#lagIsWatched = true;
    const { scheduler, lagMs, alter } = this.options;
    scheduler.after(lagMs / 2, () => {
      this.#lagIsWatched = false;
      let isBehind = false;
      for (const { leading, log, broker, view } of this.#replicas.values()) {
        if (!leading || broker.state !== 'up') continue;
        const behind = leading.inSync.filter((id) => id !== broker.id && (leading.ends.get(id) ?? 0) < log.end);
        const lost = behind.filter((id) => (leading.caughtUpAt.get(id) ?? 0) < scheduler.now - lagMs);
        if (lost.length > 0) alter(broker.id, view.epoch, leading.inSync.filter((id) => !lost.includes(id))); // prettier-ignore
        isBehind ||= behind.length > 0;
      }
      if (isBehind) this.#watchLag();
    });
  }
}

const bytesOf = (messages: readonly StoredMessage[]): number =>
  messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + 100, 0);
