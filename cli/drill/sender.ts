import { sendCanaries } from '../../lambdas/runtime/canary/send';
import { LosslessError } from '../../lambdas/runtime/contract/errors';
import type { FunctionCaller } from '../../lambdas/runtime/stores/function-caller';
import type { Clock } from '../../lambdas/runtime/time/clock';
import type { SentCanary } from './canaries';

/** Rounds under way at once: while a broker is away each takes as long as the door's deadline. */
const TOGETHER = 16;

export interface Sending {
  readonly ingest: string;
  /** Tells the canaries of this drill from all others. */
  readonly drill: string;
  /** Canaries a second, over all partitions. */
  readonly rate: number;
  /** For so long. */
  readonly ms: number;
}

export interface SenderDeps {
  readonly functions: FunctionCaller;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  /** Ends the sending; what is under way is heard. */
  readonly signal: AbortSignal;
  /** Hears of each round when it is answered. */
  readonly onSent: (canaries: readonly SentCanary[]) => void;
}

/**
 * Sends rounds of canaries, one to each partition, until its time is over or the signal aborts. A round that the door does not take, or of
 * which nothing is heard, is accounted for as that.
 * @throws Error of the first round, which shows whether it can be sent at all
 */
export async function sendRounds({ ingest, drill, rate, ms }: Sending, deps: SenderDeps): Promise<void> {
  const { clock, signal } = deps;
  const began = clock.monotonic();
  const underWay = new Set<Promise<void>>();
  let partitions = 0;
  const round = async (n: number) => {
    const name = `drill-${drill}-${n}`;
    const sentMs = clock.now();
    try {
      const answer = await sendCanaries(ingest, name, deps.functions);
      partitions = answer.partitions;
      deps.onSent(answer.canaries.map(({ partition, outcome }) => ({ name, partition, partitions: answer.partitions, sentMs, outcome }))); // prettier-ignore
    } catch (error) {
      if (partitions === 0) throw error;
      const outcome = LosslessError.is(error) && error.code === 'FUNCTION_REFUSED' ? 'rejected' : 'unknown';
      const all = Array.from({ length: partitions }, (_, partition) => ({ name, partition, partitions, sentMs, outcome } as const)); // prettier-ignore
      deps.onSent(all);
    }
  };
  await round(0);
  for (let n = 1; ; n++) {
    // Counted from the beginning: what one waits too long the next ones make up for.
    const dueMs = began + (n * partitions * 1_000) / rate;
    if (dueMs >= began + ms) break;
    await clock.sleep(Math.max(0, dueMs - clock.monotonic()), signal);
    if (underWay.size >= TOGETHER) await Promise.race(underWay);
    if (signal.aborted || clock.monotonic() >= began + ms) break;
    const sent = round(n).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }
  await Promise.all(underWay);
}
