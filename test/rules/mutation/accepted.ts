import type { Mutant } from './mutant';

/** A mutant that no rule needs to see, and why nothing is lost by it. */
export interface Accepted {
  readonly at: RegExp;
  readonly change?: RegExp;
  readonly reason: string;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    at: /(OrdersIngest[0-9A-F]{8}|plain\/Shop)\.ReservedConcurrentExecutions$/,
    reason: 'every caller of the producer is refused: nothing is accepted, so nothing accepted is lost',
  },
];

export const acceptanceOf = ({ at, change }: Mutant): Accepted | undefined =>
  ACCEPTED.find((each) => each.at.test(at) && (each.change?.test(change) ?? true));
