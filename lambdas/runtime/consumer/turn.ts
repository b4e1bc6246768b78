import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import type { ParkCause } from '../dead-letters/letter';
import type { Parked } from '../idempotency/park';
import type { SettledAs } from '../ledger';
import { BREAKER_OPEN } from './attempt';
import type { Disposition } from './disposition';
import { heldMs, type Manner, type Work } from './work';

/** What settling a delivery consists of. */
export interface Steps {
  /** Runs the handler's code and records its effect. */
  attempt(work: Work, manner: Manner): Promise<Disposition>;
  /** Whether the circuit breaker lets the event be parked; undefined when the time margin came first. */
  mayPark(work: Work, cause: ParkCause): Promise<boolean | undefined>;
  park(work: Work, cause: ParkCause): Promise<Parked>;
  readonly clock: Clock;
  /** Aborts at the time margin: what is not settled then stays so. */
  readonly signal: AbortSignal;
}

/** What came of one try: the delivery is settled, or is to be tried again after so many milliseconds. */
export type Turn = { readonly kind: 'settled' } | { readonly kind: 'waits'; readonly afterMs: number };

/** Tries once: runs the handler's code, or parks what is condemned. */
export async function takeTurn(work: Work, steps: Steps, manner: Manner): Promise<Turn> {
  if (work.stage.kind === 'condemned') return parkingTurn(work, work.stage.cause, steps);
  const disposition = await steps.attempt(work, manner);
  switch (disposition.kind) {
    case 'done':
      return settled(work, disposition.effect, steps);
    case 'park':
      return parkingTurn(work, disposition, steps);
    case 'retry':
      work.waits(disposition);
      return { kind: 'waits', afterMs: disposition.afterMs };
  }
}

/** The answer has left once the signal aborts: what ends after that is delivered again, and told by its own record. */
function settled(work: Work, as: SettledAs, { signal }: Steps): Turn {
  if (signal.aborted) return { kind: 'waits', afterMs: 0 };
  work.settled(as);
  return { kind: 'settled' };
}

async function parkingTurn(work: Work, cause: ParkCause, steps: Steps): Promise<Turn> {
  work.condemned(cause);
  const outcome = await parkIfAllowed(work, cause, steps);
  switch (outcome.kind) {
    case 'settled':
      return settled(work, outcome.as, steps);
    case 'trouble':
      work.waits({ reason: outcome.reason });
      return { kind: 'waits', afterMs: backoffMs(work.troubles + 1, steps.clock) };
    case 'held':
      work.waits({ reason: BREAKER_OPEN });
      // It is tried anew, but for what would kill the function.
      if (cause.reason !== 'killed-function') work.reopened();
      return { kind: 'waits', afterMs: heldMs(work) };
  }
}

async function parkIfAllowed(work: Work, cause: ParkCause, steps: Steps): Promise<Parked | { readonly kind: 'held' }> {
  const { stage } = work;
  if (stage.kind !== 'condemned' || !stage.isPermitted) {
    const allowed = await steps.mayPark(work, cause);
    if (allowed === undefined) return { kind: 'trouble', reason: 'time margin reached' };
    if (!allowed) return { kind: 'held' };
    work.permitted();
  }
  return steps.park(work, cause);
}
