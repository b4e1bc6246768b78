import { setMaxListeners } from 'node:events';
import type { Outcome } from '../function-host';
import { PAYLOAD_LIMIT } from '../runtime-api';
import type { MappingSettings } from '../template/mappings';
import { assemble, type BatchLimits } from './batch';
import type { MappingCounters } from './counters';
import type { Lane } from './lane';
import type { GivenUp } from './on-failure';
import { afterInvocation, backoffMs, splitByAge, type Attempt, type OutcomePolicy } from './outcome';
import { encodeEvent, frameBytes, type EventFrame, type Records } from './record';
import type { MappingSwitches } from './switches';
import type { Watch } from './watch';

/** What a dispatcher needs of the world. */
export interface DispatcherPorts {
  invoke(payload: string): Promise<Outcome>;
  /** Delivers to the on-failure destination; rejects when that did not confirm. Undefined: there is none. */
  readonly giveUp: ((given: GivenUp) => Promise<void>) | undefined;
  /** Positions to commit may have moved, and lanes may have room again. */
  moved(): void;
  log(line: string): void;
  /** Is told of deliveries and what became of them. */
  readonly watch: Watch;
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls `ring` after `ms`, unless what it returns is called before. */
  timer(ms: number, ring: () => void): () => void;
}

/** Further deliveries to a destination that refused, where the switch says so. */
const DELIVERED_AGAIN = 5;

/**
 * Hands the records of the lanes to the function: one batch in flight per partition, whatever failed again before
 * anything newer of its partition, and nothing settled but by an answer, a delivery to the destination, or a counted
 * drop.
 */
export class Dispatcher {
  readonly #lanes = new Map<number, Lane>();
  readonly #policy: OutcomePolicy;
  readonly #limits: BatchLimits;
  readonly #stop = new AbortController();
  /** Redeliveries that have rested and wait for their lanes to be free. */
  readonly #rested = new Set<{ readonly lanes: readonly Lane[]; look: () => void }>();
  #cancelTimer: () => void = () => undefined;
  #paused = false;
  /** Batches being invoked or given up; those that rest before a retry hold their lanes but no place. */
  #active = 0;
  /** Redeliveries that hold their lanes and want a place, in the order in which they came. */
  readonly #redeliveries: (() => void)[] = [];
  /** Places go to a redelivery and to a new batch by turns: those that fail on and on keep no other partition out. */
  #newBatchFirst = false;

