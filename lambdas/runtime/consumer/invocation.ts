import { setMaxListeners } from 'node:events';
import { RECORD } from '../contract';
import { deliveryOf } from '../idempotency/delivery';
import { foundBy } from '../idempotency/record';
import { settledBefore } from '../idempotency/verdict';
import { beginDelivery, type PartitionLedger, type SettledAs } from '../ledger';
import { isOpen } from '../ledger/breaker';
import { within } from '../time/within';
import { afterHang, exhausted } from './attempt';
import { Breaker } from './breaker';
import { settleWithCare, type Mark } from './careful';
import { HeldClaims } from './held-claims';
import { batchLeft, breakerClosed, killerFound } from './lines';
import type { ConsumerRecord, RecordBatch } from '../event/records';
import { Running } from './running';
import { settleInKeyOrder, type SettledRecords, type Steps } from './settle';
import { attemptPlace, stepsOf, type InvocationPlace, type StepsPlace, type UserCode } from './steps';
import { workOn, type Work } from './work';

/**
 * Settles what it can of a batch before the time margin. What it returns is settled, recorded so, and counted in the
 * ledgers; the rest has to be delivered again.
 *
 * @param leftMs - milliseconds until the function is killed
 */
export async function settleBatch<T>(
  batch: RecordBatch,
  user: UserCode<T>,
  place: InvocationPlace,
  leftMs: number,
): Promise<SettledRecords> {
  const { clock, environment } = place;
  const settled: SettledRecords = new Map();
  const workMs = leftMs - environment.timeMarginMs;
  if (workMs <= 0) {
    const records = [...batch.partitions.values()].flat();
    batchLeft(
      place.log,
      records.length,
      records.map(() => ({})),
    );
    return settled;
  }
  const stop = new AbortController();
  // One for each pause that the answer must not wait for.
  setMaxListeners(0, stop.signal);
  const invocation = new Invocation(batch, user, place, stop.signal, leftMs);
  try {
    // Whatever hangs, the answer leaves in time; what it left under way can only settle records that are delivered again.
    await Promise.race([invocation.run(settled), clock.sleep(workMs, stop.signal)]);
  } finally {
    stop.abort();
  }
  return invocation.end(settled);
}

/** Of the time to work: ten thousand events are read in a hundred requests, and a slow table must leave time to write. */
const LOOK_UP_SHARE = 0.25;

class Invocation<T> {
  private readonly id: string;
  private readonly works: readonly Work[];
  private readonly ledgers = new Map<string, PartitionLedger>();
  private readonly running: Running;
  private readonly claims: HeldClaims;
  /** Once the delivery has begun. */
  private steps?: StepsPlace;
  /** When the function is killed, by what nobody sets. */
  private readonly untilMs: number;

  constructor(
    private readonly batch: RecordBatch,
    private readonly user: UserCode<T>,
    private readonly place: InvocationPlace,
    private readonly signal: AbortSignal,
    private readonly leftMs: number,
  ) {
    const { clock, environment } = place;
    this.id = clock.uuid();
    this.untilMs = clock.monotonic() + leftMs;
    this.works = [...batch.partitions.values()]
      .flat()
      .map((record, index) => workOn(deliveryOf(record, environment, user.eventId), `${this.id}-${index}`));
    this.running = new Running(clock, signal);
    this.claims = new HeldClaims(place);
  }

  async run(settled: SettledRecords): Promise<void> {
    if (!(await this.begin())) return;
    const over = new AbortController();
    const breaker = this.breakerFor(settled, AbortSignal.any([this.signal, over.signal]));
    const { place, signal, running, claims } = this;
    this.steps = { ...place, signal, running, claims, breaker, told: new Set() };
    try {
      if ([...this.ledgers.values()].some(({ isRedelivery }) => isRedelivery)) await this.lookUp(settled, breaker);
      await this.settle(settled, stepsOf(this.user, this.steps));
    } finally {
      over.abort();
      await breaker.ended();
    }
  }

  /**
   * Partitions without kills are settled as always. Those in which the function was killed have the time after that, or
   * half of the time if the others wait for something, and no code begins beside theirs: it could be what kills.
   */
  private async settle(settled: SettledRecords, steps: Steps): Promise<void> {
    const works = this.works.filter(({ delivery }) => !settled.has(delivery.record));
    const isStruck = ({ delivery }: Work) => this.ledgerOf(delivery.record)?.isStruck === true;
    const struck = works.filter(isStruck);
    const freely = settleInKeyOrder(
      works.filter((work) => !isStruck(work)),
      steps,
      settled,
    );
    if (struck.length === 0) return freely;
    const { clock } = this.place;
    const halfMs = this.workMs() / 2;
    const carefully = async () => {
      await within(freely, halfMs, { clock, signal: this.signal });
      await this.running.only(struck, this.workMs() / 4);
      await settleWithCare(struck, { ...steps, leftMs: () => this.workMs() }, settled, this.marks(settled));
      this.running.anyAgain();
    };
    await Promise.all([freely, carefully()]);
  }

