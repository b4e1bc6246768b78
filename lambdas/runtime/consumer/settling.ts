import { RECORD } from '../contract';
import { foundBy } from '../idempotency/record';
import { settledBefore } from '../idempotency/verdict';
import type { PartitionLedger } from '../ledger';
import { within } from '../time/within';
import { afterHang, afterLateBegin, exhausted } from './attempt';
import { Breaker } from './breaker';
import { settleWithCare, type Mark } from './careful';
import type { Effect } from './effects';
import { killerFound } from './lines';
import { Running } from './running';
import { begunFirst, settleInKeyOrder } from './key-order';
import { stepsOf, watchedEffect, type InvocationDeps, type StepsDeps, type UserCode } from './steps';
import { isSettled, type Work } from './work';

/** Of the time to work: ten thousand events are read in a hundred requests, and a slow table must leave time to write. */
const LOOK_UP_SHARE = 0.25;

export interface SettlingDeps extends InvocationDeps {
  /** Aborts at the time margin. */
  readonly signal: AbortSignal;
  /** Milliseconds until the time margin. */
  readonly leftMs: () => number;
  /** When half of the time to work is over, by the monotonic clock. */
  readonly halfAt: number;
}

/** What a delivery holds, by partition: its records, and the ledger in which it has begun. */
export interface Begun {
  readonly works: ReadonlyMap<string, readonly Work[]>;
  readonly ledgers: ReadonlyMap<string, PartitionLedger>;
}

/** Settles the events of a delivery, between its begin and its end in the ledgers. */
export class Settling<T> {
  private readonly running: Running;
  private readonly breaker: Breaker;
  /** What the steps of all its events share. */
  private readonly shared: StepsDeps;
  private readonly effect: Effect;
  private readonly over = new AbortController();
  /** Half of the time was over before any of its code could begin. */
  private readonly isLate: boolean;
  /** What was begun in an earlier delivery, and had nothing before it in this one that was not. */
  private first: ReadonlySet<Work> = new Set();

  constructor(
    private readonly begun: Begun,
    private readonly user: UserCode<T>,
    private readonly deps: SettlingDeps,
  ) {
    const { clock, signal, halfAt, code } = deps;
    const { attempts, unknownErrors, decode } = user;
    this.running = new Running(clock, signal, halfAt);
    this.isLate = clock.monotonic() > halfAt;
    const breakerDeps = { ...deps, attempts, decoder: decode, isCodeKnown: code !== undefined };
    this.breaker = new Breaker(begun.works, begun.ledgers, breakerDeps, AbortSignal.any([signal, this.over.signal]));
    const { running, breaker } = this;
    this.shared = { ...deps, running, breaker, attempts, unknownErrors, told: new Set() };
    this.effect = watchedEffect(user, this.shared);
  }

  /** Resolves when all is settled, or some time after the time margin. */
  async run(): Promise<void> {
    try {
      if ([...this.begun.ledgers.values()].some(({ isRedelivery }) => isRedelivery)) await this.lookUp();
      await this.settle();
    } finally {
      this.over.abort();
      await this.breaker.ended();
    }
  }

  /** At the time margin: notes each event whose code still runs, and takes back what nobody works on any more. */
  async letGo(patienceMs: number): Promise<void> {
    const { clock } = this.deps;
    const noted = this.running.works().map(({ work, isEarly, hasThrown }) => {
      // Where all began late, as the ledger was long in coming, nobody had the time that an attempt is given. And what it calls may be away: code that
      // threw before, and was begun again late, has shown that it ends. What was begun before had its time if it went first.
      const isLate = !isEarly && (this.isLate || hasThrown || !this.first.has(work));
      const after: Promise<unknown> = isLate ? afterLateBegin(work, this.shared) : afterHang(work, this.shared);
      return within(after, patienceMs, { clock });
    });
    await Promise.all([...noted, this.effect.letGo(patienceMs)]);
  }

  /** Whether the circuit breaker of that partition has held something back. */
  hasHeld = (name: string): boolean => this.breaker.hasHeld(name);

  /** Reads the events of a redelivery up front: most are settled, some have been tried too often. */
  private async lookUp(): Promise<void> {
    const { transactions, environment, clock, signal, leftMs } = this.deps;
    const works = [...this.begun.works.values()].flat();
    const keys = works.map(({ delivery }) => delivery.key);
    const reading = transactions.readMany(environment.table, keys);
    const found = await within(reading, leftMs() * LOOK_UP_SHARE, { clock, signal });
    // It only saves work: every event's own record decides when it is written.
    if (found.kind !== 'value') return;
    for (const work of works) {
      const item = found.value.get(work.delivery.key);
      const before = settledBefore(foundBy(work.delivery, item));
      const attempts = Number(item?.[RECORD.attempts] ?? 0);
      if (item?.[RECORD.attempts] !== undefined) work.begunBefore();
      if (before) work.settled(before.effect);
      else if (attempts > 0 && this.breaker.isTriedEnough(work, attempts, item?.[RECORD.attemptsBy]))
        work.condemned(exhausted(attempts, 'in earlier invocations'));
    }
  }

  /**
   * Partitions without kills are settled as always. Those in which the function was killed have the time after that, or
   * half of the time if the others wait for something, and no code begins beside theirs: it could be what kills.
   */
  private async settle(): Promise<void> {
    const { clock, signal, leftMs } = this.deps;
    const steps = stepsOf(this.effect, this.user, this.shared);
    const unsettled = ([name, works]: [string, readonly Work[]]) => ({
      isStruck: this.begun.ledgers.get(name)?.isStruck === true,
      works: works.filter((work) => !isSettled(work)),
    });
    const partitions = this.inOrder().map(unsettled);
    this.first = begunFirst(partitions.flatMap(({ works }) => works));
    const struck = partitions.flatMap(({ isStruck, works }) => (isStruck ? works : []));
    const freely = settleInKeyOrder(
      partitions.flatMap(({ isStruck, works }) => (isStruck ? [] : works)),
      steps,
    );
    if (struck.length === 0) return freely;
    const halfMs = leftMs() / 2;
    const carefully = async () => {
      await within(freely, halfMs, { clock, signal });
      await this.running.only(struck, leftMs() / 4);
      await settleWithCare(struck, { ...steps, leftMs }, this.mark);
      this.running.anyAgain();
    };
    await Promise.all([freely, carefully()]);
  }

  /**
   * What was delivered before goes first, in an order that is drawn: where the time is over before all have begun, no partition
   * stands in the way of the same others in every delivery.
   */
  private inOrder(): [string, readonly Work[]][] {
    const { clock } = this.deps;
    const again: [string, readonly Work[]][] = [];
    const fresh: [string, readonly Work[]][] = [];
    for (const entry of this.begun.works) {
      if (this.begun.ledgers.get(entry[0])?.isRedelivery)
        again.splice(Math.floor(clock.random() * (again.length + 1)), 0, entry);
      else fresh.push(entry);
    }
    return [...again, ...fresh];
  }

  private readonly mark: Mark = async (work) => {
    const { topic, partition, offset } = work.delivery.record;
    const name = `${topic}-${partition}`;
    const settled = (at: number) =>
      (this.begun.works.get(name) ?? []).some((other) => other.delivery.record.offset === at && isSettled(other));
    const sign = await this.begun.ledgers.get(name)?.mark(offset, settled);
    if (sign === 'killer' && work.stage.kind !== 'condemned') killerFound(this.deps.log, work.delivery);
    return sign;
  };
}