  constructor(
    private readonly settings: MappingSettings,
    private readonly switches: MappingSwitches,
    private readonly frame: EventFrame,
    private readonly counters: MappingCounters,
    private readonly ports: DispatcherPorts,
  ) {
    const { partialResponse, bisect, retryLimit, topic, batchSize, windowMs } = settings;
    setMaxListeners(0, this.#stop.signal); // every batch that rests listens to it
    this.#policy = { topic, partialResponse, bisect, retryLimit, switches };
    this.#limits = { batchSize, windowMs, maxBytes: PAYLOAD_LIMIT - frameBytes(frame) };
  }

  get lanes(): ReadonlyMap<number, Lane> {
    return this.#lanes;
  }

  add(lane: Lane): void {
    this.#lanes.set(lane.partition, lane);
  }

  /** The partition went to another member: what is in flight here settles nothing any more. */
  remove(partition: number): void {
    const lane = this.#lanes.get(partition);
    if (lane) lane.owned = false;
    this.#lanes.delete(partition);
  }

  /** Makes no further batches; those under way go on to their end. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.pump();
  }

  /** Lets go of everything at once: what is in flight settles nothing any more. */
  stop(): void {
    this.#stop.abort();
    this.#cancelTimer();
    for (const partition of [...this.#lanes.keys()]) this.remove(partition);
    while (this.#redelivery());
  }

  /** Makes the batches that can be made now; to be called when records arrived. */
  pump(): void {
    this.#pumpBut(new Set());
  }

  #pumpBut(awaited: ReadonlySet<Lane>): void {
    this.#cancelTimer();
    while (!this.#stop.signal.aborted && this.#active < this.settings.concurrency) {
      const filled = this.#newBatchFirst
        ? this.#newBatch(awaited) || this.#redelivery()
        : this.#redelivery() || this.#newBatch(awaited);
      if (!filled) return;
    }
  }

  /** Gives a place to the redelivery that has waited longest. @returns false when there is none */
  #redelivery(): boolean {
    const go = this.#redeliveries.shift();
    if (go === undefined) return false;
    this.#active++;
    this.#newBatchFirst = true;
    go();
    return true;
  }

  /** Gives a place to a batch of records that were not delivered yet. @returns false when none can be made now */
  #newBatch(awaited: ReadonlySet<Lane>): boolean {
    if (this.#paused) return false;
    const lanes = [...this.#lanes.values()].filter((lane) => !awaited.has(lane));
    const next = assemble(lanes, this.#limits, this.frame, this.ports.now());
    if (next.kind === 'wait') {
      if (next.until === undefined) return false;
      this.#cancelTimer();
      this.#cancelTimer = this.ports.timer(Math.max(0, next.until - this.ports.now()), () => this.pump());
      return false;
    }
    const records = next.kind === 'batch' ? next.records : [next.record];
    const held = this.#hold(records);
    this.#active++;
    this.#newBatchFirst = false;
    const ended = next.kind === 'batch' ? this.#deliver(records, held) : this.#tooLarge(records, held);
    ended.then(
      () => {
        this.#active--;
        this.#release(held, held.values());
      },
      (error: unknown) => {
        // Its partitions stay held: better a lag for ever than an offset committed past a record without an end.
        this.#active--;
        this.ports.log(
          `mapping of ${this.settings.topic}: a defect stopped ${records.length} records: ${String(error)}`,
        );
      },
    );
    return true;
  }

  /** Lanes of a batch, by partition: they are busy until they are released. */
  #hold(records: Records): Map<number, Lane> {
    const partitions = new Set(records.map(({ partition }) => partition));
    return new Map([...partitions].map((partition) => [partition, this.#lanes.get(partition)!]));
  }

  /** Brings these records to an end, whatever it takes, for as long as their lanes are owned. */
  async #deliver(records: Records, held: Map<number, Lane>): Promise<void> {
    const lanes: ReadonlyMap<number, Lane> = new Map(held);
    const work: Attempt[] = [{ records, retries: 0, invocations: 0 }];
    let outcome: Outcome | undefined;
    for (let attempt = work.shift(); attempt; attempt = work.shift()) {
      const { invocations } = attempt;
      const owned = attempt.records.filter(({ partition }) => lanes.get(partition)?.owned);
      const { young, tooOld } = splitByAge(owned, this.settings.recordAgeLimitMs, this.ports.now());
      if (tooOld.length > 0) {
        await this.#giveUp({ records: tooOld, condition: 'RecordAgeExceeded', invocations, outcome }, lanes);
      }
      if (young.length > 0) {
        outcome = await this.#invoke(young, invocations > 0);
        if (this.#stop.signal.aborted) return; // what it says of a function that was ended with us decides nothing
        const next = afterInvocation({ ...attempt, records: young }, outcome, this.#policy);
        this.counters.FailedInvokeEventCount += young.length - next.settled.length;
        this.#settle(next.settled, lanes);
        if (next.exhausted.length > 0) {
          const condition = 'RetryAttemptsExhausted';
          await this.#giveUp({ records: next.exhausted, condition, invocations: invocations + 1, outcome }, lanes);
        }
        work.unshift(...next.again);
        this.#releaseAllBut(held, work);
        if (next.again.length > 0) await this.#rest(backoffMs(this.switches.retryBackoff, invocations + 1), held);
      }
    }
  }

  async #invoke(records: Records, again: boolean): Promise<Outcome> {
    const ended = this.ports.watch.delivered(records, again);
    const outcome = await this.ports.invoke(encodeEvent(this.frame, records));
    ended(outcome);
    if (outcome.kind === 'throttle') return outcome;
    this.counters.InvokedEventCount += records.length;
    if (outcome.kind !== 'success') this.counters.InvokeErrorCount++;
    return outcome;
  }

  #tooLarge(records: Records, held: ReadonlyMap<number, Lane>): Promise<void> {
    return this.#giveUp({ records, condition: 'MaximumPayloadSizeExceeded', invocations: 0, outcome: undefined }, held);
  }

  async #giveUp(given: GivenUp, lanes: ReadonlyMap<number, Lane>): Promise<void> {
    const count = given.records.length;
    try {
      await this.#deliverGivenUp(given);
      this.counters.OnFailureDestinationDeliveredEventCount += count;
      this.ports.watch.givenUp(given.records, 'ok');
    } catch (error) {
      // Lambda counts these as dropped and goes on: that they are gone is what a rule or an alarm has to see.
      this.counters.DroppedEventCount += count;
      this.ports.watch.givenUp(given.records, 'fail');
      this.ports.log(
        `mapping of ${this.settings.topic}: dropped ${count} records (${given.condition}): ${String(error)}`,
      );
    }
    this.#settle(given.records, lanes);
  }

  /** Rejects when the destination has not confirmed, after as many tries as the switch says. */
  async #deliverGivenUp(given: GivenUp): Promise<void> {
    const { refusedDelivery, retryBackoff } = this.switches;
    if (!this.ports.giveUp) throw new Error('the mapping has no on-failure destination');
    for (let tries = 1; ; tries++) {
      try {
        return await this.ports.giveUp(given);
      } catch (error) {
        this.counters.OnFailureDestinationDeliveryErrorCount++;
        if (refusedDelivery === 'dropped-at-once' || tries > DELIVERED_AGAIN || this.#stop.signal.aborted) throw error;
      }
      await this.ports.sleep(backoffMs(retryBackoff, tries), this.#stop.signal);
    }
  }

  #settle(records: Records, lanes: ReadonlyMap<number, Lane>): void {
    for (const { partition, offset } of records) lanes.get(partition)?.settle(offset);
    if (records.length > 0) this.ports.moved();
  }

  /** Waits before a retry. Where the switch says so, newer records of its partitions may go first. */
  async #rest(ms: number, held: Map<number, Lane>): Promise<void> {
    const waiting = [...held.values()];
    this.#active--;
    if (this.switches.newerBeforeRedelivery) this.#release(held, waiting);
    else queueMicrotask(() => this.pump()); // its place is free for other partitions
    await this.ports.sleep(ms, this.#stop.signal);
    const rested = { lanes: waiting, look: () => undefined as void };
    this.#rested.add(rested);
    while (this.switches.newerBeforeRedelivery && waiting.some(({ busy, owned }) => busy && owned)) {
      await new Promise<void>((resolve) => (rested.look = resolve));
    }
    this.#rested.delete(rested);
    for (const lane of waiting) {
      lane.busy = true;
      held.set(lane.partition, lane);
    }
    await this.#place();
  }

  /** Waits for a place, which is the caller's then. A mapping that stops has room for all: nothing is delivered any more. */
  #place(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stop.signal.aborted) {
        this.#active++;
        return resolve();
      }
      this.#redeliveries.push(resolve);
      this.pump();
    });
  }

  #releaseAllBut(held: Map<number, Lane>, work: readonly Attempt[]): void {
    const needed = new Set(work.flatMap(({ records }) => records.map(({ partition }) => partition)));
    this.#release(
      held,
      [...held.values()].filter(({ partition }) => !needed.has(partition)),
    );
  }

  #release(held: Map<number, Lane>, lanes: Iterable<Lane>): void {
    for (const lane of [...lanes]) {
      lane.busy = false;
      held.delete(lane.partition);
    }
    // Redeliveries that wait for one another do not keep records of other partitions from every place.
    if (this.#rested.size > 0) this.#pumpBut(new Set([...this.#rested].flatMap((rested) => rested.lanes)));
    for (const { look } of this.#rested) look();
    // After those that wait for a retry: they come first.
    queueMicrotask(() => this.pump());
  }
}
