import type { Log } from '../../lambdas/runtime';

/** Counts what was told, by message: what a run came to. */
export class CountingLog implements Log {
  readonly counts = new Map<string, number>();

  info = (message: string): void => this.#count(message);
  warn = (message: string): void => this.#count(message);
  error = (message: string): void => this.#count(message);

  #count(message: string): void {
    this.counts.set(message, (this.counts.get(message) ?? 0) + 1);
  }
}
