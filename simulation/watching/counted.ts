import { METRIC } from '../../lambdas/runtime/contract';
import type { Meter, Produced, ProducerMeter } from '../../lambdas/runtime/watching/metrics';

const nobody = () => undefined;

/** What the functions' metrics come to, as far as nothing else tells it. */
export class Counted {
  readonly metrics: Record<string, number> = {};

  readonly meter: Meter & ProducerMeter = {
    ...{ received: nobody, applied: nobody, canary: nobody, duplicate: nobody, retried: nobody, flush: nobody },
    parked: (reason) => this.#count(`${METRIC.parkedByReason}/${reason}`),
    breakerOpen: () => this.#count(METRIC.breakerOpen),
    count: (what: Produced) => this.#count(METRIC[what]),
  };

  #count(name: string): void {
    this.metrics[name] = (this.metrics[name] ?? 0) + 1;
  }
}
