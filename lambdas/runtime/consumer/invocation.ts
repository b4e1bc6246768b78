import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import type { ConsumerEnvironment } from '../contract';
import { RECORD } from '../contract';
import type { Decoder } from '../decode';
import type { Disposition } from '../disposition';
import { timeOf, type EventId } from '../event';
import { endClaim } from '../idempotency/claim';
import { deliveryOf } from '../idempotency/delivery';
import { park, parkClaimed } from '../idempotency/park';
import { donePut, foundBy } from '../idempotency/record';
import type { Transactions } from '../idempotency/transactions';
import { settledBefore } from '../idempotency/verdict';
import { beginDelivery, type PartitionLedger, type SettledAs } from '../ledger';
import type { Log } from '../log';
import type { Meter } from '../metrics';
import type { ObjectStore } from '../object-store';
import { within } from '../within';
import { afterError, afterHang, exhausted, notNow, type AttemptPlace } from './attempt';
import type { UnknownErrors } from './blame';
import { performCall, type Call } from './call';
import { commit } from './commit';
import { committer, type CommitRequest } from './committer';
import { HeldClaims } from './held-claims';
import { limit } from './limit';
import { batchLeft, breakerClosed, breakerHolds, eventParked, killerFound } from './lines';
import { prepare, type Write } from './prepare';
import type { ConsumerRecord, RecordBatch } from './records';
import { settleInKeyOrder, settleOneByOne, type Settled, type Steps } from './settle';
import { workOn, type Work } from './work';

/** The user's part of a consumer. */
export interface UserCode<T> {
  readonly decode: Decoder<T>;
  readonly eventId?: EventId<ConsumerRecord>;
  readonly effect:
    { readonly kind: 'write'; readonly write: Write<T> } | { readonly kind: 'call'; readonly call: Call<T> };
  readonly concurrency: number;
  readonly attempts: number;
  readonly unknownErrors: UnknownErrors;
}

export interface InvocationPlace {
  readonly environment: ConsumerEnvironment;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
}

