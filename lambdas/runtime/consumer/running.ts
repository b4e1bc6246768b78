import type { Clock } from '../time/clock';
import type { Disposition } from './disposition';
import { Retry } from '../contract/word';
import type { Work } from './work';

/** Between two looks whether code that must not run beside others has ended. */
const LOOK_MS = 50;
const WAITS = 'other partitions are worked on with care';

/** Whose handler code runs right now, and whose may. */
export class Running {
  /** And whether it began early enough to have at least half of the time to work. */
  private readonly now = new Map<Work, boolean>();
  /** Whose code has thrown in this invocation. */
  private readonly threw = new Set<Work>();
  private chosen?: ReadonlySet<Work>;

  /** @param halfAt - when half of the time to work is over, by the monotonic clock: code that begins later has others to thank for it */
  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly halfAt: number,
  ) {}

  works = (): { readonly work: Work; readonly isEarly: boolean; readonly hasThrown: boolean }[] =>
    [...this.now].map(([work, isEarly]) => ({ work, isEarly, hasThrown: this.threw.has(work) }));

  /** From now no code begins but on these; resolves once it runs on no other, or after so long: it may never end there. */
  async only(chosen: readonly Work[], mostMs: number): Promise<void> {
    this.chosen = new Set(chosen);
    const until = this.clock.monotonic() + mostMs;
    while (this.now.size > 0 && !this.signal.aborted && this.clock.monotonic() < until)
      await this.clock.sleep(LOOK_MS, this.signal);
  }

  anyAgain(): void {
    this.chosen = undefined;
  }

  /** What becomes of the event while its code may not run; undefined when it may. */
  mayRun = (work: Work): Disposition | undefined =>
    this.isBarred(work) ? { kind: 'retry', reason: WAITS, afterMs: 500 } : undefined;

  async run<R>(work: Work, code: () => Promise<R>): Promise<R> {
    // It waited for a claim, say, and others have their turn by now.
    if (this.isBarred(work)) throw new Retry(WAITS);
    this.now.set(work, this.clock.monotonic() <= this.halfAt);
    try {
      return await code();
    } catch (error) {
      this.threw.add(work);
      throw error;
    } finally {
      this.now.delete(work);
    }
  }

  private isBarred = (work: Work): boolean => this.chosen !== undefined && !this.chosen.has(work);
}
