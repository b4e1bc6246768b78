import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Outcome } from '../function-host';
import type { Observer } from '../observer';
import type { MappingSettings } from '../template/mappings';
import { Committed } from './committed';
import { newCounters, type MappingCounters } from './counters';
import { Dispatcher } from './dispatcher';
import { readFilter } from './filter';
import { Lane, type Accepted, type Chunk } from './lane';
import type { Position } from './member';
import type { OnFailureDestination } from './on-failure';
import type { PollerOptions } from './poller';
import { encodeRecord, type EventFrame, type RecordFormat } from './record';
import { DEFAULT_SWITCHES, type MappingSwitches } from './switches';
import { watchFor, type Watch } from './watch';

/** A running event source mapping from one topic to one function. */
export interface LocalMapping {
  /** Logical id. */
  readonly id: string;
  readonly topic: string;
  readonly group: string;
  readonly functionId: string;
  readonly counters: Readonly<MappingCounters>;
  /** Records between the committed offsets and the end of the log, over all partitions. */
  lag(): Promise<number>;
  /** Makes no further invocations; those under way end as usual. */
  pause(): void;
  resume(): void;
  /** Ends as a poller that dies: what is in flight is neither settled nor committed. */
  stop(): Promise<void>;
}

/** A place in the consumer group: reads what is assigned to it, and commits. */
export interface GroupMember {
  /** Resolves when the first assignment is in place. */
  start(): Promise<void>;
  /** Resolves true when the group has these offsets; false when it must be tried again. Never rejects. */
  commit(offsets: ReadonlyMap<number, number>): Promise<boolean>;
  pause(partition: number): void;
  resume(partition: number): void;
  stop(): Promise<void>;
}

/** What a mapping needs of the world. */
export interface MappingParts {
  readonly settings: MappingSettings;
  /** Comma-separated `host:port`. */
  readonly bootstrap: string;
  readonly switches?: Partial<MappingSwitches>;
  readonly observer?: Observer;
  readonly clock: Pick<Clock, 'now' | 'sleep' | 'timer' | 'soon' | 'uuid'>;
  /** Undefined: what the mapping gives up is dropped. */
  readonly onFailure: OnFailureDestination | undefined;
  /** Opens nothing before it is started. */
  member(options: PollerOptions): GroupMember;
  /** Brings a synchronous invocation to its end; never rejects. */
  invoke(payload: string): Promise<Outcome>;
  /** Records between the committed offsets and the end of the log, over all partitions. */
  lag(): Promise<number>;
  log(line: string): void;
}

/** What is the same in every event of the mapping. */
export const frameOf = ({ settings, bootstrap }: Pick<MappingParts, 'settings' | 'bootstrap'>): EventFrame => ({
  eventSourceArn: settings.clusterArn,
  bootstrapServers: bootstrap,
  topic: settings.topic,
});

/** Records or bytes of one partition waiting here at which fetching pauses, and goes on again at half of it. */
const HIGH_WATER = { records: 5_000, bytes: 12 * 1024 * 1024 };
const COMMIT_AGAIN_MS = 200;

/**
 * One member of a group from its records to its commits: what it holds of each partition, what it hands to the function, what may be
 * committed. Reads no socket and no clock of its own.
 */
export class Mapping implements LocalMapping {
  readonly id: string;
  readonly topic: string;
  readonly group: string;
  readonly functionId: string;
  readonly counters = newCounters();
  readonly #dispatcher: Dispatcher;
  readonly #poller: GroupMember;
  readonly #watch: Watch;
  /** What the group has, as the brokers confirmed it. */
  readonly #committed = new Committed();
  #committing = false;
  #stopped = false;

