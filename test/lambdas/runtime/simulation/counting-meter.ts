import type { ParkReason } from '../../../../lambdas/runtime/contract';
import type { Meter } from '../../../../lambdas/runtime/metrics';

/** Remembers what was counted. */
export class CountingMeter implements Meter {
  readonly counts = { received: 0, applied: 0, duplicate: 0, retried: 0, breakerOpen: 0, flushed: 0 };
  readonly parkedFor: ParkReason[] = [];

  received = (records: number) => void (this.counts.received += records);
  applied = () => void this.counts.applied++;
  duplicate = (records: number) => void (this.counts.duplicate += records);
  parked = (reason: ParkReason) => void this.parkedFor.push(reason);
  retried = (records: number) => void (this.counts.retried += records);
  breakerOpen = () => void this.counts.breakerOpen++;
  flush = () => void this.counts.flushed++;
}
