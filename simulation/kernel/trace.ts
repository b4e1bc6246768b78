import { createHash } from 'node:crypto';
import type { Entry, Observation, Recorder } from '../../faults/history';

/** 2026-01-01T00:00:00Z, in epoch milliseconds: when every simulation begins. */
export const BEGINNING = 1_767_225_600_000;

/** Characters that are hashed together. */
const CHUNK = 64 * 1024;

/** The history of a run: hashed line by line, and kept only until it has been judged. */
export class Trace implements Recorder {
  /** What was seen since the last `forget`. */
  entries: Entry[] = [];
  /** Lines so far. */
  lines = 0;
  readonly #hash = createHash('sha256');
  #buffer = '';

  constructor(private readonly time: { readonly now: number }) {}

  record(observation: Observation): void {
    const { now } = this.time;
    const entry: Entry = { ...observation, wall: Math.floor(BEGINNING + now), mono: Math.round(now * 1_000) };
    this.entries.push(entry);
    this.lines++;
    this.#buffer += `${JSON.stringify(entry)}\n`;
    if (this.#buffer.length > CHUNK) this.#update();
  }

  forget(): void {
    this.entries = [];
  }

  /** SHA-256 over all lines. Nothing may be recorded afterwards. */
  digest(): string {
    this.#update();
    return this.#hash.digest('hex');
  }

  #update(): void {
    this.#hash.update(this.#buffer);
    this.#buffer = '';
  }
}
