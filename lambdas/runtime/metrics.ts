import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC, METRICS_NAMESPACE, type ParkReason } from './contract';

/** What a consumer counts. Everything is added up until `flush`. */
export interface Meter {
  received(records: number): void;
  /** @param latencyMs - from the record's time on the broker to its effect */
  applied(latencyMs: number): void;
  duplicate(records: number): void;
  parked(reason: ParkReason): void;
  /** Records that are to be delivered again. */
  retried(records: number): void;
  /** The circuit breaker held an event back. */
  breakerOpen(): void;
  flush(): void;
}

/** CloudWatch metrics in the embedded metric format on standard output, as Powertools writes it. */
export function emfMeter({ topic, group }: { readonly topic: string; readonly group: string }): Meter {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: group, defaultDimensions: { topic } });
  const reasons = new Map<ParkReason, number>();
  const count = (name: string, by = 1) => {
    if (by > 0) metrics.addMetric(name, MetricUnit.Count, by);
  };
  return {
    received: (records) => count(METRIC.received, records),
    applied: (latencyMs) => {
      count(METRIC.applied);
      metrics.addMetric(METRIC.timeToEffect, MetricUnit.Milliseconds, Math.max(0, latencyMs));
    },
    duplicate: (records) => count(METRIC.duplicate, records),
    parked: (reason) => {
      count(METRIC.parked);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    },
    retried: (records) => count(METRIC.retried, records),
    breakerOpen: () => count(METRIC.breakerOpen),
    flush: () => {
      metrics.publishStoredMetrics();
      for (const [reason, parked] of reasons) {
        const single = metrics.singleMetric();
        single.addDimension('reason', reason);
        single.addMetric(METRIC.parkedByReason, MetricUnit.Count, parked);
      }
      reasons.clear();
    },
  };
}
