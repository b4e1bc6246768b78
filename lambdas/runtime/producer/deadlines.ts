import type { Clock } from '../time/clock';
import type { Entry } from './entry';

/** Milliseconds: entries whose deadlines lie so close together are spilled together. */
export const TOGETHER_MS = 100;

export interface DeadlinesOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'timer'>;
  /** When an entry is due, by the monotonic clock. */
  readonly at: (entry: Entry) => number;
  /** Entries due within so many milliseconds of each other are due together. */
  readonly togetherMs: number;
  readonly onDue: (entries: readonly Entry[]) => void;
}

/** Tells of every entry that is due, whatever Kafka's client or the spill store does. One timer for all. */
export class Deadlines {
  private readonly pending = new Set<Entry>();
  private cancel: () => void = () => undefined;
  private wakeAt = Number.POSITIVE_INFINITY;

  constructor(private readonly options: DeadlinesOptions) {}

  add(entry: Entry): void {
    this.pending.add(entry);
    const at = this.options.at(entry);
    if (at < this.wakeAt) this.wake(at);
  }

  remove(entry: Entry): void {
    this.pending.delete(entry);
    if (this.pending.size === 0) this.wake(Number.POSITIVE_INFINITY);
  }

  has(entry: Entry): boolean {
    return this.pending.has(entry);
  }

  private wake(at: number): void {
    this.cancel();
    this.wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    // A timer may ring a fraction of a millisecond early: then it is set again.
    this.cancel = this.options.clock.timer(Math.max(0, Math.ceil(at - this.options.clock.monotonic())), () =>
      this.ring(),
    );
  }

  private ring(): void {
    const { clock, at, togetherMs, onDue } = this.options;
    const until = clock.monotonic() + togetherMs;
    const due = [...this.pending].filter((entry) => at(entry) <= until);
    for (const entry of due) this.pending.delete(entry);
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.pending) next = Math.min(next, at(entry));
    this.wake(next);
    if (due.length > 0) onDue(due);
  }
}
