import type { Clock } from './clock';

/** How waiting for a promise ended. After `timeout` and `aborted` the promise itself may still end, unheard. */
export type Ended<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

/** Given as the reason, since without one each abort makes an error with a stack. */
const OVER = 'over';

/** Waits for `promise`, but no longer than `ms` milliseconds and not after `signal`. Never rejects; leaves no timer behind. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<Ended<T>> {
  const over = new AbortController();
  const ended = promise.then(
    (value): Ended<T> => ({ kind: 'value', value }),
    (error: unknown): Ended<T> => ({ kind: 'error', error }),
  );
  const timeout = clock.sleep(ms, over.signal).then((): Ended<T> => ({ kind: 'timeout' }));
  const aborted = new Promise<Ended<T>>((resolve) => {
    const abort = () => resolve({ kind: 'aborted' });
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([ended, aborted, timeout]);
  } finally {
    over.abort(OVER);
  }
}

/** One line for a person about an error of any origin. */
export const inWords = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 300);
