import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC, METRICS_NAMESPACE, type ParkReason, type Place } from '../contract';
import type { ProducerCounts } from './producer-counts';

/** What a consumer counts. Everything is added up until `flush`. */
export interface Meter {
  received(records: number): void;
  /** @param latencyMs - from the record's time on the broker to its effect; undefined where that time is not known */
  applied(latencyMs: number | undefined): void;
  /** A canary, which is none of the others. @param latencyMs - from its sending to its effect; NaN where that is not known */
  canary(latencyMs: number): void;
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
      if (latencyMs === undefined) return;
      metrics.addMetric(METRIC.timeToEffect, MetricUnit.Milliseconds, Math.max(0, latencyMs));
    },
    canary: (latencyMs) => {
      count(METRIC.canarySettled);
      // Clocks of functions may be apart.
      if (!Number.isNaN(latencyMs)) metrics.addMetric(METRIC.canaryTimeToEffect, MetricUnit.Milliseconds, Math.max(0, latencyMs)); // prettier-ignore
    },
    duplicate: (records) => count(METRIC.duplicate, records),
    parked: (reason) => {
      count(METRIC.parked);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    },
    retried: (records) => count(METRIC.retried, records),
    breakerOpen: () => count(METRIC.breakerOpen),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      for (const [reason, parked] of reasons) {
        const single = metrics.singleMetric();
        single.addDimension('reason', reason);
        single.addMetric(METRIC.parkedByReason, MetricUnit.Count, parked);
      }
      reasons.clear();
    },
  };
}

/** What a producer counts: events by how they ended, looks at its topic that were refused it, clients it gave up. */
export type Produced = keyof ProducerCounts | 'unchecked' | 'replaced';

/** Added up until `flush`. */
export interface ProducerMeter {
  count(what: Produced): void;
  flush(): void;
}

/** As `emfMeter`, one line for all that was counted since the last flush, and none for nothing. */
export function emfProducerMeter({
  topic,
  source,
}: {
  readonly topic: string;
  readonly source: string;
}): ProducerMeter {
  let metrics: Metrics | undefined;
  const counts = new Map<Produced, number>();
  return {
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    flush: () => {
      if (counts.size === 0) return;
      metrics ??= new Metrics({ namespace: METRICS_NAMESPACE, serviceName: source, defaultDimensions: { topic } });
      for (const [what, times] of counts) metrics.addMetric(METRIC[what], MetricUnit.Count, times);
      counts.clear();
      metrics.publishStoredMetrics();
    },
  };
}

/** Counts nothing. */
export const noMeter: ProducerMeter = { count: () => undefined, flush: () => undefined };

/** What an audit has found of a consumer group. */
export interface Audited {
  /** Records that are neither settled nor waiting anywhere. */
  readonly unaccounted: number;
  /** Seconds for which the oldest record has been in the topic that is not settled. */
  readonly oldestUnsettled: number;
  readonly waiting: Readonly<Record<Place, number>>;
}

/** As `emfMeter`, at once: a line for the group, and one for each place. */
export function emfAudit(by: { readonly topic: string; readonly group: string }, audited: Audited): void {
  const { unaccounted, oldestUnsettled, waiting } = audited;
  const { topic, group: serviceName } = by;
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName, defaultDimensions: { topic } });
  metrics.addMetric(METRIC.unaccounted, MetricUnit.Count, unaccounted);
  metrics.addMetric(METRIC.oldestUnsettled, MetricUnit.Seconds, oldestUnsettled);
  metrics.publishStoredMetrics();
  for (const [place, events] of Object.entries(waiting)) {
    const single = metrics.singleMetric();
    single.addDimension('place', place);
    single.addMetric(METRIC.waiting, MetricUnit.Count, events);
  }
}

/** As `emfMeter`, one line at once. @param ageSeconds - of the latest canary that is settled, where that is longest ago */
export function emfCanary(
  { topic, group }: { readonly topic: string; readonly group: string },
  ageSeconds: number,
): void {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: group, defaultDimensions: { topic } });
  metrics.addMetric(METRIC.canaryAge, MetricUnit.Seconds, ageSeconds);
  metrics.publishStoredMetrics();
}

/** What lies in a bucket until somebody takes it away. */
export interface WaitingMeter {
  waiting(at: { readonly bucket: string; readonly topic: string }, objects: number, oldestSeconds: number): void;
}

/** As `emfMeter`, one line at once, also for nothing: who reads no 0 does not know whether somebody has looked. */
export const emfWaitingMeter = (): WaitingMeter => ({
  waiting: ({ bucket, topic }, objects, oldestSeconds) => {
    const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: bucket, defaultDimensions: { topic } });
    metrics.addMetric(METRIC.objectsWaiting, MetricUnit.Count, objects);
    metrics.addMetric(METRIC.oldestObject, MetricUnit.Seconds, oldestSeconds);
    metrics.publishStoredMetrics();
  },
});
