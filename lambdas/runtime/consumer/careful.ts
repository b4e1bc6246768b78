import { queuesByKey, takeTurn, type Settled, type Steps } from './settle';
import type { Work } from './work';

/** Says which record is worked on next; undefined when the time margin came first. */
export type Mark = (work: Work) => Promise<'go on' | 'killer' | undefined>;

/**
 * Settles deliveries one try at a time over all partitions and keys in turn, so that one that kills the function is found
 * out by name. A record that waits holds up its key alone: the others have their turns meanwhile.
 */
export async function settleWithCare(
  works: readonly Work[],
  steps: Steps,
  settled: Settled,
  mark: Mark,
): Promise<void> {
  const { clock, signal } = steps;
  let queues = queuesByKey(works).map((queue): Queue => ({ works: queue, at: 0, dueMs: 0 }));
  while (queues.length > 0 && !signal.aborted) {
    for (const queue of queues.filter(({ dueMs }) => dueMs <= clock.monotonic())) {
      if (signal.aborted || !(await tryNext(queue, steps, settled, mark))) return;
    }
    queues = queues.filter((queue) => queue.at < queue.works.length);
    const nextMs = Math.min(...queues.map(({ dueMs }) => dueMs)) - clock.monotonic();
    if (queues.length > 0 && nextMs > 0) await clock.sleep(nextMs, signal);
  }
}

/** The records of one key that are left. */
interface Queue {
  readonly works: readonly Work[];
  at: number;
  /** By the monotonic clock: before that its next record waits. */
  dueMs: number;
}

/** False when the time margin came first. */
async function tryNext(queue: Queue, steps: Steps, settled: Settled, mark: Mark): Promise<boolean> {
  const work = queue.works[queue.at];
  if (!work) return true;
  const sign = await mark(work);
  if (sign === undefined) return false;
  if (sign === 'killer') work.first ??= KILLER;
  work.inTurns = true;
  const turn = await takeTurn(work, steps);
  switch (turn.kind) {
    case 'settled':
      settled.set(work.delivery.record, turn.as);
      queue.at++;
      break;
    case 'waits':
      if (turn.afterMs > 0) work.troubles++;
      queue.dueMs = steps.clock.monotonic() + turn.afterMs;
  }
  return true;
}

const KILLER = {
  kind: 'park',
  reason: 'killed-function',
  detail: 'the function was killed three times while it worked on this record alone: memory, timeout or exit',
} as const;
