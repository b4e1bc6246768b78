import { setMaxListeners } from 'node:events';
import { deliveryOf } from '../idempotency/delivery';
import { beginBatch, type PartitionLedger, type SettledAs } from '../ledger';
import { isOpen } from '../ledger/breaker-budget';
import { within } from '../time/within';
import { batchLeft, breakerClosed } from './lines';
import type { ConsumerRecord, RecordBatch } from '../event/records';
import { Settling } from './settling';
import type { InvocationDeps, UserCode } from './steps';
import { isSettled, Work } from './work';

/** Each settled record, and as what it counts. */
export type SettledRecords = ReadonlyMap<ConsumerRecord, SettledAs>;

/**
 * Settles what it can of a batch before the time margin. What it returns is settled, recorded so, and counted in the
 * ledgers; the rest has to be delivered again.
 *
 * @param leftMs - milliseconds until the function is killed
 */
export async function settleBatch<T>(
  batch: RecordBatch,
  user: UserCode<T>,
  deps: InvocationDeps,
  leftMs: number,
): Promise<SettledRecords> {
  const workMs = leftMs - deps.environment.timeMarginMs;
  if (workMs <= 0) {
    const records = [...batch.partitions.values()].flat();
    batchLeft(
      deps.log,
      records.length,
      records.map(() => ({})),
    );
    return new Map();
  }
  const stop = new AbortController();
  // Every pause listens to it, and Node warns of more than ten listeners.
  setMaxListeners(0, stop.signal);
  const invocation = new Invocation(batch, user, deps, stop.signal, leftMs);
  try {
    // Whatever hangs, the answer leaves in time; what it left under way can only settle records that are delivered again.
    await Promise.race([invocation.run(), deps.clock.sleep(workMs, stop.signal)]);
  } finally {
    stop.abort();
  }
  return invocation.end();
}

/** The begin and the end of one delivery of a batch. What lies between them is `Settling`. */
class Invocation<T> {
  private readonly id: string;
  private readonly works: ReadonlyMap<string, readonly Work[]>;
  private readonly ledgers = new Map<string, PartitionLedger>();
  /** Once the delivery has begun. */
  private settling?: Settling<T>;
  /** When the function is killed, by the monotonic clock. */
  private readonly untilMs: number;

  constructor(
    private readonly batch: RecordBatch,
    private readonly user: UserCode<T>,
    private readonly deps: InvocationDeps,
    private readonly signal: AbortSignal,
    private readonly leftMs: number,
  ) {
    const { clock, environment } = deps;
    this.id = clock.uuid();
    this.untilMs = clock.monotonic() + leftMs;
    let index = 0;
    const work = (record: ConsumerRecord) =>
      new Work(deliveryOf(record, environment, user.eventId), `${this.id}-${index++}`);
    this.works = new Map([...batch.partitions].map(([name, records]) => [name, records.map(work)]));
  }

  async run(): Promise<void> {
    if (!(await this.begin())) return;
    const { deps, user, works, ledgers, signal } = this;
    const marginAt = this.untilMs - deps.environment.timeMarginMs;
    const leftMs = () => marginAt - deps.clock.monotonic();
    // Of the whole time: the ledger may have taken most of it.
    const halfAt = marginAt - (this.leftMs - deps.environment.timeMarginMs) / 2;
    this.settling = new Settling({ works, ledgers }, user, { ...deps, signal, leftMs, halfAt });
    await this.settling.run();
  }

  /** Counts what is settled, partition by partition; what could not be counted in time is not settled. */
  async end(): Promise<SettledRecords> {
    const { clock, environment } = this.deps;
    const marginMs = environment.timeMarginMs;
    // Before the counting: whoever hung will be known by it.
    await this.settling?.letGo(marginMs / 4);
    const over = new AbortController();
    const counting = [...this.works].map(async ([name, works]) => {
      const patienceMs = this.untilMs - marginMs / 2 - clock.monotonic();
      const ended = await within(this.endPartition(name, works, over.signal), patienceMs, { clock });
      return ended.kind === 'value' ? ended.value : [];
    });
    const counted = new Map((await Promise.all(counting)).flat());
    over.abort();
    const all = [...this.works.values()].flat();
    const left = all.filter(({ delivery }) => !counted.has(delivery.record));
    if (left.length > 0) batchLeft(this.deps.log, all.length, left);
    return counted;
  }

  private async endPartition(
    name: string,
    works: readonly Work[],
    signal: AbortSignal,
  ): Promise<[ConsumerRecord, SettledAs][]> {
    const first = works.findIndex((work) => !isSettled(work));
    const prefix = works
      .slice(0, first === -1 ? works.length : first)
      .flatMap(settledOf)
      .map(([{ offset }, as]) => ({ offset, as }));
    const ledger = this.ledgers.get(name);
    const ended = await ledger?.end({ prefix, unsettledFrom: works[first]?.delivery.record.offset }, signal);
    const isClosed = ledger?.hasClosed || (this.settling?.hasHeld(name) && ledger && !isOpen(ledger.code));
    if (ended && isClosed && works[0]) breakerClosed(this.deps.log, works[0].delivery.record);
    return ended ? works.flatMap(settledOf) : [];
  }

  /** True once every partition's ledger says that this delivery has begun. */
  private async begin(): Promise<boolean> {
    const begun = await Promise.all(
      [...this.batch.partitions].map(async ([name, records]) => {
        const [first, last] = [records[0], records.at(-1)];
        if (!first || !last) return true;
        const { topic, partition, offset } = first;
        const ledger = await beginBatch(
          {
            ...{ topic, partition, id: this.id, code: this.deps.code },
            // Not what Lambda says is left, which is a difference of wall clocks: a function taken for dead too early looks like a kill.
            lifeMs: this.deps.environment.timeoutMs ?? this.leftMs,
            stretch: [offset, last.offset],
          },
          this.deps,
          this.signal,
        );
        if (ledger) this.ledgers.set(name, ledger);
        return ledger !== undefined;
      }),
    );
    return begun.every(Boolean);
  }
}

const settledOf = ({ stage, delivery }: Work): [ConsumerRecord, SettledAs][] =>
  stage.kind === 'settled' ? [[delivery.record, stage.as]] : [];
