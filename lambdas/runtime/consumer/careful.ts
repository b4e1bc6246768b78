import type { ParkCause } from '../dead-letters/letter';
import type { Disposition } from './disposition';
import type { Sign } from '../ledger/strikes';
import { within } from '../time/within';
import { queuesByKey } from './key-order';
import { takeTurn, type Steps, type Turn } from './turn';
import type { Work } from './work';

/** Says which record is worked on next; undefined when the time margin came first. */
export type Mark = (work: Work) => Promise<Sign | undefined>;

/**
 * So long one record is waited for before the next has its turn: a quarter of the time left, and not less than a handler may
 * take that is merely slow. What kills the function while another has its turn is taken for that other.
 */
const SLICE = { share: 1 / 4, leastMs: 5_000 } as const;
/** Between two looks whether one has ended that took longer. */
const LOOK_MS = 100;

export interface CarefulSteps extends Steps {
  /** Milliseconds until the time margin. */
  readonly leftMs: () => number;
}

/**
 * Settles deliveries one try at a time over all partitions and keys in turn, so that one that kills the function is found
 * out by name. A record that waits, or on which the handler does not end within its slice of the time, holds up its key
 * alone: the others have their turns meanwhile.
 */
export async function settleWithCare(works: readonly Work[], steps: CarefulSteps, mark: Mark): Promise<void> {
  const { clock, signal } = steps;
  let queues = queuesByKey(works).map((queue): Queue => ({ works: queue, at: 0, dueMs: 0 }));
  while (queues.length > 0 && !signal.aborted) {
    for (const queue of queues.filter(({ dueMs }) => dueMs <= clock.monotonic())) {
      if (signal.aborted || !(await tryNext(queue, steps, mark))) return;
    }
    queues = queues.filter((queue) => queue.at < queue.works.length);
    const nextMs = Math.min(...queues.map(({ dueMs }) => dueMs)) - clock.monotonic();
    if (queues.length > 0 && nextMs > 0) await clock.sleep(nextMs === Infinity ? LOOK_MS : nextMs, signal);
  }
}

/** The records of one key that are left. */
interface Queue {
  readonly works: readonly Work[];
  at: number;
  /** By the monotonic clock: before that its next record waits. Without end while a try is under way. */
  dueMs: number;
}

/** False when the time margin came first. */
async function tryNext(queue: Queue, steps: CarefulSteps, mark: Mark): Promise<boolean> {
  const work = queue.works[queue.at];
  if (!work) return true;
  const sign = await mark(work);
  if (sign === undefined) return false;
  if (sign === 'killer' && work.stage.kind !== 'condemned') work.condemned(KILLER);
  queue.dueMs = Infinity;
  const turn = takeTurn(work, sign === 'in doubt' ? { ...steps, attempt: looksOn } : steps, 'in turns');
  const taken = turn.then((ended) => take(queue, work, ended, steps));
  const ended = await within(taken, Math.max(SLICE.leastMs, steps.leftMs() * SLICE.share), steps);
  if (ended.kind === 'error') throw ended.error;
  return true;
}

function take(queue: Queue, work: Work, turn: Turn, { clock }: Steps): void {
  switch (turn.kind) {
    case 'settled':
      queue.at++;
      queue.dueMs = 0;
      break;
    case 'waits':
      if (turn.afterMs > 0) work.troubled();
      queue.dueMs = clock.monotonic() + turn.afterMs;
  }
}

/** Its functions may live, and then end it; or their time runs out while this one looks on. */
const looksOn = (): Promise<Disposition> =>
  Promise.resolve({
    kind: 'retry',
    reason: 'three deliveries of it have not ended, and may have been killed by it',
    afterMs: 2_000,
  });

const KILLER: ParkCause = {
  reason: 'killed-function',
  detail: 'the function was killed three times while it worked on this record alone: memory, timeout or exit',
};
