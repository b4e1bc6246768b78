import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import type { ParkCause } from '../dead-letters';
import type { Disposition } from '../disposition';
import type { Parked } from '../idempotency/park';
import type { SettledAs } from '../ledger';
import type { ConsumerRecord } from './records';
import { pause, type Work } from './work';

/** What settling a delivery consists of. */
export interface Steps {
  /** Runs the handler's code and records its effect. */
  attempt(work: Work): Promise<Disposition>;
  /** Whether the circuit breaker lets the event be parked; undefined when the time margin came first. */
  mayPark(work: Work, cause: ParkCause): Promise<boolean | undefined>;
  park(work: Work, cause: ParkCause): Promise<Parked>;
  readonly clock: Clock;
  /** Aborts at the time margin: what is not settled then stays so. */
  readonly signal: AbortSignal;
}

export type Settled = Map<ConsumerRecord, SettledAs>;

/**
 * Settles the deliveries of all keys at once and those of one key one after the other: a record starts after the one
 * before it is settled. Adds each settled record to `settled`, and resolves when all are or the signal has aborted.
 */
export async function settleInKeyOrder(works: readonly Work[], steps: Steps, settled: Settled): Promise<void> {
  await Promise.all(
    [...byKey(works)].map(async (queue) => {
      for (const work of queue) {
        const as = await settle(work, steps);
        if (as === undefined) break;
        settled.set(work.delivery.record, as);
      }
    }),
  );
}

/**
 * Settles one delivery at a time over all partitions, so that one that kills the function is found out by name.
 * @param mark - says before each which one it is
 */
export async function settleOneByOne(
  works: readonly Work[],
  steps: Steps,
  settled: Settled,
  mark: (work: Work) => Promise<'go on' | 'killer' | undefined>,
): Promise<void> {
  const heldBack = new Set<string>();
  for (const work of works) {
    const key = keyOf(work);
    if (heldBack.has(key) || steps.signal.aborted) continue;
    const sign = await mark(work);
    if (sign === undefined) break;
    if (sign === 'killer') work.first = KILLER;
    const as = await settle(work, steps);
    if (as === undefined) heldBack.add(key);
    else settled.set(work.delivery.record, as);
  }
}

const KILLER = {
  kind: 'park',
  reason: 'killed-function',
  detail: 'the function was killed three times while it worked on this record alone: memory, timeout or exit',
} as const;

/** Order holds within partition and key; a record without a key has no order to keep. */
function byKey(works: readonly Work[]): Iterable<Work[]> {
  const queues = new Map<string, Work[]>();
  for (const work of works) {
    const name = keyOf(work);
    const queue = queues.get(name);
    if (queue) queue.push(work);
    else queues.set(name, [work]);
  }
  return queues.values();
}

function keyOf({ delivery }: Work): string {
  const { topic, partition, offset, key } = delivery.record;
  const order = key === null ? `at ${offset}` : `of ${latin1(key)}`;
  return `${topic}-${partition} ${order}`;
}

/** One character for each byte. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** How the delivery is settled, once it is done or parked and recorded so; undefined when the time margin came first. */
async function settle(work: Work, steps: Steps): Promise<SettledAs | undefined> {
  const { clock, signal } = steps;
  let known: Disposition | undefined = work.first;
  while (!signal.aborted) {
    const disposition: Disposition = known ?? (await steps.attempt(work));
    known = undefined;
    switch (disposition.kind) {
      case 'done':
        return disposition.effect;
      case 'park': {
        const outcome = await parkIfAllowed(work, disposition, steps);
        if (outcome.kind === 'settled') return outcome.as;
        work.waitsFor = outcome.kind === 'trouble' ? outcome.reason : 'the circuit breaker is open';
        // Held back by the circuit breaker it is tried anew; once it may be parked, only the parking is.
        if (outcome.kind === 'trouble') known = disposition;
        await pause(work, outcome.kind === 'trouble' ? backoffMs(work.troubles + 1, clock) : heldMs(work), steps);
        break;
      }
      case 'retry':
        work.waitsFor = disposition.reason;
        work.alone = disposition.alone ?? false;
        if (disposition.afterMs > 0) await pause(work, disposition.afterMs, steps);
        break;
    }
  }
  return undefined;
}

async function parkIfAllowed(work: Work, cause: ParkCause, steps: Steps): Promise<Parked | { readonly kind: 'held' }> {
  if (!work.permitted) {
    const allowed = await steps.mayPark(work, cause);
    if (allowed === undefined) return { kind: 'trouble', reason: 'time margin reached' };
    if (!allowed) {
      // The next try asks the handler again: the deploy may be a good one by then.
      work.writes = undefined;
      return { kind: 'held' };
    }
    work.permitted = true;
  }
  return steps.park(work, cause);
}

const MOST_HELD_MS = 10_000;

/** While the circuit breaker is open, a key's head is tried every ten seconds at last. */
const heldMs = ({ troubles }: Work): number => Math.min(MOST_HELD_MS, 500 * 2 ** troubles);
