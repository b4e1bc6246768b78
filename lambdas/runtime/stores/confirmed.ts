import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import { inWords, within } from '../time/within';

/** How handing something to another service ended. */
export type Confirmed =
  | { readonly kind: 'confirmed' }
  /** The service said no, at the first try: it has nothing. */
  | { readonly kind: 'refused'; readonly message: string }
  /** No confirmation: it may have it. */
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * Tries until the service confirms, refuses, or `timeMs` milliseconds are over. After a try without an answer a
 * later refusal does not count: the earlier try may have been carried out. `hand` must be harmless when it is carried out twice.
 *
 * @param isRefusal tells the service's own no from an answer that may be missing
 */
export async function untilConfirmed(
  hand: () => Promise<unknown>,
  { clock, timeMs, isRefusal }: { clock: Clock; timeMs: number; isRefusal: (error: unknown) => boolean },
): Promise<Confirmed> {
  const until = clock.monotonic() + timeMs;
  let doubt: Confirmed | undefined;
  for (let failures = 1; ; failures += 1) {
    const ended = await within(hand(), Math.max(0, until - clock.monotonic()), { clock });
    switch (ended.kind) {
      case 'value':
        return { kind: 'confirmed' };
      case 'error':
        if (isRefusal(ended.error)) return doubt ?? { kind: 'refused', message: inWords(ended.error) };
        doubt = { kind: 'unknown', message: inWords(ended.error) };
        break;
      case 'timeout':
      case 'aborted':
        doubt = { kind: 'unknown', message: `got no answer within ${timeMs} ms` };
    }
    const pauseMs = backoffMs(failures, clock);
    if (clock.monotonic() + pauseMs >= until) return doubt;
    await clock.sleep(pauseMs);
  }
}
