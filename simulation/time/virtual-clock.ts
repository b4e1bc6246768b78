import { setImmediate } from 'node:timers';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../lambdas/runtime/time/clock';

/** Turns of the event loop in which everything that waits for no timer has come as far as it can. */
const TURNS = 6;

/** Time that stands still while anything runs, and then jumps to the next timer. Starts at 2026-01-01T00:00:00Z. */
export class VirtualClock implements Clock {
  #elapsed = 1_000;
  /** What the wall clock says beyond the time that has passed. */
  #set = 1_767_225_599_000;
  #timers: { at: number; fire: () => void }[] = [];
  #uuids = 0;

  /** @param turns one is enough for code that only awaits promises */
  constructor(
    readonly random: () => number = () => 0.5,
    private readonly turns = TURNS,
  ) {}

  now = (): number => this.#elapsed + this.#set;
  monotonic = (): number => this.#elapsed;
  uuid = (): string => `uuid-${this.#uuids++}`;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const abort = () => {
        cancel();
        resolve();
      };
      const cancel = this.timer(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort);
    });

  timer = (ms: number, fire: () => void): (() => void) => {
    const timer = { at: this.#elapsed + ms, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  soon = (act: () => void): void => void setImmediate(act);

  /** Time goes on while nothing runs: what was due meanwhile is due when it wakes. */
  freeze(ms: number): void {
    this.#elapsed += ms;
  }

  /** Somebody sets the wall clock: by so many milliseconds ahead, or back if below 0. No time passes. */
  step(ms: number): void {
    this.#set += ms;
  }

  /** Runs `work` to its end, moving time on as it waits. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => (ended = true);
    work.then(end, end);
    while (!ended) {
      for (let turns = 0; turns < this.turns && !ended; turns++) await turn();
      if (ended) break;
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.shift();
      if (next === undefined) throw new Error('virtual clock: got work that waits for no timer, want an end');
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.fire();
    }
    return work;
  }
}