/** Calls of `decode` and `write` under way at once. */
const PREPARED_AT_ONCE = 100;
/** Completions of calls are small: few of them share a transaction, and few transactions are under way. */
const COMPLETIONS = { concurrency: 4, most: 10 };

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
): Promise<Settled> {
  const { clock, environment } = place;
  const settled: Settled = new Map();
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

class Invocation<T> {
  private readonly id: string;
  private readonly works: readonly Work[];
  private readonly ledgers = new Map<string, PartitionLedger>();
  /** Partitions of which the circuit breaker held something back. */
  private readonly held = new Set<string>();
  /** Whose handler code runs right now. */
  private readonly running = new Set<Work>();
  private readonly attemptPlace: AttemptPlace;
  private readonly claims: HeldClaims;
  /** When the function is killed: for whoever else reads it, and by what nobody sets. */
  private readonly until: { readonly wallMs: number; readonly monotonicMs: number };

  constructor(
    private readonly batch: RecordBatch,
    private readonly user: UserCode<T>,
    private readonly place: InvocationPlace,
    private readonly signal: AbortSignal,
    leftMs: number,
  ) {
    const { clock, environment } = place;
    this.id = clock.uuid();
    this.until = { wallMs: clock.now() + leftMs, monotonicMs: clock.monotonic() + leftMs };
    this.works = [...batch.partitions.values()]
      .flat()
      .map((record, index) => workOn(deliveryOf(record, environment, user.eventId), `${this.id}-${index}`));
    this.attemptPlace = { ...place, signal, attempts: user.attempts, unknownErrors: user.unknownErrors };
    this.claims = new HeldClaims(place);
  }

  async run(settled: Settled): Promise<void> {
    if (!(await this.begin())) return;
    const ledgers = [...this.ledgers.values()];
    if (ledgers.some(({ isRedelivery }) => isRedelivery)) await this.lookUp(settled);
    const works = this.works.filter(({ delivery }) => !settled.has(delivery.record));
    const steps = this.steps();
    if (!ledgers.some(({ isStruck }) => isStruck)) return settleInKeyOrder(works, steps, settled);
    const isSettled = (name: string) => (offset: number) =>
      (this.batch.partitions.get(name) ?? []).some((record) => record.offset === offset && settled.has(record));
    return settleOneByOne(works, steps, settled, async (work) => {
      const { record } = work.delivery;
      const sign = await this.ledgers.get(nameOf(record))?.mark(record.offset, isSettled(nameOf(record)));
      if (sign === 'killer') killerFound(this.place.log, work.delivery);
      return sign;
    });
  }

  /** Counts what is settled, partition by partition; what could not be counted in time is not settled. */
  async end(settled: Settled): Promise<Settled> {
    const { clock, environment } = this.place;
    const marginMs = environment.timeMarginMs;
    // What ends from now on is not of this answer.
    const inTime: Settled = new Map(settled);
    // Before that: whoever hung will be known by it.
    await Promise.all([
      ...[...this.running].map((work) => this.hung(work, marginMs / 4)),
      this.claims.giveUp(({ delivery }) => inTime.has(delivery.record), marginMs / 4),
    ]);
    const over = new AbortController();
    const counting = [...this.batch.partitions.keys()].map(async (name) => {
      const patienceMs = this.until.monotonicMs - marginMs / 2 - clock.monotonic();
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
    settled: Settled,
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
    const wasOpen = ledger?.isOpen || this.held.has(name);
    if (ended && wasOpen && !ledger?.isStillOpen && records[0]) breakerClosed(this.place.log, records[0]);
    return ended ? [...settled].filter(([record]) => nameOf(record) === name) : [];
  }

  /** True once every partition's ledger says that this delivery has begun. */
  private async begin(): Promise<boolean> {
    const begun = await Promise.all(
      [...this.batch.partitions].map(async ([name, records]) => {
        const [first, last] = [records[0], records.at(-1)];
        if (!first || !last) return true;
        const { topic, partition, offset } = first;
        const at = {
          topic,
          partition,
          stretch: [offset, last.offset] as const,
          id: this.id,
          untilMs: this.until.wallMs,
        };
        const ledger = await beginDelivery(at, this.place, this.signal);
        if (ledger) this.ledgers.set(name, ledger);
        return ledger !== undefined;
      }),
    );
    return begun.every(Boolean);
  }

  /** Reads the events of a redelivery up front: most are settled, some have been tried too often. */
  private async lookUp(settled: Settled): Promise<void> {
    const { transactions, environment } = this.place;
    let found: Awaited<ReturnType<Transactions['readMany']>>;
    try {
      found = await transactions.readMany(
        environment.table,
        this.works.map(({ delivery }) => delivery.key),
      );
    } catch {
      // It only saves work: every event's own record decides when it is written.
      return;
    }
    for (const work of this.works) {
      const item = found.get(work.delivery.key);
      const before = settledBefore(foundBy(work.delivery, item));
      const attempts = Number(item?.[RECORD.attempts] ?? 0);
      const { record } = work.delivery;
      // Failures of a bad deploy say nothing against the event: a good one tries it again.
      const isBlamed = attempts >= this.user.attempts && !this.ledgers.get(nameOf(record))?.isOpen;
      if (before) settled.set(record, before.effect);
      else if (isBlamed) work.first = exhausted(attempts, 'in earlier invocations');
    }
  }

  private steps(): Steps {
    const { clock, meter, log } = this.place;
    const { concurrency } = this.user;
    const parking = limit(concurrency);
    return {
      attempt: decodable(this.attempts()),
      mayPark: async ({ delivery }, { reason }) => {
        // No deploy is to blame for an id that was used twice.
        if (reason === 'id-conflict') return true;
        const name = nameOf(delivery.record);
        const allowed = await this.ledgers.get(name)?.mayPark(delivery.record.offset);
        if (allowed === false) {
          meter.breakerOpen();
          if (!this.held.has(name)) breakerHolds(log, delivery.record);
          this.held.add(name);
        }
        return allowed;
      },
      park: (work, cause) =>
        parking(async () => {
          if (this.signal.aborted) return { kind: 'trouble', reason: 'time margin reached' };
          const { kind } = this.user.effect;
          const { delivery, owner } = work;
          const claimant = { owner, signal: this.signal, watch: work.watch };
          if (kind === 'call') this.claims.add(work);
          const parked = await (kind === 'call'
            ? parkClaimed(delivery, cause, this.place, claimant)
            : park(delivery, cause, this.place, claimant));
          if (parked.kind === 'settled' && parked.object) {
            meter.parked(cause.reason);
            eventParked(log, delivery, cause, parked.object);
          }
          return parked;
        }),
      clock,
      signal: this.signal,
    };
  }

  private attempts(): Steps['attempt'] {
    const { place, signal, user } = this;
    const { concurrency, effect, decode } = user;
    const together = effect.kind === 'call' ? COMPLETIONS : { concurrency };
    const complete = committer((group) => commit(group, { ...place, signal }), { ...together, signal });
    const run = <R>(work: Work, code: () => Promise<R>) => this.runs(work, code);
    switch (effect.kind) {
      case 'write': {
        const preparing = limit(PREPARED_AT_ONCE);
        const writeOf = async (work: Work): Promise<Disposition> => {
          if (!work.writes) {
            const prepared = await preparing(() => this.prepared(work, { decode, write: effect.write }));
            if (prepared.kind !== 'write') return prepared;
            work.writes = prepared.writes;
          }
          const { delivery, alone, troubles, writes } = work;
          return complete({ delivery, alone, troubles, writes, record: (to) => donePut(delivery, to) });
        };
        return async (work) => this.metered(work, await this.unclaimed(work, await writeOf(work)));
      }
      case 'call': {
        const completeLate = async (request: CommitRequest) => (await commit([request], { ...place, signal }))[0]!;
        const slot = limit(concurrency);
        const steps = { decode, call: effect.call, run, slot, held: this.claims, complete, completeLate };
        return async (work) => this.metered(work, await performCall(work, steps, { ...place, ...this.attemptPlace }));
      }
    }
  }

  /** A claim that stands in the way of a write is waited for, and given back when it is nobody's. */
  private async unclaimed(work: Work, disposition: Disposition): Promise<Disposition> {
    if (disposition.kind !== 'retry' || !disposition.claimed) return disposition;
    const isOver = await endClaim(work.delivery, work.owner, this.place, this.signal);
    return isOver ? { ...disposition, afterMs: 0 } : disposition;
  }

  private async prepared(work: Work, user: { decode: Decoder<T>; write: Write<T> }) {
    if (this.signal.aborted) return notNow;
    try {
      return await this.runs(work, () => prepare(work.delivery, user));
    } catch (error) {
      return afterError(work, 'write', error, this.attemptPlace);
    }
  }

  private async runs<R>(work: Work, code: () => Promise<R>): Promise<R> {
    this.running.add(work);
    try {
      return await code();
    } finally {
      this.running.delete(work);
    }
  }

  /** An applied event speaks for the deploy: the circuit breaker closes. */
  private metered(work: Work, disposition: Disposition): Disposition {
    if (disposition.kind !== 'done' || disposition.effect !== 'applied') return disposition;
    const { record } = work.delivery;
    this.ledgers.get(nameOf(record))?.succeeded();
    const time = timeOf(record);
    this.place.meter.applied(time === undefined ? undefined : this.place.clock.now() - time);
    return disposition;
  }

  private async hung(work: Work, patienceMs: number): Promise<void> {
    await within(afterHang(work, this.attemptPlace), patienceMs, { clock: this.place.clock });
  }
}

/** What cannot be read comes near no code of the user: a null in its place would be taken for a tombstone. */
const decodable =
  (attempt: Steps['attempt']): Steps['attempt'] =>
  (work) => {
    const { undecodable } = work.delivery;
    if (undecodable === undefined) return attempt(work);
    return Promise.resolve({ kind: 'park', reason: 'undecodable', detail: undecodable });
  };

const nameOf = ({ topic, partition }: ConsumerRecord): string => `${topic}-${partition}`;
