import type { ParkReason } from '../../lambdas/runtime/contract';
import type { Meter, Produced, ProducerMeter } from '../../lambdas/runtime/watching/metrics';

/** Remembers what was counted. */
export class CountingMeter implements Meter {
  readonly counts = { received: 0, applied: 0, duplicate: 0, retried: 0, canary: 0, breakerOpen: 0, flushed: 0 };
  readonly parkedFor: ParkReason[] = [];

  received = (records: number) => void (this.counts.received += records);
  /** Of what was applied, where the record's time was known. */
  readonly latencies: number[] = [];
  applied = (latencyMs: number | undefined) => {
    this.counts.applied++;
    if (latencyMs !== undefined) this.latencies.push(latencyMs);
  };
  readonly canaryMs: number[] = [];
  canary = (latencyMs: number) => {
    this.counts.canary++;
    this.canaryMs.push(latencyMs);
  };
  duplicate = (records: number) => void (this.counts.duplicate += records);
  parked = (reason: ParkReason) => void this.parkedFor.push(reason);
  retried = (records: number) => void (this.counts.retried += records);
  breakerOpen = () => void this.counts.breakerOpen++;
  flush = () => void this.counts.flushed++;
}

/** Remembers what was counted, and when it was written. */
export class CountingProducerMeter implements ProducerMeter {
  readonly counts = new Map<Produced, number>();
  /** What each flush would have written. */
  readonly flushed: Readonly<Partial<Record<Produced, number>>>[] = [];

  count = (what: Produced) => void this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  flush = () => {
    if (this.counts.size > 0) this.flushed.push(Object.fromEntries(this.counts));
    this.counts.clear();
  };
}
