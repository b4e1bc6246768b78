import type { Clock } from '../time/clock';

type Clocks = Pick<Clock, 'now' | 'monotonic'>;

/**
 * How long ago something was learned. Taking it for older than it is does no harm, for younger does: a freeze may stop the
 * monotonic clock, and somebody may set the wall clock, so that both are asked.
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
