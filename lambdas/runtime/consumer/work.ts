import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../time/clock';
import type { ParkCause } from '../dead-letters/letter';
import type { Watch } from '../idempotency/claim';
import type { Delivery } from '../idempotency/delivery';
import type { SettledAs } from '../ledger';
import type { RetryLater } from './disposition';

/** How far an invocation has come with one delivery. */
export type Stage =
  /** The handler's code has to be asked, for the first time or again. */
  | { readonly kind: 'new' }
  /** `write` has returned. `alone`: refused even by itself, so it is kept out of its neighbours' transactions. */
  | { readonly kind: 'prepared'; readonly writes: readonly TransactWriteItem[]; readonly alone: boolean }
  /** `call` has ended well: it is not called again, only its record is missing. */
  | { readonly kind: 'called'; readonly alone: boolean }
  /** It is to be parked; `isPermitted` once the circuit breaker has let it. */
  | {
      readonly kind: 'condemned';
      readonly cause: ParkCause;
      readonly isPermitted: boolean;
      /** It was `called` before. */
      readonly hasCalled: boolean;
    }
  | { readonly kind: 'settled'; readonly as: SettledAs };

/** `in turns`: while others wait, so another's claim is looked at once, and no slot is waited for. */
export type Manner = 'freely' | 'in turns';

/** One delivery, and the stage in which it is. */
export class Work {
  /** What is known of another's claim to it. */
  readonly watch: Watch = {};
  private at: Stage = { kind: 'new' };
  private ways = 0;
  private begun = false;
  private reason?: string;

  /** @param owner - token under which it is claimed */
  constructor(
    readonly delivery: Delivery,
    readonly owner: string,
  ) {}

  get stage(): Stage {
    return this.at;
  }

  /** How often something was in the way. */
  get troubles(): number {
    return this.ways;
  }

  /** What it waits for, in words without payload. */
  get waitsFor(): string | undefined {
    return this.reason;
  }

  /** Its code was begun in an earlier delivery, and did not end well there. */
  get wasBegun(): boolean {
    return this.begun;
  }

  get hasCalled(): boolean {
    return this.at.kind === 'called' || (this.at.kind === 'condemned' && this.at.hasCalled);
  }

  begunBefore(): void {
    this.begun = true;
  }

  prepared(writes: readonly TransactWriteItem[]): Stage & { readonly kind: 'prepared' } {
    return (this.at = { kind: 'prepared', writes, alone: false });
  }

  called(): void {
    this.at = { kind: 'called', alone: false };
  }

  condemned(cause: ParkCause): void {
    const isPermitted = this.at.kind === 'condemned' && this.at.isPermitted;
    this.at = { kind: 'condemned', cause, isPermitted, hasCalled: this.hasCalled };
  }

  permitted(): void {
    if (this.at.kind === 'condemned') this.at = { ...this.at, isPermitted: true };
  }

  /** It may not be parked: the next try asks the handler, whose deploy may be a good one by then. */
  reopened(): void {
    this.at = this.hasCalled ? { kind: 'called', alone: false } : { kind: 'new' };
  }

  settled(as: SettledAs): void {
    this.at = { kind: 'settled', as };
  }

  /** It is to be tried again, in the same stage. */
  waits({ reason, alone }: Pick<RetryLater, 'reason' | 'alone'>): void {
    this.reason = reason;
    if (this.at.kind === 'prepared' || this.at.kind === 'called') this.at = { ...this.at, alone: alone === true };
  }

  /** Something was in the way of it: the next wait is longer. */
  troubled(): void {
    this.ways += 1;
  }
}

export const isSettled = ({ stage }: Work): boolean => stage.kind === 'settled';

const MOST_HELD_MS = 10_000;

/** While the circuit breaker is open, a key's head is tried every ten seconds at last. */
export const heldMs = ({ troubles }: Work): number => Math.min(MOST_HELD_MS, 500 * 2 ** troubles);

/** Waits, since something is in the way of it. */
export async function pause(
  work: Work,
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  work.troubled();
  await clock.sleep(ms, signal);
}
