import type { Log, LogFields } from '../../lambdas/runtime';

/** Counts what was told, by message: what a run came to. */
export class CountingLog implements Log {
  readonly counts = new Map<string, number>();
  /** Hears each line, too: for whoever looks into one run. */
  hear: (message: string, fields: LogFields) => void = () => undefined;

  info = (message: string, fields: LogFields = {}): void => this.#told(message, fields);
  warn = (message: string, fields: LogFields = {}): void => this.#told(message, fields);
  error = (message: string, fields: LogFields = {}): void => this.#told(message, fields);

  #told(message: string, fields: LogFields): void {
    this.counts.set(message, (this.counts.get(message) ?? 0) + 1);
    this.hear(message, fields);
  }
}
