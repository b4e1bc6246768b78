import type { Clock } from '../clock';
import type { Entry } from './entry';

/** Entries due within so many milliseconds of each other expire together, into one object of the spill store. */
const TOGETHER_MS = 100;

/** Ends every entry's tries at its deadline, whatever Kafka's client does. One timer for all. */
export class Deadlines {
  private readonly pending = new Set<Entry>();
  private cancel: () => void = () => undefined;
  private wakeAt = Number.POSITIVE_INFINITY;

  /** @param onDue takes over entries just expired and settles each of them; never rejects */
  constructor(
    private readonly clock: Clock,
    private readonly onDue: (entries: readonly Entry[]) => Promise<void>,
  ) {}

  add(entry: Entry): void {
    this.pending.add(entry);
    if (entry.deadlineAt < this.wakeAt) this.wake(entry.deadlineAt);
  }

  remove(entry: Entry): void {
    this.pending.delete(entry);
    if (this.pending.size === 0) this.wake(Number.POSITIVE_INFINITY);
  }

  /** Ends the tries of these entries now. */
  expire(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.pending.delete(entry);
      entry.expire();
    }
    if (entries.length > 0) void this.onDue(entries);
  }

  private wake(at: number): void {
    this.cancel();
    this.wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.cancel = this.clock.timer(Math.max(0, at - this.clock.now()), () => this.ring());
  }

  private ring(): void {
    const until = this.clock.now() + TOGETHER_MS;
    const due = [...this.pending].filter((entry) => entry.deadlineAt <= until);
    this.expire(due);
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.pending) next = Math.min(next, entry.deadlineAt);
    this.wake(next);
  }
}
