import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers';

/** Time and chance, passed in, so that the whole pipeline can be run in simulation. */
export interface Clock {
  /** Epoch milliseconds, as a person would tell the time. Somebody may set it: no wait, lease, deadline or age is taken from it. */
  now(): number;
  /**
   * Milliseconds since some moment of this process: what nobody sets, and which therefore tells how long something took.
   * Means nothing outside the process; may stand still while a sandbox is frozen.
   */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` after `ms`, unless what it returns is called before. For every request: a signal costs ten times as much. */
  timer(ms: number, ring: () => void): () => void;
  /** Calls `act` once all else that is ready in this turn of the event loop has had its turn. */
  soon(act: () => void): void;
  /** 0 ≤ x < 1. */
  random(): number;
  uuid(): string;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // One of these ends with every send: `timers/promises` would make an error each time, stack and all.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end);
    }),
  timer: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
  soon: (act) => void setImmediate(act),
  random: () => Math.random(),
  uuid: () => randomUUID(),
};
