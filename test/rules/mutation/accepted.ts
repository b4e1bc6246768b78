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
  {
    at: /(OrdersClusterStorage[0-9A-F]{8}|Storage|Disk)\.ServiceNamespace$/,
    reason: 'the deploy is refused: no other service than kafka has the dimension kafka:broker-storage:VolumeSize',
  },
  {
    at: /OrdersClusterVpcS3[0-9A-F]{8}\.PolicyDocument$/,
    change: /elsewhere/,
    reason:
      'the bucket has no name in the template, so that only a deploy knows whether it is another: undecided is right',
  },
];

export const acceptanceOf = ({ at, change }: Mutant): Accepted | undefined =>
  ACCEPTED.find((each) => each.at.test(at) && (each.change?.test(change) ?? true));
