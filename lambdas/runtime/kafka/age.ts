import type { Clock } from '../time/clock';

type Clocks = Pick<Clock, 'now' | 'monotonic'>;

/**
 * How long ago something was learned, where too old is harmless and too young is not: a freeze may stop the monotonic
 * clock, and somebody may set the other.
 */
export class Age {
  private readonly wall: number;
  private readonly monotonic: number;

  constructor(private readonly clock: Clocks) {
    this.wall = clock.now();
    this.monotonic = clock.monotonic();
  }

  /** Milliseconds by the clock that says more; a wall clock that was set back says as much as it was set. */
  get ms(): number {
    return Math.max(this.clock.monotonic() - this.monotonic, Math.abs(this.clock.now() - this.wall));
  }
}
