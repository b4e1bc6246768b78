import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import type { ParkCause } from '../dead-letters/letter';
import type { Disposition } from './disposition';
import type { Parked } from '../idempotency/park';
import type { SettledAs } from '../ledger';
import { BREAKER_OPEN } from './attempt';
import type { ConsumerRecord } from '../event/records';
import { heldMs, pause, type Work } from './work';

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

export type SettledRecords = Map<ConsumerRecord, SettledAs>;

/**
 * Settles the deliveries of all keys at once and those of one key one after the other: a record starts after the one
 * before it is settled. Adds each settled record to `settled`, and resolves when all are or the signal has aborted.
 */
export async function settleInKeyOrder(works: readonly Work[], steps: Steps, settled: SettledRecords): Promise<void> {
  await Promise.all(
    queuesByKey(works).map(async (queue) => {
      for (const work of queue) {
        const as = await settle(work, steps);
        if (as === undefined) break;
        settled.set(work.delivery.record, as);
      }
    }),
  );
}

/**
 * Order holds within partition and key; a record without a key has no order to keep. Partitions take turns: what one shows,
 * good or bad, is known early for the others.
 */
export function queuesByKey(works: readonly Work[]): Work[][] {
  const partitions = new Map<string, Map<string, Work[]>>();
  for (const work of works) {
    const { topic, partition, offset, key } = work.delivery.record;
    const queues = entry(partitions, `${topic}-${partition}`, () => new Map<string, Work[]>());
    entry(queues, key === null ? `at ${offset}` : `of ${latin1(key)}`, () => []).push(work);
  }
  const lists = [...partitions.values()].map((queues) => [...queues.values()]);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}

function entry<V>(map: Map<string, V>, name: string, make: () => V): V {
  const known = map.get(name);
  if (known !== undefined) return known;
  const made = make();
  map.set(name, made);
  return made;
}

/** One character for each byte. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** How the delivery is settled, once it is done or parked and recorded so; undefined when the time margin came first. */
async function settle(work: Work, steps: Steps): Promise<SettledAs | undefined> {
  while (!steps.signal.aborted) {
    const taken = await takeTurn(work, steps);
    if (taken.kind === 'settled') return taken.as;
    if (taken.afterMs > 0) await pause(work, taken.afterMs, steps);
  }
  return undefined;
}

/** What came of one try. */
export type Turn =
  | { readonly kind: 'settled'; readonly as: SettledAs }
  /** To be tried again after so many milliseconds. */
  | { readonly kind: 'waits'; readonly afterMs: number };

/** Tries once: runs the handler's code, or parks what it is known that it has to be. */
export async function takeTurn(work: Work, steps: Steps): Promise<Turn> {
  const disposition: Disposition = work.first ?? (await steps.attempt(work));
  work.first = undefined;
  switch (disposition.kind) {
    case 'done':
      return { kind: 'settled', as: disposition.effect };
    case 'park': {
      const outcome = await parkIfAllowed(work, disposition, steps);
      if (outcome.kind === 'settled') return { kind: 'settled', as: outcome.as };
      work.waitsFor = outcome.kind === 'trouble' ? outcome.reason : BREAKER_OPEN;
      const isHeld = outcome.kind === 'held';
      // Held back by the circuit breaker it is tried anew, but for what would kill the function. Once it may be parked, only
      // the parking is.
      if (!isHeld || disposition.reason === 'killed-function') work.first = disposition;
      return { kind: 'waits', afterMs: isHeld ? heldMs(work) : backoffMs(work.troubles + 1, steps.clock) };
    }
    case 'retry':
      work.waitsFor = disposition.reason;
      work.alone = disposition.alone ?? false;
      return { kind: 'waits', afterMs: disposition.afterMs };
  }
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
