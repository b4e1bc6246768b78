import { EMPTY, ended, type LedgerState } from '../../../../lambdas/runtime/ledger/state';
import type { Stretch } from '../../../../lambdas/runtime/ledger/stretch';
import { offsetsIn, without } from '../../../../lambdas/runtime/audit/stretches';

export const NOW = 1_767_225_600_000;

/** One partition with its log, its mapping, its function and unpack, each step of which is taken by itself. */
export class Partition {
  start = 0;
  end = 0;
  committed: number | undefined;
  ledger: LedgerState = EMPTY;
  /** What lies whole in on-failure objects. */
  objects: { readonly stretch: Stretch; counted: boolean }[] = [];
  private position = 0;
  private batch: { readonly id: string; readonly stretch: Stretch; mustSettle: boolean } | undefined;
  /** What the mapping commits next: an answer is on its way to it. */
  private answered: number | undefined;
  private batches = 0;

  append = (records: number): void => void (this.end += records);

  deliver(records: number): void {
    if (this.batch || this.answered !== undefined) return;
    this.position = Math.max(this.position, this.start);
    const to = Math.min(this.position + records, this.end) - 1;
    if (to < this.position) return;
    const id = `b${this.batches++}`;
    this.batch = { id, stretch: [this.position, to], mustSettle: false };
    const marker = { id, from: this.position, to, leftMs: 60_000, until: NOW + 60_000 };
    this.ledger = { ...this.ledger, open: [...this.ledger.open, marker].slice(-20) };
  }

  /** The invocation counts what it has settled. @param skips - one record in the middle is passed over by a wrong consumer */
  settle(records: number, skips = false): void {
    if (!this.batch) return;
    const { id, stretch, mustSettle } = this.batch;
    const [from, to] = stretch;
    const settledTo = mustSettle ? to : Math.min(to, from + records - 1);
    const offsets = Array.from({ length: settledTo - from + 1 }, (_, n) => from + n);
    const counted = skips && offsets.length > 2 ? offsets.filter((_, n) => n !== 1) : offsets;
    const prefix = counted.map((offset) => ({ offset, as: 'applied' as const }));
    this.ledger = ended(this.ledger, {
      ...{ id, batch: stretch, prefix, nowMs: NOW },
      unsettledFrom: settledTo < to ? settledTo + 1 : undefined,
    });
    this.answered = settledTo + 1;
    this.batch = undefined;
  }

  commit(): void {
    if (this.answered === undefined) return;
    this.committed = this.answered;
    this.position = this.answered;
    this.answered = undefined;
  }

  /** The function is killed, or its answer is lost: what it had is delivered again. */
  lose(): void {
    if (this.batch?.mustSettle) return;
    this.batch = undefined;
    this.answered = undefined;
    this.restart();
  }

  giveUp(): void {
    if (!this.batch) return;
    this.objects.push({ stretch: this.batch.stretch, counted: false });
    this.answered = this.batch.stretch[1] + 1;
    this.batch = undefined;
  }

  /** One step of unpack: it counts what an object holds, then deletes it. */
  unpack(): void {
    const [first] = this.objects;
    if (!first) return;
    if (first.counted) {
      this.objects.shift();
      return;
    }
    const [from, to] = first.stretch;
    for (let offset = from; offset <= to; offset++) {
      const prefix = [{ offset, as: 'parked' as const }];
      this.ledger = ended(this.ledger, { id: '', batch: [offset, offset], prefix, nowMs: NOW });
    }
    first.counted = true;
  }

  /** The mapping begins anew where the group has committed. */
  restart(): void {
    if (this.batch?.mustSettle) return;
    this.batch = undefined;
    this.answered = undefined;
    this.position = Math.max(this.committed ?? 0, this.start);
  }

  /** A person sets the group back, or its offsets expire. */
  setBack(records: number): void {
    this.committed = records > 4 || this.committed === undefined ? undefined : Math.max(0, this.committed - records);
    this.restart();
  }

  /** The retention takes what is settled, lies in an object, or is surely settled by whoever has it under way. */
  retain(records: number): void {
    const held = this.objects.map(({ stretch }) => stretch);
    const safe = [...held, ...(this.batch ? [this.batch.stretch] : [])].reduce<readonly Stretch[]>(
      (left, stretch) => without(left, [stretch]),
      without([[this.start, this.end - 1]], this.ledger.counted),
    );
    this.start = Math.min(this.start + records, safe[0]?.[0] ?? this.end);
    if (this.batch && this.start > this.batch.stretch[0]) this.batch.mustSettle = true;
  }

  /** Deleted, once all is settled, and made again under its name. */
  remake(): void {
    if (this.batch || this.objects.length > 0 || this.unsettled() > 0) return;
    [this.start, this.end, this.position] = [0, 0, 0];
    [this.committed, this.answered] = [undefined, undefined];
  }

  /** Records in the log that are settled nowhere. */
  unsettled = (): number => offsetsIn(without([[this.start, this.end - 1]], this.ledger.counted));

  /** Until nothing is under way any more. */
  rest(): void {
    for (let n = 0; n < 200 && (this.position < this.end || this.objects.length > 0 || this.batch); n++) {
      this.deliver(100);
      this.settle(100);
      this.commit();
      this.unpack();
    }
    this.ledger = { ...this.ledger, open: [] };
  }
}
