import type { Clock } from './clock';

/** How waiting for a promise ended. After `timeout` and `aborted` the promise itself may still end, unheard. */
export type Ended<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

/** Waits for `promise`, but no longer than `ms` milliseconds and not after `signal`. Never rejects; leaves no timer behind. */
export function within<T>(
  promise: Promise<T>,
  ms: number,
  { clock, signal }: { clock: Pick<Clock, 'timer'>; signal?: AbortSignal },
): Promise<Ended<T>> {
  return new Promise((resolve) => {
    const end = (ended: Ended<T>) => {
      cancel();
      signal?.removeEventListener('abort', abort);
      resolve(ended);
    };
    const abort = () => end({ kind: 'aborted' });
    const cancel = clock.timer(ms, () => end({ kind: 'timeout' }));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    promise.then(
      (value) => end({ kind: 'value', value }),
      (error: unknown) => end({ kind: 'error', error }),
    );
  });
}

/** One line for a person about an error of any origin. */
export const inWords = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 300);