  private marks(settled: SettledRecords): Mark {
    const isSettled = (name: string) => (offset: number) =>
      (this.batch.partitions.get(name) ?? []).some((record) => record.offset === offset && settled.has(record));
    return async (work) => {
      const { record } = work.delivery;
      const sign = await this.ledgerOf(record)?.mark(record.offset, isSettled(nameOf(record)));
      if (sign === 'killer' && !work.first) killerFound(this.place.log, work.delivery);
      return sign;
    };
  }

  /** Counts what is settled, partition by partition; what could not be counted in time is not settled. */
  async end(settled: SettledRecords): Promise<SettledRecords> {
    const { clock, environment } = this.place;
    const marginMs = environment.timeMarginMs;
    // What ends from now on is not of this answer.
    const inTime: SettledRecords = new Map(settled);
    // Before that: whoever hung will be known by it.
    await Promise.all([
      ...this.running.works().map((work) => this.hung(work, marginMs / 4)),
      this.claims.giveUp(({ delivery }) => inTime.has(delivery.record), marginMs / 4),
    ]);
    const over = new AbortController();
    const counting = [...this.batch.partitions.keys()].map(async (name) => {
      const patienceMs = this.untilMs - marginMs / 2 - clock.monotonic();
      const ended = await within(this.endPartition(name, inTime, over.signal), patienceMs, { clock });
      return ended.kind === 'value' ? ended.value : [];
    });
    const counted = new Map((await Promise.all(counting)).flat());
    over.abort();
    const left = this.works.filter(({ delivery }) => !counted.has(delivery.record));
    if (left.length > 0) batchLeft(this.place.log, this.works.length, left);
    return counted;
  }

  private async endPartition(
    name: string,
    settled: SettledRecords,
    signal: AbortSignal,
  ): Promise<[ConsumerRecord, SettledAs][]> {
    const records = this.batch.partitions.get(name) ?? [];
    const first = records.findIndex((record) => !settled.has(record));
    const prefix = records.slice(0, first === -1 ? records.length : first).map((record) => ({
      offset: record.offset,
      as: settled.get(record)!,
    }));
    const ledger = this.ledgers.get(name);
    const ended = await ledger?.end({ prefix, unsettledFrom: records[first]?.offset }, signal);
    const isClosed = ledger?.hasClosed || (this.steps?.breaker.hasHeld(name) && ledger && !isOpen(ledger.code));
    if (ended && isClosed && records[0]) breakerClosed(this.place.log, records[0]);
    return ended ? [...settled].filter(([record]) => nameOf(record) === name) : [];
  }

  /** True once every partition's ledger says that this delivery has begun. */
  private async begin(): Promise<boolean> {
    const begun = await Promise.all(
      [...this.batch.partitions].map(async ([name, records]) => {
        const [first, last] = [records[0], records.at(-1)];
        if (!first || !last) return true;
        const { topic, partition, offset } = first;
        const ledger = await beginDelivery(
          {
            ...{ topic, partition, id: this.id, code: this.place.code },
            // What Lambda says is left is a difference of wall clocks: who is taken for dead too early is called a killer.
            lifeMs: this.place.environment.timeoutMs ?? this.leftMs,
            stretch: [offset, last.offset],
          },
          this.place,
          this.signal,
        );
        if (ledger) this.ledgers.set(name, ledger);
        return ledger !== undefined;
      }),
    );
    return begun.every(Boolean);
  }

  private breakerFor(settled: SettledRecords, signal: AbortSignal): Breaker {
    const { attempts, decode } = this.user;
    const place = { ...this.place, attempts, decoder: decode, isCodeKnown: this.place.code !== undefined };
    return new Breaker(this.batch, settled, this.ledgers, place, signal);
  }

  /** Reads the events of a redelivery up front: most are settled, some have been tried too often. */
  private async lookUp(settled: SettledRecords, breaker: Breaker): Promise<void> {
    const { transactions, environment, clock } = this.place;
    const keys = this.works.map(({ delivery }) => delivery.key);
    const reading = transactions.readMany(environment.table, keys);
    const found = await within(reading, this.workMs() * LOOK_UP_SHARE, { clock, signal: this.signal });
    // It only saves work: every event's own record decides when it is written.
    if (found.kind !== 'value') return;
    for (const work of this.works) {
      const item = found.value.get(work.delivery.key);
      const before = settledBefore(foundBy(work.delivery, item));
      const attempts = Number(item?.[RECORD.attempts] ?? 0);
      if (before) settled.set(work.delivery.record, before.effect);
      else if (attempts > 0 && breaker.isTriedEnough(work, attempts, item?.[RECORD.attemptsBy]))
        work.first = exhausted(attempts, 'in earlier invocations');
    }
  }

  private async hung(work: Work, patienceMs: number): Promise<void> {
    if (!this.steps) return;
    await within(afterHang(work, attemptPlace(this.user, this.steps)), patienceMs, { clock: this.place.clock });
  }

  /** Milliseconds until the time margin. */
  private workMs(): number {
    return this.untilMs - this.place.clock.monotonic() - this.place.environment.timeMarginMs;
  }

  private ledgerOf = (record: ConsumerRecord): PartitionLedger | undefined => this.ledgers.get(nameOf(record));
}

const nameOf = ({ topic, partition }: ConsumerRecord): string => `${topic}-${partition}`;
