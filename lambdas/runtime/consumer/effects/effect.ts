import type { ConsumerEnvironment } from '../../contract';
import type { ParkCause } from '../../dead-letters/letter';
import type { ParkingDeps, Parked, Claimant } from '../../idempotency/park';
import type { AttemptDeps } from '../attempt';
import type { Disposition } from '../disposition';
import type { Manner, Work } from '../work';

/** What a consumer does with an event: `write` and `call` are its two kinds, and nothing else knows them apart. */
export interface Effect {
  /** Runs the handler's code on the event, and records what it comes to. */
  attempt(work: Work, manner: Manner): Promise<Disposition>;
  /** Records that the event is parked. Another's claim to it is looked at once, and not waited for. */
  park(work: Work, cause: ParkCause): Promise<Parked>;
  /**
   * At the time margin: takes back what a killed function would leave behind, and the next delivery would wait for. What still
   * runs keeps it. Resolves after `patienceMs` at the latest.
   */
  letGo(patienceMs: number): Promise<void>;
}

/** What an effect is given to work with, for one invocation. */
export interface EffectDeps extends AttemptDeps, ParkingDeps {
  readonly environment: ConsumerEnvironment;
  /** Runs the handler's code on the event, and remembers that it does. */
  readonly run: <R>(work: Work, code: () => Promise<R>) => Promise<R>;
}

export const claimantOf = ({ owner, watch }: Work, { signal }: EffectDeps): Claimant => ({ owner, signal, watch });
