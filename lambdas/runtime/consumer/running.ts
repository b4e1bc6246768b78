import type { Clock } from '../time/clock';
import type { Disposition } from './disposition';
import { Retry } from '../contract/word';
import type { Work } from './work';

/** Between two looks whether code that must not run beside others has ended. */
const LOOK_MS = 50;
const WAITS = 'other partitions are worked on with care';

/** Whose handler code runs right now, and whose may. */
export class Running {
  private readonly now = new Set<Work>();
  private chosen?: ReadonlySet<Work>;

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {}

  works = (): Work[] => [...this.now];

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
    this.now.add(work);
    try {
      return await code();
    } finally {
      this.now.delete(work);
    }
  }

  private isBarred = (work: Work): boolean => this.chosen !== undefined && !this.chosen.has(work);
}
