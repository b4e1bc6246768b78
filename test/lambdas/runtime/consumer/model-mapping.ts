import type { ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import { kafkaEvent, reported, type Given, type simulation } from '../simulation';
import { invokeMortal } from '../simulation/mortal';
import type { WallClock } from '../../../../simulation/time/sandbox-clock';

/** The handler of one delivery; `kill` ends its function. */
export type HandlerOf = (kill: () => Promise<never>) => ConsumerOptions<unknown>;

export interface MappingOptions {
  /** Records of one partition in a batch at most. */
  readonly window: number;
  /** Whether partitions share a batch. */
  readonly together: boolean;
  /** A killed batch is delivered in halves. */
  readonly bisect?: boolean;
  readonly timeoutMs?: number;
  /** Between a delivery that failed and the next of the same records. */
  readonly backoffMs?: number;
  /** So many deliver the same at once, as around a rebalance: delivery after delivery, and then from the first again. */
  readonly pollers?: readonly number[];
  /** Of the sandboxes, one after the other, and then from the first again. @default - all are right */
  readonly walls?: readonly WallClock[];
}

/**
 * A mapping in a few lines: for each partition the lowest records that are not committed, in windows; what is reported is
 * delivered again before anything newer.
 */
export class ModelMapping {
  private readonly left = new Map<number, Lane>();
  private sandboxes = 0;
  deliveries = 0;
  billedMs = 0;

  constructor(
    private readonly all: ReturnType<typeof simulation>,
    given: readonly Given[],
    private readonly options: MappingOptions,
  ) {
    this.add(given);
  }

  add(given: readonly Given[]): void {
    for (const record of given) {
      const { partition = 0 } = record;
      const lane = this.left.get(partition) ?? { behind: [], batches: [] };
      lane.behind.push(record);
      this.left.set(partition, lane);
    }
  }

  /** Records that are not committed. */
  get backlog(): Given[] {
    return [...this.left.values()].flatMap(({ batches, behind }) => [...batches.flat(), ...behind]);
  }

  /**
   * Delivers once, of each partition: in one batch, or in one after the other.
   * @param code - names the handler's code; none in a test's own process
   */
  async round(handler: HandlerOf, code?: string): Promise<void> {
    const lanes = [...this.left.values()].filter(({ batches, behind }) => batches.length + behind.length > 0);
    for (const lane of lanes)
      if (lane.batches.length === 0) lane.batches.push(lane.behind.splice(0, this.options.window));
    if (this.options.together) return this.deliver(lanes, handler, code);
    for (const lane of lanes) await this.deliver([lane], handler, code);
  }

  /** Rounds until nothing is left, at most so many. */
  async rounds(most: number, handler: HandlerOf, code?: string): Promise<void> {
    for (let round = 0; round < most && this.backlog.length > 0; round++) await this.round(handler, code);
  }

  private async deliver(lanes: readonly Lane[], handler: HandlerOf, code?: string): Promise<void> {
    const { clock, parts } = this.all;
    const { timeoutMs = 60_000, backoffMs = 1_000, bisect = true, walls = [], pollers = [1] } = this.options;
    const batch = lanes.flatMap(({ batches }) => batches[0] ?? []);
    if (batch.length === 0) return;
    const began = clock.monotonic();
    const invoked = Array.from({ length: pollers[this.deliveries % pollers.length] ?? 1 }, () => {
      const wall = walls[this.sandboxes++ % walls.length];
      return invokeMortal({ ...parts, code }, kafkaEvent(...batch), handler, timeoutMs, wall);
    });
    // What one of them answers is what the mapping goes by.
    const [answer = 'killed'] = await clock.run(Promise.all(invoked));
    this.deliveries++;
    this.billedMs += clock.monotonic() - began;
    const failed = answer === 'killed' ? undefined : new Set(reported(answer));
    for (const lane of lanes) {
      const [head = [], ...others] = lane.batches;
      if (failed) {
        const again = head.filter(({ partition = 0, offset }) => failed.has(`orders-${partition}@${offset}`));
        lane.batches = again.length > 0 ? [again, ...others] : others;
      } else if (bisect && head.length > 1) {
        const middle = Math.ceil(head.length / 2);
        lane.batches = [head.slice(0, middle), head.slice(middle), ...others];
      }
    }
    // A function that was killed is known to be over when its time is.
    await clock.run(clock.sleep(failed ? backoffMs : Math.max(backoffMs, timeoutMs + 1_000)));
  }
}

interface Lane {
  readonly behind: Given[];
  /** Under way, or to be delivered again; none of them is settled. */
  batches: Given[][];
}