  constructor(private readonly parts: MappingParts) {
    const { settings, bootstrap, clock, onFailure } = parts;
    const log = (line: string) => parts.log(line);
    const { topic, group, start } = settings;
    this.id = settings.logicalId;
    this.topic = topic;
    this.group = group;
    this.functionId = settings.functionId;
    const switches = { ...DEFAULT_SWITCHES, ...parts.switches };
    this.#watch = watchFor(parts.observer, group, clock);
    const filter = settings.filters && readFilter(settings.filters, switches);
    const format: RecordFormat = { topic, filter, nullKey: switches.nullKey, nullValue: switches.nullValue };
    this.#dispatcher = new Dispatcher(settings, switches, frameOf(parts), this.counters, {
      invoke: (payload) => parts.invoke(payload),
      giveUp: onFailure && ((given) => onFailure.deliver(given)),
      moved: () => this.#moved(),
      watch: this.#watch,
      log,
      now: () => clock.now(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      timer: (ms, ring) => clock.timer(ms, ring),
    });
    this.#poller = parts.member({
      ...{ bootstrap, topic, group, start },
      encode: (partition, message) => encodeRecord(format, partition, message),
      holds: (partition) => this.#dispatcher.lanes.has(partition),
      assigned: (positions) => this.#assigned(positions),
      chunk: (chunk) => this.#chunk(chunk),
      gone: (partition, logStart) => this.#gone(partition, logStart),
      shorter: (partition, end, committed) =>
        log(
          `mapping of ${topic}: the log of partition ${partition} ends at ${end}, before the committed offset ${committed}`,
        ),
      failed: (what, error) => {
        if (what === 'commit') this.counters.CommitErrorCount++;
        else this.counters.PollingErrorCount++;
        log(`mapping of ${topic}: ${what} failed and is tried again: ${String(error)}`);
      },
    });
  }

  start(): Promise<void> {
    return this.#poller.start();
  }

  lag(): Promise<number> {
    return this.parts.lag();
  }

  pause(): void {
    this.#dispatcher.pause();
  }

  resume(): void {
    this.#dispatcher.resume();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dispatcher.stop();
    await this.#poller.stop();
    await this.parts.onFailure?.close();
  }

  #assigned(positions: ReadonlyMap<number, Position>): ReadonlyMap<number, number> {
    const { lanes } = this.#dispatcher;
    this.#watch.assigned();
    for (const partition of [...lanes.keys()]) if (!positions.has(partition)) this.#dispatcher.remove(partition);
    for (const [partition, position] of positions) {
      this.#committed.assigned(partition, position);
      const lane = lanes.get(partition);
      if (lane) lane.drop(position.offset);
      else this.#dispatcher.add(new Lane(partition, position.offset));
    }
    this.counters.CommittedEventCount = this.#committed.records;
    this.parts.clock.soon(() => this.#moved());
    return new Map([...lanes.values()].map(({ partition, next }) => [partition, next]));
  }

  #chunk(chunk: Chunk): Accepted | undefined {
    const lane = this.#dispatcher.lanes.get(chunk.partition);
    if (!lane) return undefined;
    const accepted = lane.accept(chunk, this.parts.clock.now());
    const where = `mapping of ${this.topic}: partition ${chunk.partition}`;
    switch (accepted.kind) {
      case 'ahead':
        this.parts.log(`${where}: the client went on at ${chunk.fetchedOffset}, reading again from ${accepted.next}`);
        return accepted;
      case 'rewritten':
        this.parts.log(
          `${where}: the log was cut off at ${accepted.from} and written anew, records up to ${accepted.until - 1} that were read are gone`,
        );
        this.#commitAgain(chunk.partition);
        break;
      case 'taken':
        // The client went back by itself, and may have overwritten what the group had committed.
        if (accepted.count === 0) this.#commitAgain(chunk.partition);
        break;
    }
    this.counters.PolledEventCount += accepted.count;
    this.counters.FilteredOutEventCount += accepted.filteredOut;
    if (accepted.filteredOut > 0) this.#moved();
    this.#throttle(lane);
    this.#dispatcher.pump();
    return accepted;
  }

  #commitAgain(partition: number): void {
    this.#committed.doubt(partition);
    this.#moved();
  }

  #gone(partition: number, logStart: number): void {
    const lane = this.#dispatcher.lanes.get(partition);
    if (!lane) return;
    this.parts.log(
      `mapping of ${this.topic}: partition ${partition}: records ${lane.next} to ${logStart - 1} are gone from the log before they were read`,
    );
    lane.skipTo(logStart);
  }

  #throttle(lane: Lane): void {
    const { queued, queuedBytes, partition } = lane;
    const { records, bytes } = HIGH_WATER;
    if (queued > records || queuedBytes > bytes) this.#poller.pause(partition);
    else if (queued * 2 < records && queuedBytes * 2 < bytes) this.#poller.resume(partition);
  }

  #moved(): void {
    for (const lane of this.#dispatcher.lanes.values()) this.#throttle(lane);
    if (this.#committing) return;
    this.#commit().catch((error: unknown) =>
      this.parts.log(`mapping of ${this.topic}: commits ended by a defect: ${String(error)}`),
    );
  }

  /** Commits what has moved, and again what moved meanwhile: one request at a time for all partitions. */
  async #commit(): Promise<void> {
    this.#committing = true;
    try {
      for (let due = this.#due(); due.size > 0 && !this.#stopped; due = this.#due()) {
        const ended = this.#watch.committing(due);
        const confirmed = await this.#poller.commit(due);
        ended(confirmed);
        if (confirmed) this.#confirmed(due);
        else await this.parts.clock.sleep(COMMIT_AGAIN_MS);
      }
    } finally {
      // In the same turn as the last look at what is due: a move in between would find nobody to commit it.
      this.#committing = false;
    }
  }

  #confirmed(offsets: ReadonlyMap<number, number>): void {
    this.#committed.confirmed(offsets);
    this.counters.CommittedEventCount = this.#committed.records;
  }

  #due(): Map<number, number> {
    const due = new Map<number, number>();
    for (const { partition, position } of this.#dispatcher.lanes.values()) {
      if (!this.#committed.isAt(partition, position)) due.set(partition, position);
    }
    return due;
  }
}
