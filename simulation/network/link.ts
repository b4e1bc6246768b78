import type { Chance } from '../../faults/random';
import type { Scheduler } from '../kernel/scheduler';
import type { Troubles } from '../kernel/troubles';

export type LinkTrouble =
  /** The host accepts the request and never hears of it. */
  | 'request-lost'
  /** It is carried out, and its answer never comes. */
  | 'answer-lost'
  /** The host says at once that it cannot now: nothing is done. */
  | 'unavailable'
  /** One way takes a hundred times as long. */
  | 'slow';

/** Whoever waits at this end: an answer reaches it as its own state allows. */
export interface Near {
  enter(act: () => void): void;
}

export interface LinkOptions {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  /** Milliseconds of one way: from, to. */
  readonly latencyMs: readonly [number, number];
  readonly troubles: Troubles<LinkTrouble>;
}

const SLOWER = 100;

/** The way between the functions and one host. A request that is lost is never answered: who asks keeps the time. */
export class Link {
  /** Nothing passes in this direction. */
  readonly cut = { requests: false, answers: false };

  constructor(private readonly options: LinkOptions) {}

  /** Asks; what `serve` throws arrives as an error. */
  request<T>(near: Near, serve: () => Promise<T> | T): Promise<T> {
    const { scheduler, troubles } = this.options;
    return new Promise((resolve, reject) => {
      if (this.cut.requests || troubles.happens('request-lost')) return;
      const back = (act: () => void) => {
        if (this.cut.answers || troubles.happens('answer-lost')) return;
        scheduler.after(this.#way(), () => near.enter(act));
      };
      scheduler.after(this.#way(), () => {
        if (this.cut.requests) return;
        Promise.resolve()
          .then(() => (troubles.happens('unavailable') ? Promise.reject(new Error('503')) : serve()))
          .then(
            (value) => back(() => resolve(value)),
            (error: Error) => back(() => reject(error)),
          );
      });
    });
  }

  #way(): number {
    const { chance, latencyMs, troubles } = this.options;
    const [from, to] = latencyMs;
    return chance.between(from, to) * (troubles.happens('slow') ? SLOWER : 1);
  }
}
