import type { CanaryOutcome } from '../../lambdas/runtime/contract';

/** One canary that was sent, by the clock of whoever drills: epoch milliseconds. */
export interface SentCanary {
  readonly name: string;
  readonly partition: number;
  readonly partitions: number;
  readonly sentMs: number;
  readonly outcome: CanaryOutcome['outcome'];
}

/** How one group has settled a canary. */
export interface SettledCanary {
  readonly as: 'applied' | 'parked';
  /** As the consumer's clock has it. */
  readonly settledMs: number;
  /** By the clock of whoever drills: not before this it was seen to be settled. */
  readonly seenMs: number;
}

/** What is accepted has to be settled. */
export const isAccepted = ({ outcome }: SentCanary): boolean => outcome === 'acked' || outcome === 'spilled';

/** Refused for certain: there is nothing to look for. */
export const mayBeSettled = ({ outcome }: SentCanary): boolean => outcome !== 'rejected';
